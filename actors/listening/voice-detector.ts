/**
 * Voice activity of frames of 20 ms: WebRTC's detector, which compares the spectrum with models of speech and noise. It
 * costs 0.1 ms a second on x64, and is loaded when it is first needed (4 MB of memory).
 */
import type { Fvad } from '@echogarden/fvad-wasm';
import { EarshotError } from '../../src/core/errors.ts';
import { BYTES_PER_SAMPLE, RECOMMENDED_FRAME_SIZE, SAMPLE_RATE_HZ } from '../../src/protocol/format.ts';

/** The detector's strictest mode: the fewest false alarms (`npm run bench:listening`). */
const MODE = 3;

export interface VoiceDetector {
  /** @param frame 20 ms */
  isVoice(frame: Int16Array): boolean;
  close(): void;
}

let library: Promise<Fvad> | undefined;

/** @throws EarshotError (by rejection) `listening_unavailable` */
export async function openVoiceDetector(): Promise<VoiceDetector> {
  library ??= import('@echogarden/fvad-wasm').then((fvad) => fvad.default());
  const fvad = await library.catch((cause: unknown) => {
    library = undefined;
    const hint = 'Reinstall Earshot, or use push to talk.';
    throw new EarshotError('listening_unavailable', 'The voice detector cannot be loaded', hint, { cause });
  });
  const detector = fvad._fvad_new();
  const samples = fvad._malloc(RECOMMENDED_FRAME_SIZE * BYTES_PER_SAMPLE);
  const isReady =
    detector !== 0 &&
    samples !== 0 &&
    fvad._fvad_set_mode(detector, MODE) === 0 &&
    fvad._fvad_set_sample_rate(detector, SAMPLE_RATE_HZ) === 0;
  if (!isReady) {
    throw new EarshotError('listening_unavailable', 'The voice detector has no memory', 'Use push to talk.');
  }
  return {
    isVoice(frame) {
      fvad.HEAP16.set(frame, samples / BYTES_PER_SAMPLE);
      return fvad._fvad_process(detector, samples, frame.length) === 1;
    },
    close() {
      fvad._fvad_free(detector);
      fvad._free(samples);
    },
  };
}
