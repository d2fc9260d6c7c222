/**
 * The folder of the monitor's sockets: private to this user, with one Unix socket for each daemon, named after its process id.
 */
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Made by systemd for the unit (RuntimeDirectory=). */
const SERVICE_FOLDER = '/run/earshot';

/** The folder in which a daemon creates its socket. */
export function monitorFolder(environment: NodeJS.ProcessEnv = process.env): string {
  const { EARSHOT_MONITOR, RUNTIME_DIRECTORY, XDG_RUNTIME_DIR } = environment;
  if (EARSHOT_MONITOR) return EARSHOT_MONITOR;
  if (RUNTIME_DIRECTORY) return RUNTIME_DIRECTORY;
  if (XDG_RUNTIME_DIR) return join(XDG_RUNTIME_DIR, 'earshot');
  return join(tmpdir(), `earshot-${process.getuid?.() ?? 0}`);
}

/** The folders in which sockets are searched: the user's own, and the service's. */
export function monitorFolders(environment: NodeJS.ProcessEnv = process.env): string[] {
  return environment.EARSHOT_MONITOR
    ? [environment.EARSHOT_MONITOR]
    : [...new Set([monitorFolder(environment), SERVICE_FOLDER])];
}

export const socketName = (pid: number) => `${pid}.sock`;
export const pidIn = (name: string) => Number(/^(\d+)\.sock$/.exec(name)?.[1] ?? Number.NaN);
