/** A voice detector by the functions of libfvad as WebAssembly, however they were loaded. */
import { EarshotError } from '../../src/core/errors.ts';
import { RECOMMENDED_FRAME_SIZE, SAMPLE_RATE_HZ } from '../../src/protocol/format.ts';

/** The detector's strictest mode: the fewest false alarms (`npm run bench:listening`). */
const MODE = 3;

export interface VoiceDetector {
  /** @param frame 20 ms */
  isVoice(frame: Int16Array): boolean;
  close(): void;
}

export interface Libfvad {
  memory: { readonly buffer: ArrayBufferLike };
  malloc(bytes: number): number;
  free(pointer: number): void;
  fvadNew(): number;
  fvadFree(detector: number): void;
  fvadSetMode(detector: number, mode: number): number;
  fvadSetSampleRate(detector: number, sampleRateHz: number): number;
  fvadProcess(detector: number, samples: number, length: number): number;
}

/** @throws EarshotError `listening_unavailable` */
export function createVoiceDetector(fvad: Libfvad): VoiceDetector {
  const detector = fvad.fvadNew();
  const samples = fvad.malloc(RECOMMENDED_FRAME_SIZE * Int16Array.BYTES_PER_ELEMENT);
  const isReady =
    detector !== 0 &&
    samples !== 0 &&
    fvad.fvadSetMode(detector, MODE) === 0 &&
    fvad.fvadSetSampleRate(detector, SAMPLE_RATE_HZ) === 0;
  if (!isReady) {
    throw new EarshotError('listening_unavailable', 'The voice detector has no memory', 'Use push to talk.');
  }
  return {
    isVoice(frame) {
      // A new view for each frame: the memory may have grown, which detaches the old buffer.
      new Int16Array(fvad.memory.buffer, samples, frame.length).set(frame);
      return fvad.fvadProcess(detector, samples, frame.length) === 1;
    },
    close() {
      fvad.fvadFree(detector);
      fvad.free(samples);
    },
  };
}
