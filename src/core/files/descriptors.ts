/**
 * The standard streams. Native libraries write to descriptors 1 and 2, so `bin/earshot` starts Node with a filter on these. The real
 * standard output and error have other descriptors, in EARSHOT_STDOUT and EARSHOT_STDERR.
 */
import { fstatSync, writeSync } from 'node:fs';

export const STDIN_FD = 0;
/** Standard output, for results. */
export const resultFd = Number(process.env.EARSHOT_STDOUT || 1);
/** Standard error, for messages. */
export const messageFd = Number(process.env.EARSHOT_STDERR || 2);

/** To wait while a non-blocking pipe is full. */
const RETRY_MS = 5;
const never = new Int32Array(new SharedArrayBuffer(4));

/** Writes all of it; waits for a slow reader. @throws the system's error, such as EPIPE when nobody reads any more. */
export function writeAll(fd: number, bytes: Uint8Array): void {
  for (let done = 0; done < bytes.length; ) {
    try {
      done += writeSync(fd, bytes, done);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') throw error;
      Atomics.wait(never, 0, 0, RETRY_MS);
    }
  }
}

/** The descriptor of a name: `-`, or the system's names of the standard streams. */
export function descriptorNamed(path: string, way: 'input' | 'output'): number | undefined {
  if (path === '-') return way === 'input' ? STDIN_FD : resultFd;
  const number = /^\/(?:dev|proc\/self)\/fd\/([012])$/.exec(path)?.[1] ?? DEVICES[path];
  if (number === undefined) return undefined;
  return [STDIN_FD, resultFd, messageFd][Number(number)];
}

const DEVICES: Record<string, string> = { '/dev/stdin': '0', '/dev/stdout': '1', '/dev/stderr': '2' };

/** Undefined when the descriptor is closed. */
export function statusOf(fd: number) {
  try {
    return fstatSync(fd, { bigint: true });
  } catch {
    // EBADF: it is closed.
    return undefined;
  }
}

/** The name of a file in messages. */
export function inputName(path: string): string {
  return path === '-' ? 'standard input' : path;
}

export function outputName(path: string): string {
  return path === '-' ? 'standard output' : path;
}
