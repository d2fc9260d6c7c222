/**
 * From the address of a microphone or speaker, as given on the command line, to the device: the registry of backends.
 */
import { EarshotError } from '../../../src/core/errors.ts';
import type { AudioAddress, AudioBackend, DeviceListing, MicrophoneOptions } from '../backend.ts';
import type { Direction, SoundDevice } from '../device-search.ts';
import type { OpenMicrophone, OpenSpeaker } from '../port.ts';
import { BACKENDS, FILE_BACKEND } from './index.ts';

export interface ListedDevices {
  devices: { backend: string; device: SoundDevice }[];
  /**
   * What would be opened; undefined when it is not a device of the machine, such as a file. @throws EarshotError
   * `device_not_found`
   */
  find(address: AudioAddress, direction: Direction): SoundDevice | undefined;
}

/** `NAME`, or `NAME:WHICH`. */
const SPELLING = /^([a-z]+)(?::(.*))?$/s;

/** Functions that parse addresses, for these backends. The first is the default. */
export function createAudioRegistry(backends: readonly AudioBackend[]) {
  const [defaultBackend] = backends;
  if (!defaultBackend) throw new TypeError('a registry needs at least one backend');

  /** For `--input` and `--output`. `device`: the device of the default backend, when no other is given. */
  function parse(spelling: string | undefined, end: 'microphone' | 'speaker', device?: string): AudioAddress {
    if (spelling === undefined) return address(defaultBackend as AudioBackend, device);
    const [, prefix, name] = SPELLING.exec(spelling) ?? [];
    const backend = backends.find((each) => each.name === prefix && each[end]);
    const isNamed = name !== undefined && name !== '';
    const fits = backend && (isNamed ? backend.names !== 'none' : backend.names !== 'required');
    if (!fits) return address(FILE_BACKEND, spelling);
    return address(backend, isNamed ? name : backend === defaultBackend ? device : undefined);
  }

  /** @throws EarshotError `usage` for an unknown backend. */
  function backendOf({ backend: name }: AudioAddress): AudioBackend {
    const backend = backends.find((each) => each.name === name);
    if (backend) return backend;
    const names = backends.map((each) => each.name).join(', ');
    throw new EarshotError('usage', `There is no audio backend ${name}`, `There are: ${names}.`);
  }

  return {
    /** @param device name of a sound card, when the address is absent or `card` */
    parseMicrophone: (spelling: string | undefined, device?: string) => parse(spelling, 'microphone', device),
    /** @param device name of a sound card, when the address is absent or `card` */
    parseSpeaker: (spelling: string | undefined, device?: string) => parse(spelling, 'speaker', device),

    /** @throws EarshotError `usage` when the backend has no microphone. */
    openMicrophone(microphone: AudioAddress, options: MicrophoneOptions = {}): OpenMicrophone {
      const backend = backendOf(microphone);
      if (!backend.microphone) throw unusable(backend, 'microphone');
      return backend.microphone.open(microphone.name, options);
    },

    /** @throws EarshotError `usage` when the backend has no speaker. */
    openSpeaker(speaker: AudioAddress): OpenSpeaker {
      const backend = backendOf(speaker);
      if (!backend.speaker) throw unusable(backend, 'speaker');
      return backend.speaker.open(speaker.name);
    },

    /** Whether it is a recording: it begins a turn by itself. */
    isRecording: (microphone: AudioAddress): boolean => backendOf(microphone).microphone?.isRecording === true,
    /** Whether it is a device of the machine, which may be missing or muted. */
    isHardware: (of: AudioAddress): boolean => backendOf(of).listDevices !== undefined,
    /** Whether a lost device may keep the process from ending (leave.ts). */
    mayHoldProcess: (of: AudioAddress): boolean => backendOf(of).allClosed !== undefined,
    /** Whether everything that was opened on this thread is closed. */
    allClosed: async (of: AudioAddress): Promise<boolean> => (await backendOf(of).allClosed?.()) ?? true,
    /** Its name in messages. */
    describe: (of: AudioAddress, direction: Direction): string =>
      backendOf(of).describe?.(of.name, direction) ?? [of.backend, of.name].filter(Boolean).join(':'),
    /** The file that it reads or writes. */
    fileOf: (of: AudioAddress): string | undefined => backendOf(of).fileOf?.(of.name),

    /**
     * The devices of the machine, each listed once: those of these addresses, or all.
     *
     * @throws EarshotError `sound_unavailable`
     */
    async listDevices(...addresses: AudioAddress[]): Promise<ListedDevices> {
      const asked = addresses.length > 0 ? new Set(addresses.map(backendOf)) : backends;
      const listings = new Map<string, DeviceListing>();
      for (const { name, listDevices } of asked) {
        const listing = await listDevices?.();
        if (listing) listings.set(name, listing);
      }
      return {
        devices: [...listings].flatMap(([backend, { devices }]) => devices.map((device) => ({ backend, device }))),
        find: ({ backend, name }, direction) => listings.get(backend)?.find(direction, name),
      };
    },

    /** For `--help`: one spelling of an address for each backend. */
    usage: (end: 'microphone' | 'speaker'): string[] => backends.flatMap((each) => each[end]?.usage ?? []),
  };
}

function address({ name: backend }: AudioBackend, name: string | undefined): AudioAddress {
  return name === undefined ? { backend } : { backend, name };
}

function unusable({ name }: AudioBackend, end: string): EarshotError {
  return new EarshotError('usage', `${name} has no ${end}`, 'See earshot run --help.');
}

export const audioBackends = createAudioRegistry(BACKENDS);
export const { openMicrophone, openSpeaker } = audioBackends;
/** The address of a microphone, as in `--input`: `speech.wav`, `card:usb`, `silence`; the sound card by default. */
export const parseMicrophone = audioBackends.parseMicrophone;
/** The address of a speaker, as in `--output`: `reply.wav`, `card:usb`, `null`; the sound card by default. */
export const parseSpeaker = audioBackends.parseSpeaker;
