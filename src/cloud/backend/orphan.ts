/**
 * The program of a supervisor that was killed goes on alone, and holds ports and database: the next start ends it first.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { EarshotError } from '../../core/errors.ts';
import { isRunning } from '../../core/process/is-running.ts';
import type { BackendLayout } from './layout.ts';

const PATIENCE_MS = 10_000;
const INTERVAL_MS = 50;

/** Does nothing where there is none, or where its id belongs to another program meanwhile. @throws EarshotError `backend_failed` */
export async function endOrphan({ pid: file, folder }: Pick<BackendLayout, 'pid' | 'folder'>): Promise<void> {
  const pid = read(file);
  if (pid === undefined || !argumentsOf(pid).some((each) => each.startsWith(join(folder, 'programs', '/')))) return;
  process.kill(pid, 'SIGINT');
  for (let waitedMs = 0; isRunning(pid); waitedMs += INTERVAL_MS) {
    if (waitedMs >= PATIENCE_MS) {
      const message = `The backend of an earlier start still runs, and does not end (process ${pid})`;
      throw new EarshotError('backend_failed', message, `End it: kill -9 ${pid}`);
    }
    await new Promise((resolve) => setTimeout(resolve, INTERVAL_MS));
  }
}

function read(file: string): number | undefined {
  try {
    const pid = Number(readFileSync(file, 'utf8'));
    return Number.isInteger(pid) && pid > 1 ? pid : undefined;
  } catch {
    return undefined; // there is none
  }
}

/** None where it does not run, or where that cannot be seen (no /proc). */
function argumentsOf(pid: number): string[] {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
  } catch {
    return [];
  }
}
