/** What the audio pipeline of a device is made of in Node: native libraries, and others from node_modules. */
import { createOpusEncoder } from '../../../actors/codec/opus.ts';
import { createStreamDecoder } from '../../../actors/codec/opus-fec.ts';
import { createEchoCancellation } from '../../../actors/echo/echo-cancellation.ts';
import type { ChosenCanceller } from '../../../actors/echo/port.ts';
import { noEchoCanceller } from '../../../actors/echo/providers/choose.ts';
import { openVoiceDetector } from '../../../actors/listening/voice-detector.ts';
import type { AudioPipelineOptions } from './audio-pipeline.ts';

/** @param choose called when the listener first has the microphone open */
export function nativeAudio(
  choose: () => Promise<ChosenCanceller> = noEchoCanceller,
): Pick<AudioPipelineOptions, 'codec' | 'createEcho' | 'openVoiceDetector'> {
  return {
    codec: { createEncoder: createOpusEncoder, createDecoder: createStreamDecoder },
    createEcho: (sound) => createEchoCancellation({ ...sound, choose }),
    openVoiceDetector,
  };
}
