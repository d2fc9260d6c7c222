/**
 * The observer of a session that writes its record, and beside it what counts the delays of its turns and traces them.
 */
import type { SessionObserver } from '../../actors/cloud/session-recorder.ts';
import type { GatewayTracing } from '../observability/tracing/open-tracing.ts';
import type { Latencies } from '../protocol/control.ts';

type SessionTrace = ReturnType<GatewayTracing['traceSession']>;

export function observedBesides<Observer extends SessionObserver>(
  observer: Observer,
  noteLatencies: (latencyMs: Latencies) => void,
  trace?: SessionTrace,
): Observer {
  return {
    ...observer,
    sent(event) {
      if (event.type === 'turn.latencies') noteLatencies(event.latencyMs);
      trace?.sent(event);
      observer.sent(event);
    },
    received(command) {
      trace?.received(command);
      observer.received(command);
    },
    ended(turn, outcome) {
      trace?.ended(turn, outcome);
      observer.ended(turn, outcome);
    },
    closed(code, reason) {
      trace?.closed();
      observer.closed(code, reason);
    },
  };
}
