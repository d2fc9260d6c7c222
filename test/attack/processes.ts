/**
 * The resources of processes, read from /proc.
 */
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

export function childrenOf(pid: number): number[] {
  return (read(`/proc/${pid}/task/${pid}/children`) ?? '').split(' ').filter(Boolean).map(Number);
}

/**
 * Raises the priority of a process that leads a session, above that of the sessions of other programs (sched(7),
 * autogroup): between sessions, nice alone has no effect. Needs root.
 */
export function raisePriority(pid: number, by: number): void {
  writeFileSync(`/proc/${pid}/autogroup`, String(-by));
}

/**
 * Resident memory of each, without mapped files, and of all together with the pages of files counted once, like the
 * accounting of a container. 0 for a process that does not exist.
 */
export function residentBytes(pids: readonly number[]): { each: number[]; all: number } {
  let files = 0;
  const each = pids.map((pid) => {
    const status = read(`/proc/${pid}/status`) ?? '';
    const bytes = (field: string) => Number(new RegExp(`^${field}:\\s+(\\d+) kB`, 'm').exec(status)?.[1] ?? 0) * 1_024;
    files = Math.max(files, bytes('RssFile'));
    return bytes('RssAnon') + bytes('RssShmem');
  });
  return { each, all: files + each.reduce((sum, bytes) => sum + bytes, 0) };
}

export function descriptorsOf(pid: number): number {
  try {
    return readdirSync(`/proc/${pid}/fd`).length;
  } catch {
    return 0; // it has ended
  }
}

export function folderBytes(folder: string): number {
  let bytes = 0;
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const { blocks } = statSync(join(entry.parentPath, entry.name), { throwIfNoEntry: false }) ?? { blocks: 0 };
    bytes += blocks * 512;
  }
  return bytes;
}

function read(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined; // it has ended
  }
}
