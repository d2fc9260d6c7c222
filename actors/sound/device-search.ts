/** Chooses the sound card. */
import { EarshotError } from '../../src/core/errors.ts';
import { loadNaudiodon, type NativeDevice, type Naudiodon } from './naudiodon.ts';

export type Direction = 'input' | 'output';

export interface SoundDevice {
  /** PortAudio's number: valid until the next listing. */
  id: number;
  name: string;
  inputChannels: number;
  outputChannels: number;
  defaultSampleRateHz: number;
  hostApi: string;
}

export interface DeviceList {
  devices: SoundDevice[];
  /** Absent when there is none. Called only when needed: PortAudio scans all cards for it. */
  defaultDevice(direction: Direction): SoundDevice | undefined;
}

/** Names of the microphone arrays that Earshot is made for ("Find ReSpeaker device"); wm8960: the 2-Mic HAT with the kernel's own driver. */
const PREFERRED_NAMES = ['seeed', 'respeaker', 'wm8960'];

/** @throws EarshotError `sound_unavailable`. No devices at all is an empty list. */
export function listDevices(naudiodon: Naudiodon = loadNaudiodon()): DeviceList {
  const devices = naudiodon.getDevices().map(soundDevice);
  return {
    devices,
    defaultDevice(direction) {
      const { defaultHostAPI, HostAPIs } = naudiodon.getHostAPIs();
      const api = HostAPIs[defaultHostAPI];
      const id = direction === 'input' ? api?.defaultInput : api?.defaultOutput;
      return devices.find((device) => device.id === id) ?? candidates(devices, direction)[0];
    },
  };
}

/**
 * The device of this name or with this in its name, in any case; without a name a ReSpeaker, else the default device.
 *
 * @throws EarshotError `device_not_found`, which lists the existing ones.
 */
export function findDevice(list: DeviceList, direction: Direction, wanted?: string): SoundDevice {
  const possible = candidates(list.devices, direction);
  const kind = direction === 'input' ? 'microphone' : 'speaker';
  const device = wanted === undefined ? preferred(possible) : named(possible, wanted);
  if (device) return device;
  if (possible.length === 0) {
    const file = direction === 'input' ? '--input FILE.wav' : '--output FILE.wav';
    throw new EarshotError('device_not_found', `There is no ${kind} on this machine`, `Connect one, or use ${file}.`);
  }
  const fallback = wanted === undefined ? list.defaultDevice(direction) : undefined;
  if (fallback) return fallback;
  throw new EarshotError(
    'device_not_found',
    `There is no ${kind} with "${wanted ?? 'default'}" in its name`,
    `There are: ${possible.map(({ name }) => name).join(', ')}.`,
  );
}

function candidates(devices: SoundDevice[], direction: Direction): SoundDevice[] {
  return devices.filter((device) => (direction === 'input' ? device.inputChannels : device.outputChannels) > 0);
}

function named(devices: SoundDevice[], wanted: string): SoundDevice | undefined {
  const part = wanted.toLowerCase();
  const exact = devices.find(({ name }) => name.toLowerCase() === part);
  return exact ?? devices.find(({ name }) => name.toLowerCase().includes(part));
}

function preferred(devices: SoundDevice[]): SoundDevice | undefined {
  return devices.find(({ name }) => PREFERRED_NAMES.some((part) => name.toLowerCase().includes(part)));
}

function soundDevice(native: NativeDevice): SoundDevice {
  return {
    id: native.id,
    name: native.name,
    inputChannels: native.maxInputChannels,
    outputChannels: native.maxOutputChannels,
    defaultSampleRateHz: native.defaultSampleRate,
    hostApi: native.hostAPIName,
  };
}
