/**
 * A lock between processes that its holder needs for a while only, such as for a download. Who comes second waits, without blocking its
 * thread. Like the lock of a state folder (state-lock.ts) it is one of the kernel and ends with its process. On a system without
 * `flock` (util-linux) nobody waits.
 */
import { spawn } from 'node:child_process';
import { closeSync, constants, fstatSync, openSync, statSync } from 'node:fs';
import { diskError, withDiskErrors } from './disk-errors.ts';

/** Exit code of `flock -n` when another process holds the lock. */
const EXIT_HELD = 75;

export interface FileLockOptions {
  signal?: AbortSignal;
  /** Another process holds the lock. */
  onWait?(): void;
}

/**
 * Creates the file if necessary. Resolves with a function that unlocks it.
 *
 * @throws EarshotError `store_failed`, `store_full`; the signal's reason
 */
export async function lockFileWhenFree(path: string, { signal, onWait }: FileLockOptions = {}): Promise<() => void> {
  for (;;) {
    const fd = withDiskErrors(path, () => openSync(path, constants.O_RDWR | constants.O_CREAT, 0o600));
    try {
      if ((await flock(fd, ['-n'], signal)) === EXIT_HELD) {
        onWait?.();
        await flock(fd, [], signal);
      }
      // Its last holder may have deleted it.
      if (fstatSync(fd).ino === statSync(path, { throwIfNoEntry: false })?.ino) return () => closeSync(fd);
    } catch (error) {
      closeSync(fd);
      throw signal?.aborted ? signal.reason : diskError(path, error);
    }
    closeSync(fd);
  }
}

/** Resolves with its exit code; undefined where there is no such program. */
function flock(fd: number, args: string[], signal: AbortSignal | undefined): Promise<number | undefined> {
  signal?.throwIfAborted();
  return new Promise((resolve, reject) => {
    const stdio = ['ignore', 'ignore', 'ignore', fd] as const;
    const child = spawn('flock', [...args, '-E', String(EXIT_HELD), '3'], { stdio: [...stdio] });
    const end = () => child.kill();
    signal?.addEventListener('abort', end, { once: true });
    const settle = (code: number | undefined) => {
      signal?.removeEventListener('abort', end);
      if (signal?.aborted) reject(signal.reason);
      else resolve(code);
    };
    child.on('error', () => settle(undefined));
    child.on('close', (code) => settle(code ?? undefined));
  });
}
