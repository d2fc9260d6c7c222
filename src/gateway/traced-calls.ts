/**
 * A responder whose calls of other services are traced: what it starts for a turn runs in the span of that turn.
 */
import type { Listener, Responder } from '../../actors/responder/responder.ts';
import { inSpan, type RunningSpan } from '../core/process/running-span.ts';

/** @param spanOf of a turn of a device that runs now; undefined: it is not traced */
export function withTracedCalls(
  responder: Responder,
  spanOf: (device: string, turnId: string) => RunningSpan | undefined,
): Responder {
  const traced: Responder = (turn, answer) => {
    const span = spanOf(turn.device.name, turn.id);
    return span ? inTurnsSpan(span, () => responder(turn, answer)) : responder(turn, answer);
  };
  const { startsNothing, announces } = responder;
  return Object.assign(traced, {
    ...(startsNothing !== undefined && { startsNothing }),
    ...(announces !== undefined && { announces }),
  });
}

/** A packet arrives outside of it. */
function inTurnsSpan(span: RunningSpan, begin: () => Listener): Listener {
  const listener = inSpan(span, begin);
  return {
    hear: (packet) => inSpan(span, () => listener.hear(packet)),
    abort: () => listener.abort(),
    ...(listener.played && { played: (report) => inSpan(span, () => listener.played?.(report)) }),
  };
}
