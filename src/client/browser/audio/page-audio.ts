/** What a page sees of its audio (open-audio.ts). */
import type { UplinkPacket } from '../../../core/actor/data-plane.ts';
import type { Log } from '../../../core/log/log.ts';
import type { AudioActors } from '../../../device/device.ts';
import type { MicrophoneWishes } from './open-microphone.ts';

/** What the browser does to the sound of the microphone. Default: all of it. */
export interface PageAudioOptions extends Partial<MicrophoneWishes> {
  /** As in `microphones()`; another is used when it is not there. Default: the browser's. */
  microphoneId?: string;
  speakerId?: string;
  /** Where the page's files are, with a slash at the end: worklet.js, opus.wasm, voice.wasm. Default: beside the script that has this library. */
  base?: string;
  /** As in the client's `hello`. Default 1. */
  framesPerPacket?: number;
  /** `live`: replies are live audio, for instance an echo. Default `adaptive`: they come ahead of real time. */
  playback?: 'adaptive' | 'live';
  /** Default: nothing is logged. */
  log?: Log;
}

/** In dB of full scale, −96 without sound. */
export interface PageLevel {
  microphoneDb: number;
  speakerDb: number;
}

export interface PageAudioEvents {
  /** 15 to 20 times a second. */
  level: PageLevel;
  /** The microphone was removed, or the permission withdrawn. The page looks for another by itself. */
  lost: undefined;
  /** The browser has stopped the audio: a call, or another page. */
  interrupted: undefined;
  /** The audio is back after `lost` or `interrupted`. */
  resumed: undefined;
  /** Other microphones or speakers are there than before. */
  devices: undefined;
}

export interface AudioDevice {
  id: string;
  label: string;
}

export interface PageAudio {
  /** As DeviceOptions.audio of src/device/device.ts. Called once. */
  actors(encoded: (packet: UplinkPacket) => void): AudioActors;
  on<Name extends keyof PageAudioEvents>(name: Name, listener: (event: PageAudioEvents[Name]) => void): () => void;
  microphones(): Promise<AudioDevice[]>;
  /** Empty where the browser lets no page choose it. */
  speakers(): Promise<AudioDevice[]>;
  /** @throws EarshotError (by rejection) as `openPageAudio`; the microphone before goes on */
  useMicrophone(id: string): Promise<void>;
  /** @throws EarshotError (by rejection) `device_not_found` */
  useSpeaker(id: string): Promise<void>;
  /** 0 to 1, of replies. */
  setVolume(volume: number): void;
  /** False while the browser has stopped the sound. */
  isAudible(): boolean;
  close(): Promise<void>;
}
