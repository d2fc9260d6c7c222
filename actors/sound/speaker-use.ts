/** Knows the guard of the speaker that was opened last, whoever opened it. */
import type { OpenSpeaker, Speaker } from './port.ts';

export interface SpeakerUse {
  open: OpenSpeaker;
  /** As long as none was opened, and for a speaker that has none: undefined. */
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
