/** Says an utterance in real time: each packet when its first frame would have been recorded. */
import { FRAME_MS } from '../../protocol/format.ts';
import type { LoadDeviceOptions } from './load-device.ts';
import { addDelay } from './measures.ts';
import type { EncodedUtterance } from './utterances.ts';

export interface Saying {
  stop(): void;
}

/** @param send gets the frames of each packet, the first one at once; false: the turn is over, and nothing more is said */
export function sayUtterance(
  utterance: EncodedUtterance,
  { framesPerPacket, clock, measures }: Pick<LoadDeviceOptions, 'framesPerPacket' | 'clock' | 'measures'>,
  send: (frames: Uint8Array[], isLast: boolean) => boolean,
): Saying {
  const startMs = clock.now();
  let timer: unknown;
  let at = 0;

  function sendNext(): void {
    const dueMs = startMs + at * FRAME_MS;
    addDelay(measures().lateMs, clock.now() - dueMs);
    const frames = utterance.slice(at, at + framesPerPacket);
    at += frames.length;
    const isLast = at >= utterance.length;
    if (send(frames, isLast) && !isLast) {
      timer = clock.setTimeout(sendNext, dueMs + frames.length * FRAME_MS - clock.now());
    }
  }

  sendNext();
  return { stop: () => clock.clearTimeout(timer) };
}
