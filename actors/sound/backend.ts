/**
 * An audio backend: one way to record or play audio. Each is one file in backends/, listed in backends/index.ts. No
 * other file names a backend: code that must treat one differently reads a property of it.
 */
import type { Scope } from '../../src/core/actor/scope.ts';
import type { Direction, SoundDevice } from './device-search.ts';
import type { OpenMicrophone, OpenSpeaker } from './port.ts';

/** What to open. Plain data: it is sent to the thread that opens it. */
export interface AudioAddress {
  /** Name of the backend. */
  backend: string;
  /** Which of its devices: part of a card's name, or the path of a file. */
  name?: string;
}

export interface MicrophoneOptions {
  /** How many samples a card delivers at a time: the length of one packet causes the fewest wake-ups. */
  captureBlockSamples?: number;
}

export interface MicrophoneBackend {
  /** For `--help`: its spelling after `--input`, and a description. */
  readonly usage: string;
  /** It is a recording: it begins a turn by itself, and its end ends the utterance. */
  readonly isRecording?: boolean;
  open(name: string | undefined, options: MicrophoneOptions): OpenMicrophone;
}

export interface SpeakerBackend {
  /** For `--help`: its spelling after `--output`, and a description. */
  readonly usage: string;
  open(name: string | undefined): OpenSpeaker;
}

/** The devices of a backend, as they are now. */
export interface DeviceListing {
  readonly devices: readonly SoundDevice[];
  /** The one that would be opened. @throws EarshotError `device_not_found` */
  find(direction: Direction, name: string | undefined): SoundDevice;
}

export interface AudioBackend {
  /** How an address names it: `--input NAME`, or `--input NAME:WHICH`. Lower-case letters. */
  readonly name: string;
  /** Whether its devices have names. */
  readonly names: 'none' | 'optional' | 'required';
  /** Absent when it has none. */
  readonly microphone?: MicrophoneBackend;
  /** Absent when it has none. */
  readonly speaker?: SpeakerBackend;
  /** Its name in messages; the name of the backend by default. */
  describe?(name: string | undefined, direction: Direction): string;
  /** The file that it reads or writes: no two may be the same, and none may be a terminal. */
  fileOf?(name: string | undefined): string | undefined;
  /** Present where there are devices of the machine, which may be missing, muted or plugged in later. @throws EarshotError */
  listDevices?(): Promise<DeviceListing>;
  /**
   * Present where a lost device may keep the process from ending (leave.ts). Whether everything that was opened is
   * closed; called on the thread that opened it.
   */
  allClosed?(): Promise<boolean>;
}

/**
 * A device whose code is loaded when it is first opened. The opener is reused: it may store measurements for the next
 * time.
 */
export function loadedWhenOpened<Handlers, Device>(
  load: () => Promise<(handlers: Handlers, scope: Scope) => Promise<Device>>,
): (handlers: Handlers, scope: Scope) => Promise<Device> {
  let loaded: ReturnType<typeof load> | undefined;
  return async (handlers, scope) => {
    loaded ??= load();
    return (await loaded)(handlers, scope);
  };
}
