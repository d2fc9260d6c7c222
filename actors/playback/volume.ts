/**
 * A decoder whose output has a volume. A change is spread over one frame (20 ms), because a step in volume is audible
 * as a click.
 */
import { RECOMMENDED_FRAME_SIZE } from '../../src/protocol/format.ts';
import type { FrameDecoder } from './jitter-buffer.ts';

/** The samples are valid until the next call, like those of a decoder. */
export function withVolume(decoder: FrameDecoder, volumePercent: () => number): FrameDecoder {
  const quieter = new Int16Array(RECOMMENDED_FRAME_SIZE);
  let gain = volumePercent() / 100;

  function scaled(samples: Int16Array): Int16Array {
    const from = gain;
    gain = volumePercent() / 100;
    // Another length is refused later, unchanged.
    if ((from === 1 && gain === 1) || samples.length !== quieter.length) return samples;
    const step = (gain - from) / quieter.length;
    for (let i = 0; i < quieter.length; i++) quieter[i] = Math.round((samples[i] ?? 0) * (from + step * (i + 1)));
    return quieter;
  }

  const { recover } = decoder;
  return {
    decode: (frame) => scaled(decoder.decode(frame)),
    conceal: () => scaled(decoder.conceal()),
    ...(recover && {
      recover(next) {
        const samples = recover(next);
        return samples && scaled(samples);
      },
    }),
  };
}
