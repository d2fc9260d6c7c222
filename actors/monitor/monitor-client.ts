/**
 * Finds the daemons that can be watched, and watches one.
 */
import { readdirSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { EarshotError, systemCode } from '../../src/errors.ts';
import type { Figures } from '../../src/monitor/figures.ts';
import { isRunning, pidIn } from '../../src/monitor/folder.ts';

export interface RunningDaemon {
  pid: number;
  path: string;
}

/** Those that run, the youngest first. */
export function findDaemons(folders: readonly string[]): RunningDaemon[] {
  return folders
    .flatMap((folder) => namesIn(folder).map((name) => ({ pid: pidIn(name), path: join(folder, name) })))
    .filter(({ pid }) => pid > 0 && isRunning(pid))
    .sort((a, b) => b.pid - a.pid);
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch (cause) {
    const code = systemCode(cause);
    if (code === 'ENOENT') return [];
    const hint = 'It belongs to the user who runs the daemon: sudo -u earshot earshot monitor.';
    throw new EarshotError('daemon_not_found', `${folder} may not be looked into (${code})`, hint, { cause });
  }
}

/** @throws EarshotError `daemon_not_found` */
export function chooseDaemon(folders: readonly string[], pid?: number): { daemon: RunningDaemon; others: number } {
  const all = findDaemons(folders);
  const daemon = pid === undefined ? all[0] : all.find((each) => each.pid === pid);
  if (daemon) return { daemon, others: all.length - 1 };
  const what = pid === undefined ? 'No daemon runs here' : `Process ${pid} is no daemon of Earshot`;
  const hint = 'Start one (earshot start, earshot run); as another user: sudo -u earshot earshot monitor.';
  throw new EarshotError('daemon_not_found', what, hint);
}

/** Ends when the daemon does. @throws EarshotError `daemon_not_found` */
export async function* watchDaemon({ pid, path }: RunningDaemon): AsyncGenerator<Figures> {
  const socket = connect(path);
  let failure: unknown;
  // biome-ignore lint/plugin: it runs in a command, in no actor
  socket.on('error', (error) => {
    failure = error;
  });
  try {
    for await (const line of createInterface({ input: socket })) yield JSON.parse(line) as Figures;
  } finally {
    socket.destroy();
  }
  if (failure === undefined) return;
  const denied = systemCode(failure) === 'EACCES';
  const hint = denied ? 'It is for the user who runs the daemon: sudo -u USER earshot monitor.' : 'Is it just ending?';
  throw new EarshotError('daemon_not_found', `Daemon ${pid} does not answer (${systemCode(failure)})`, hint);
}
