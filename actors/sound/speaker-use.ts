/** Provides the guard of the speaker that was opened last. */
import type { OpenSpeaker, Speaker } from './port.ts';

export interface SpeakerUse {
  open: OpenSpeaker;
  /** Undefined before one was opened, and for a speaker without a guard. */
  readonly guardMs: number | undefined;
}

export function watchSpeaker(openSpeaker: OpenSpeaker): SpeakerUse {
  let last: Speaker | undefined;
  return {
    async open(handlers, scope) {
      last = await openSpeaker(handlers, scope);
      return last;
    },
    get guardMs() {
      return last?.guardMs;
    },
  };
}
