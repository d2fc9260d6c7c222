/** Of the audio of a device whose microphone is a recording, and that nobody hears. */
import type { AudioThreadSettings } from '../../src/device/audio/audio-thread.ts';
import { SHORT_SPEECH } from '../support/speech.ts';

export const AUDIO_SETTINGS: AudioThreadSettings = {
  microphone: { backend: 'wav', name: SHORT_SPEECH },
  speaker: { backend: 'null' },
  framesPerPacket: 3,
  playback: 'adaptive',
  encoder: 'adaptive',
  complexity: 5,
  echoCanceller: 'auto',
};
