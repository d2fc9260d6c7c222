/**
 * Ducking: while a person or the assistant speaks, what other programs play is quieter.
 *
 * The former volumes are in a file before the first one is changed, so that the next start restores them after a crash. A volume that
 * somebody has changed meanwhile is left alone.
 */
import { readFileSync, rmSync } from 'node:fs';
import * as v from 'valibot';
import { errorFields, systemCode } from '../../core/errors.ts';
import { replacePrivateFile } from '../../core/files/private-files.ts';
import type { Log } from '../../core/log/log.ts';
import type { PlayedStream, SoundServer } from './sound-server.ts';

/** More streams than a sound server usually has; the others keep their volume. */
const MAX_STREAMS = 64;

const volumes = v.pipe(v.array(v.number()), v.maxLength(32));
const stored = v.pipe(
  v.array(v.object({ index: v.number(), application: v.string(), pid: v.number(), volumes, ducked: volumes })),
  v.maxLength(MAX_STREAMS),
);
/** A stream with its volumes before and now. */
type DuckedStream = PlayedStream & { ducked: readonly number[] };

export interface DuckingOptions {
  server: SoundServer;
  /** Of its former volume. */
  percent: number;
  /** Where the former volumes are while they are changed. */
  file: string;
  /** Streams of this process are not ducked. */
  pid: number;
  log: Log;
}

export interface Ducking {
  /** Whether other programs shall be quieter. Returns at once; of several calls the last one counts. */
  set(isDucked: boolean): void;
  /** Restores the volumes; resolves when that is done, or has failed. */
  close(): Promise<void>;
}

export function createDucking({ server, percent, file, pid, log }: DuckingOptions): Ducking {
  let wanted = false;
  let isClosed = false;
  let working: Promise<void> | undefined;
  let wasReported = false;
  /** Those of an earlier process, before the first change. */
  let ducked: DuckedStream[] = readDucked(file, log);
  let isQuiet = ducked.length > 0;

  async function work(): Promise<void> {
    while (wanted !== isQuiet) {
      const next = wanted;
      try {
        await (next ? duck() : restore());
        wasReported = false;
      } catch (error) {
        if (!wasReported) log.warn('the sound of other programs cannot be made quieter', errorFields(error));
        wasReported = true;
      }
      isQuiet = next;
    }
  }

  async function duck(): Promise<void> {
    const others = (await server.streams()).filter((stream) => stream.pid !== pid).slice(0, MAX_STREAMS);
    const former = ducked;
    ducked = others.map((stream) => {
      // Restoring it has failed: what it has now is not its own volume.
      const known = former.find((each) => isUnchanged(each, stream));
      const volumes = known?.volumes ?? stream.volumes;
      return { ...stream, volumes, ducked: volumes.map((volume) => Math.round((volume * percent) / 100)) };
    });
    if (ducked.length === 0) return;
    replacePrivateFile(file, JSON.stringify(ducked));
    await forEach(ducked, (stream) => stream.ducked);
  }

  async function restore(): Promise<void> {
    if (ducked.length === 0) return;
    const now = await server.streams();
    const same = ducked.filter((stream) => now.some((each) => isUnchanged(stream, each)));
    await forEach(same, (stream) => stream.volumes);
    ducked = [];
    rmSync(file, { force: true });
  }

  /** A stream that has ended meanwhile does not matter. */
  async function forEach(streams: DuckedStream[], volumesOf: (stream: DuckedStream) => readonly number[]) {
    for (const stream of streams) {
      try {
        await server.setVolumes(stream.index, volumesOf(stream));
      } catch (error) {
        log.debug('the volume of a stream cannot be set', { ...errorFields(error), application: stream.application });
      }
    }
  }

  function start(): void {
    working ??= work().then(() => {
      working = undefined;
      if (wanted !== isQuiet) start();
    });
  }

  if (isQuiet) start();
  return {
    set(isDucked) {
      if (isClosed) return;
      wanted = isDucked;
      start();
    },
    async close() {
      isClosed = true;
      wanted = false;
      start();
      while (working) await working;
    },
  };
}

function isUnchanged(ducked: DuckedStream, now: PlayedStream): boolean {
  return (
    now.index === ducked.index &&
    now.application === ducked.application &&
    now.pid === ducked.pid &&
    now.volumes.join() === ducked.ducked.join()
  );
}

function readDucked(file: string, log: Log): DuckedStream[] {
  try {
    return v.parse(stored, JSON.parse(readFileSync(file, 'utf8')));
  } catch (error) {
    if (systemCode(error) !== 'ENOENT') log.warn('the former volumes cannot be read', errorFields(error));
    return [];
  }
}
