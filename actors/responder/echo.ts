/**
 * `echo`: sends back each packet as it arrives, full duplex. For measurements.
 */
import { createGapMeter } from './gap-meter.ts';
import type { Answer, Listener, Responder } from './responder.ts';

export const echo: Responder = Object.assign(answerer, { startsNothing: true });

function answerer(_turn: unknown, answer: Answer): Listener {
  const gap = createGapMeter();
  return {
    hear({ timestamp, frames, final }) {
      if (frames.length > 0) answer.say(frames, gap(timestamp, frames.length));
      if (final) answer.finish();
    },
    abort() {},
  };
}
