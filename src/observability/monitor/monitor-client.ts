/**
 * Finds running daemons, and reads the metrics of one.
 */
import { readdirSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { EarshotError, systemCode } from '../../core/errors.ts';
import { isRunning } from '../../core/process/is-running.ts';
import { pidIn } from './folder.ts';
import type { MonitorMetrics } from './metrics.ts';

export interface RunningDaemon {
  pid: number;
  path: string;
}

/** Running daemons, the youngest first. `onClosed` is called for a folder without read permission; the others are still searched. */
export function findDaemons(
  folders: readonly string[],
  onClosed: (folder: string, cause: unknown) => void = () => {},
): RunningDaemon[] {
  const namesIn = (folder: string): string[] => {
    try {
      return readdirSync(folder);
    } catch (cause) {
      if (systemCode(cause) !== 'ENOENT') onClosed(folder, cause);
      return [];
    }
  };
  return folders
    .flatMap((folder) => namesIn(folder).map((name) => ({ pid: pidIn(name), path: join(folder, name) })))
    .filter(({ pid }) => pid > 0 && isRunning(pid))
    .sort((a, b) => b.pid - a.pid);
}

/** @throws EarshotError `daemon_not_found` */
export function chooseDaemon(folders: readonly string[], pid?: number): { daemon: RunningDaemon; others: number } {
  let closed: EarshotError | undefined;
  const all = findDaemons(folders, (folder, cause) => {
    const hint = 'It belongs to the user who runs the daemon: sudo -u earshot earshot monitor.';
    const message = `${folder} cannot be read (${systemCode(cause)})`;
    closed = new EarshotError('daemon_not_found', message, hint, { cause });
  });
  const daemon = pid === undefined ? all[0] : all.find((each) => each.pid === pid);
  if (daemon) return { daemon, others: all.length - 1 };
  if (closed) throw closed;
  const what = pid === undefined ? 'No daemon runs here' : `Process ${pid} is not a daemon of Earshot`;
  const hint = 'Start one (earshot start, earshot run); as another user: sudo -u earshot earshot monitor.';
  throw new EarshotError('daemon_not_found', what, hint);
}

/** Ends when the daemon does. @throws EarshotError `daemon_not_found` */
export async function* watchDaemon({ pid, path }: RunningDaemon): AsyncGenerator<MonitorMetrics> {
  const socket = connect(path);
  let failure: unknown;
  socket.on('error', (error) => {
    failure = error;
  });
  try {
    for await (const line of createInterface({ input: socket })) yield JSON.parse(line) as MonitorMetrics;
  } finally {
    socket.destroy();
  }
  if (failure === undefined) return;
  const denied = systemCode(failure) === 'EACCES';
  const hint = denied
    ? 'It belongs to the user who runs the daemon: sudo -u USER earshot monitor.'
    : 'It may be just ending.';
  throw new EarshotError('daemon_not_found', `Daemon ${pid} does not answer (${systemCode(failure)})`, hint);
}
