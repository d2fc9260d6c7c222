/**
 * A decoder whose sound is made quieter, by as much as is asked for at the moment.
 */
import type { FrameDecoder } from './jitter-buffer.ts';

export function withVolume(decoder: FrameDecoder, volumePercent: () => number): FrameDecoder {
  const scaled = (samples: Int16Array): Int16Array => {
    const percent = volumePercent();
    return percent === 100 ? samples : samples.map((sample) => (sample * percent) / 100);
  };
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
