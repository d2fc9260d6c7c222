/**
 * `parrot`: answers with the speech that it received, when the utterance has ended. It stores nothing itself: the
 * frames are in the queue of the answer.
 */
import { createGapMeter } from './gap-meter.ts';
import type { Answer, Listener, Responder } from './responder.ts';

export const parrot: Responder = Object.assign(answerer, { startsNothing: true });

function answerer(_turn: unknown, answer: Answer): Listener {
  const gap = createGapMeter();
  let hasHeard = false;
  return {
    hear({ timestamp, frames, final }) {
      if (frames.length > 0) answer.prepare(frames, gap(timestamp, frames.length));
      hasHeard ||= frames.length > 0;
      if (!final) return;
      answer.processing();
      if (hasHeard) answer.begin();
      answer.finish();
    },
    abort() {},
  };
}
