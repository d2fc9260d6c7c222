/**
 * An audio backend: one way to get sound in and out. Each is one file in backends/, listed in backends/index.ts, and nothing else
 * knows which there are: code that must treat one differently asks for a property of it.
 */
import type { Scope } from '../../src/core/actor/scope.ts';
import type { Direction, SoundDevice } from './device-search.ts';
import type { OpenMicrophone, OpenSpeaker } from './port.ts';

/** What to open. Plain data: it is sent to the thread that opens it. */
export interface AudioAddress {
  /** Name of the backend. */
  backend: string;
  /** Which of its devices: part of a card's name, the path of a file. */
  name?: string;
}

export interface MicrophoneOptions {
  /** How many samples at a time a card delivers: what the codec packs into one packet wakes the process least. */
  captureBlockSamples?: number;
}

export interface MicrophoneBackend {
  /** For `--help`: how it is spelled after `--input`, and what it is. */
  readonly usage: string;
  /** It is a recording: it begins a turn by itself, and its end ends the utterance. */
  readonly isRecording?: boolean;
  open(name: string | undefined, options: MicrophoneOptions): OpenMicrophone;
}

export interface SpeakerBackend {
  /** For `--help`: how it is spelled after `--output`, and what it is. */
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
  /** Absent where it has none. */
  readonly microphone?: MicrophoneBackend;
  /** Absent where it has none. */
  readonly speaker?: SpeakerBackend;
  /** What people are told that it is; its name by default. */
  describe?(name: string | undefined, direction: Direction): string;
  /** The file that it reads or writes: no two may be the same, and none a terminal. */
  fileOf?(name: string | undefined): string | undefined;
  /** Present where there are devices of the machine, which may be missing, muted or plugged in later. @throws EarshotError */
  listDevices?(): Promise<DeviceListing>;
  /**
   * Present where a lost device may hold on to the process (leave.ts). Whether everything that was opened is closed; asked on the
   * thread that opened it.
   */
  allClosed?(): Promise<boolean>;
}

/** A device whose code is loaded when it is first opened. One opener for all times: it may learn from one time for the next. */
export function loadedWhenOpened<Handlers, Device>(
  load: () => Promise<(handlers: Handlers, scope: Scope) => Promise<Device>>,
): (handlers: Handlers, scope: Scope) => Promise<Device> {
  let loaded: ReturnType<typeof load> | undefined;
  return async (handlers, scope) => {
    loaded ??= load();
    return (await loaded)(handlers, scope);
  };
}
