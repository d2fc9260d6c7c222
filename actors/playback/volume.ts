/**
 * A decoder whose sound is made quieter, by as much as is asked for at the moment. A change is spread over one frame (20 ms):
 * a step in loudness is heard as a click.
 */
import { RECOMMENDED_FRAME_SIZE } from '../../src/protocol/format.ts';
import type { FrameDecoder } from './jitter-buffer.ts';

/** The samples are lent until the next call, as a decoder's own may be. */
export function withVolume(decoder: FrameDecoder, volumePercent: () => number): FrameDecoder {
  const quieter = new Int16Array(RECOMMENDED_FRAME_SIZE);
  let gain = volumePercent() / 100;

  function scaled(samples: Int16Array): Int16Array {
    const from = gain;
    gain = volumePercent() / 100;
    // Another length is refused further on, as it is.
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
