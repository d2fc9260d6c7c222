/**
 * The streams that a sound server plays, by `pactl`, which PulseAudio and PipeWire both understand. It is in Debian's package
 * pulseaudio-utils.
 */
import { execFile } from 'node:child_process';
import * as v from 'valibot';
import { EarshotError, messageOf, systemCode } from '../../core/errors.ts';

/** One stream of a program: a sink input, in the words of PulseAudio. */
export interface PlayedStream {
  /** The server's number for it. A server that was restarted uses it again for another one. */
  index: number;
  /** Name and process of the program; empty and 0: it does not say. */
  application: string;
  pid: number;
  /** Of each channel; 65,536 is 100 %. */
  volumes: readonly number[];
}

export interface SoundServer {
  /** @throws EarshotError `sound_server_unavailable` (by rejection) */
  streams(): Promise<PlayedStream[]>;
  /** @throws EarshotError `sound_server_unavailable` (by rejection), also when the stream has ended */
  setVolumes(stream: number, volumes: readonly number[]): Promise<void>;
}

/** A sound server that hangs. */
const TIMEOUT_MS = 2_000;
/** Longest list. */
const MAX_OUTPUT_BYTES = 1_048_576;

const listed = v.array(
  v.object({
    index: v.number(),
    volume: v.record(v.string(), v.object({ value: v.number() })),
    properties: v.optional(v.record(v.string(), v.unknown()), {}),
  }),
);

export function openSoundServer(environment: NodeJS.ProcessEnv = process.env): SoundServer {
  const pactl = (...args: string[]) => runPactl(args, { ...environment, LC_ALL: 'C.UTF-8' });
  return {
    async streams() {
      const text = await pactl('--format=json', 'list', 'sink-inputs');
      return streamsOf(text);
    },
    async setVolumes(stream, volumes) {
      await pactl('set-sink-input-volume', String(stream), ...volumes.map((volume) => String(Math.round(volume))));
    },
  };
}

/** @throws EarshotError `sound_server_unavailable` for what `pactl` does not print */
export function streamsOf(text: string): PlayedStream[] {
  try {
    return v.parse(listed, JSON.parse(text)).map(({ index, volume, properties }) => ({
      index,
      application: String(properties['application.name'] ?? ''),
      pid: Number(properties['application.process.id'] ?? 0),
      volumes: Object.values(volume).map(({ value }) => value),
    }));
  } catch (error) {
    throw unavailable(`pactl printed something else than a list of streams: ${messageOf(error)}`, error);
  }
}

function runPactl(args: string[], env: NodeJS.ProcessEnv): Promise<string> {
  return new Promise((resolve, reject) => {
    execFile('pactl', args, { env, timeout: TIMEOUT_MS, maxBuffer: MAX_OUTPUT_BYTES }, (error, stdout, stderr) => {
      if (!error) return resolve(stdout);
      if (systemCode(error) === 'ENOENT') return reject(unavailable('There is no pactl', error));
      reject(unavailable(error.killed ? 'The sound server does not answer' : stderr.trim() || error.message, error));
    });
  });
}

function unavailable(message: string, cause: unknown): EarshotError {
  const hint =
    'Install pulseaudio-utils, and run a PulseAudio or PipeWire server as the same user; or leave out --duck.';
  return new EarshotError('sound_server_unavailable', message, hint, { cause });
}
