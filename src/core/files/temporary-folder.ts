/**
 * Temporary folders (0700). The process deletes them when it ends, also by a signal that is not handled. After a SIGKILL they stay.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EarshotError } from '../errors.ts';
import { describeDiskError, isDiskFull } from './disk-errors.ts';

export interface TemporaryFolder {
  path: string;
  /** Deletes the folder with its content. May be called again. */
  remove(): void;
}

const ENDING = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
const folders = new Set<string>();

/** @throws EarshotError `store_failed`, `store_full` */
export function makeTemporaryFolder(name: string): TemporaryFolder {
  const path = make(name);
  if (folders.size === 0) watchEnd();
  folders.add(path);
  return {
    path,
    remove() {
      rmSync(path, { recursive: true, force: true });
      folders.delete(path);
      if (folders.size === 0) unwatchEnd();
    },
  };
}

function make(name: string): string {
  try {
    return mkdtempSync(join(tmpdir(), `earshot-${name}-`));
  } catch (cause) {
    const code = isDiskFull(cause) ? 'store_full' : 'store_failed';
    throw new EarshotError(
      code,
      `No folder can be created in ${tmpdir()}: ${describeDiskError(cause)}`,
      'Check TMPDIR.',
      {
        cause,
      },
    );
  }
}

function watchEnd(): void {
  process.on('exit', removeAll);
  for (const signal of ENDING) process.on(signal, onSignal);
}

function unwatchEnd(): void {
  process.off('exit', removeAll);
  for (const signal of ENDING) process.off(signal, onSignal);
}

/** A command that handles the signal ends in order and deletes its folders. Otherwise the signal keeps its default action. */
function onSignal(signal: NodeJS.Signals): void {
  if (process.listenerCount(signal) > 1) return;
  removeAll();
  unwatchEnd();
  process.kill(process.pid, signal);
}

function removeAll(): void {
  for (const path of folders) rmSync(path, { recursive: true, force: true });
}
