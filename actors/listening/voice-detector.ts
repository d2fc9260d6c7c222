/**
 * Voice activity of frames of 20 ms: WebRTC's detector, which compares the spectrum with models of speech and noise. It
 * costs 0.1 ms a second on x64, and is loaded when it is first needed (4 MB of memory).
 */
import type { Fvad } from '@echogarden/fvad-wasm';
import { EarshotError } from '../../src/core/errors.ts';
import { createVoiceDetector, type VoiceDetector } from './fvad-detector.ts';

let library: Promise<Fvad> | undefined;

/** @throws EarshotError (by rejection) `listening_unavailable` */
export async function openVoiceDetector(): Promise<VoiceDetector> {
  library ??= import('@echogarden/fvad-wasm').then((fvad) => fvad.default());
  const fvad = await library.catch((cause: unknown) => {
    library = undefined;
    const hint = 'Reinstall Earshot, or use push to talk.';
    throw new EarshotError('listening_unavailable', 'The voice detector cannot be loaded', hint, { cause });
  });
  return createVoiceDetector({
    memory: {
      get buffer() {
        return fvad.HEAP16.buffer;
      },
    },
    malloc: fvad._malloc,
    free: fvad._free,
    fvadNew: fvad._fvad_new,
    fvadFree: fvad._fvad_free,
    fvadSetMode: fvad._fvad_set_mode,
    fvadSetSampleRate: fvad._fvad_set_sample_rate,
    fvadProcess: fvad._fvad_process,
  });
}
