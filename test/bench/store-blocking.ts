/**
 * The longest time for which the store of turns blocks the event loop while the disk is slow (slow-disk.c), with each
 * kind of file access. Where audio runs on the same thread, it waits this long.
 */
import { execFile, execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { inTemporaryFolder } from '../support/cli.ts';

const SOURCE = fileURLToPath(new URL('./slow-disk.c', import.meta.url));
const PROCESS = fileURLToPath(new URL('./store-blocking-process.ts', import.meta.url));

export const STORE_FILES = ['none', 'inline', 'writing inline', 'pool', 'memory ahead'] as const;
export type StoreFiles = (typeof STORE_FILES)[number];

export interface StoreBlocking {
  /** The longest time in which nothing else ran. */
  blockedMs: number;
  /** From the arrival of a packet until it was forwarded. */
  delayMs: { p50: number; most: number };
  packets: number;
}

export interface SlowDisk {
  writeMs: number;
  syncMs: number;
}

/** Undefined without a C compiler (Debian: gcc). */
export function measureBlocking(
  files: StoreFiles,
  disk: SlowDisk,
  seconds: number,
): Promise<StoreBlocking | undefined> {
  return inTemporaryFolder(async (folder) => {
    const library = join(folder, 'slow-disk.so');
    try {
      execFileSync('gcc', ['-shared', '-fPIC', '-O2', SOURCE, '-o', library, '-ldl'], { stdio: 'ignore' });
    } catch {
      return undefined;
    }
    const turns = join(folder, 'turns');
    const env = {
      ...process.env,
      LD_PRELOAD: library,
      SLOW_DISK_FOLDER: turns,
      SLOW_DISK_WRITE_MS: String(disk.writeMs),
      SLOW_DISK_SYNC_MS: String(disk.syncMs),
    };
    const args = ['--import', 'tsx', PROCESS, files, turns, String(seconds)];
    const { stdout } = await promisify(execFile)(process.execPath, args, { env });
    return JSON.parse(stdout) as StoreBlocking;
  });
}
