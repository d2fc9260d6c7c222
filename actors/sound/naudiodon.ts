/**
 * naudiodon's native binding to PortAudio, loaded when a card is first needed, and its restrictions.
 *
 * - This uses the binding itself, not the package: the package's index.js installs a handler that writes crash.log into
 *   the working directory, and wraps `read` and `write` in streams.
 * - One thread of a process only: the binding stores its constructor in a static variable, which a second thread
 * overwrites.
 * - A pending `read`, `write` or `quit` holds one of libuv's threads (4, or UV_THREADPOOL_SIZE).
 * - `quit` of a speaker waits until the card has taken the last block. A lost card never does: that `quit` and its
 * thread
 *   never end, and the process can't exit normally any more (see leave.ts). `quit` of a microphone always ends.
 * - The list of devices is updated only while no stream is open. A stream that failed to open, or never closed, counts.
 */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { EarshotError } from '../../src/core/errors.ts';
import { PACKAGE_FOLDER } from '../../src/core/files/package-folder.ts';
import { loadAddon } from '../../src/core/files/prebuilt.ts';

export interface NativeDevice {
  id: number;
  name: string;
  maxInputChannels: number;
  maxOutputChannels: number;
  defaultSampleRate: number;
  hostAPIName: string;
}

export interface NativeStreamOptions {
  deviceId: number;
  channelCount: number;
  /** 16: signed 16-bit. */
  sampleFormat: 16;
  sampleRate: number;
  /** Report xruns as the error of a read or write. It closes nothing; the stream goes on. */
  closeOnError: boolean;
  framesPerBuffer: number;
  /** Blocks between the card's thread and this one. */
  maxQueue: number;
}

export interface NativeStream {
  start(): void;
  read(bytes: number): Promise<{ err?: string; buf?: Buffer; finished?: boolean }>;
  /** Resolves with the text of an error when the block has been queued. */
  write(samples: Buffer): Promise<string | undefined>;
  quit(how: 'WAIT' | 'ABORT'): Promise<void>;
}

export interface Naudiodon {
  getDevices(): NativeDevice[];
  getHostAPIs(): { defaultHostAPI: number; HostAPIs: { defaultInput: number; defaultOutput: number }[] };
  create(options: { inOptions: NativeStreamOptions } | { outOptions: NativeStreamOptions }): NativeStream;
}

/** In a clone it can be built; the npm package has it built. */
const BUILD = existsSync(join(PACKAGE_FOLDER, 'deploy/mend-sound.mjs'))
  ? 'node deploy/mend-sound.mjs'
  : 'npm install naudiodon';

let binding: Naudiodon | undefined;

/** @throws EarshotError `sound_unavailable`, with what to install. */
export function loadNaudiodon(): Naudiodon {
  checkAlsaConfiguration();
  try {
    binding ??= loadAddon<Naudiodon>('naudiodon.node', 'naudiodon/build/Release/naudiodon.node');
    return binding;
  } catch (cause) {
    throw whyNot(cause);
  }
}

export function whyNot(cause: unknown): EarshotError {
  const text = cause instanceof Error ? cause.message : String(cause);
  const unavailable = (reason: string, install: string): EarshotError =>
    new EarshotError(
      'sound_unavailable',
      `The sound card cannot be used: ${reason}`,
      `${install} Files work without: --input FILE.wav --output FILE.wav.`,
      { cause },
    );
  const library = /(lib[\w+-]+\.so[.\d]*): cannot open shared object/.exec(text)?.[1];
  if (library?.startsWith('libasound')) return unavailable(`${library} is missing`, 'Run: apt-get install libasound2.');
  if (library) {
    return unavailable(`${library} is missing`, `Run: apt-get install libasound2 libportaudio2; ${BUILD}.`);
  }
  if (/Cannot find module/.test(text)) {
    return unavailable(
      'naudiodon is not installed or not built',
      `Run: apt-get install build-essential python3 libasound2 libportaudio2; ${BUILD}.`,
    );
  }
  return unavailable(
    'naudiodon does not fit this machine',
    `Run: apt-get install build-essential python3 libasound2 libportaudio2; ${BUILD}.`,
  );
}

/**
 * PortAudio aborts the process by an assertion when ALSA's configuration defines neither `default` nor `dmix`, for
 * instance when the file is missing. (On a machine without cards the file still defines them.)
 */
function checkAlsaConfiguration(): void {
  if (process.platform !== 'linux') return;
  const { ALSA_CONFIG_PATH, ALSA_CONFIG_DIR = '/usr/share/alsa' } = process.env;
  const files = ALSA_CONFIG_PATH ? ALSA_CONFIG_PATH.split(':') : [`${ALSA_CONFIG_DIR}/alsa.conf`];
  if (files.some(namesDevices)) return;
  throw new EarshotError(
    'sound_unavailable',
    `The sound card cannot be used: ALSA's configuration ${files.join(', ')} is missing or defines no device`,
    ALSA_CONFIG_PATH ? 'Correct ALSA_CONFIG_PATH.' : 'Run: apt-get install --reinstall libasound2-data.',
  );
}

/** In the file itself, or in files that it includes (`<file>`). One that cannot be read names none. */
function namesDevices(file: string): boolean {
  try {
    return /default|dmix|</.test(readFileSync(file, 'utf8'));
  } catch {
    return false;
  }
}
