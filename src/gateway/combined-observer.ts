/** One observer of a session in place of several. */
import type { SessionObserver } from '../../actors/cloud/session-recorder.ts';

export function combineObservers(observers: readonly SessionObserver[]): SessionObserver {
  return {
    sent(event) {
      for (const each of observers) each.sent(event);
    },
    received(command) {
      for (const each of observers) each.received(command);
    },
    toolUsed(turn, call) {
      for (const each of observers) each.toolUsed(turn, call);
    },
    ended(turn, outcome) {
      for (const each of observers) each.ended(turn, outcome);
    },
    closed(code, reason) {
      for (const each of observers) each.closed(code, reason);
    },
  };
}
