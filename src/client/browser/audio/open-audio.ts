/**
 * The audio of a page: microphone, speaker and Opus, as the audio actors of a client.
 *
 * The actors are those of the device and run in an audio worklet, which is to a page what the audio thread is to a device
 * (src/device/audio/audio-host.ts). What a browser does otherwise is here: permission, choice of devices, interruptions.
 */

import { silentLog } from '../../../core/log/log.ts';
import type { PageAudio, PageAudioOptions } from './page-audio.ts';
import { PageSound } from './page-sound.ts';

export type { PageAudio, PageAudioOptions } from './page-audio.ts';

/**
 * Call it in the person's gesture.
 *
 * @throws EarshotError (by rejection) `insecure_context`, `microphone_denied`, `microphone_missing`, `microphone_busy`,
 * `audio_unsupported`
 */
export async function openPageAudio(options: PageAudioOptions = {}): Promise<PageAudio> {
  const base = options.base ?? new URL('./', import.meta.url).href;
  return await PageSound.open({ ...DEFAULTS, ...options, base });
}

const DEFAULTS = { echoCancellation: true, noiseSuppression: true, autoGain: true, log: silentLog };
