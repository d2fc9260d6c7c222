/**
 * A hardware card plays while the processor is busy; a virtual one is a process. So it, and the programs that play to
 * it, get a higher priority, as far as this user may set it.
 */
import { spawnSync } from 'node:child_process';
import { setPriority } from 'node:os';

const LOWEST_REAL_TIME_PRIORITY = '1';
const HIGHEST_PRIORITY = -20;

/** Inherited by all processes that this one starts from now on. */
export function raisePriority(): void {
  const realTime = ['--rr', '--all-tasks', '--pid', LOWEST_REAL_TIME_PRIORITY, String(process.pid)];
  if (spawnSync('chrt', realTime).status === 0) return;
  try {
    setPriority(HIGHEST_PRIORITY);
  } catch (error) {
    // Only root may do this.
    if (!isDenied(error)) throw error;
  }
}

/** Node's own code is ERR_SYSTEM_ERROR; that of the system stands in `info`. */
function isDenied(error: unknown): boolean {
  const { info } = error as { info?: { code?: string } };
  return info?.code === 'EACCES' || info?.code === 'EPERM';
}
