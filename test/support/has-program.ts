import { spawnSync } from 'node:child_process';

/** Whether this machine has the program: its version is asked for. */
export function hasProgram(name: string, ...args: string[]): boolean {
  return spawnSync(name, args, { stdio: 'ignore' }).error === undefined;
}
