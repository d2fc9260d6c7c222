/**
 * `parrot`: answers with what it heard, once the person has finished. It remembers nothing itself: the answer waits where every
 * answer does.
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
