/** Runs the fleet in a copy of the source that has a bug. */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { copyWeakened } from '../attack/weakened.ts';
import type { Bug } from './bugs.ts';
import type { Violation } from './invariants.ts';

const NEEDED = ['test/fleet-simulation', 'test/support', 'test/attack', 'test/bench/gateway'];

/** What the simulation says of it. */
export async function violationsWith({ name, change }: Bug): Promise<Violation[]> {
  const { folder, remove } = copyWeakened([change], NEEDED);
  try {
    const main = join(folder, 'test/fleet-simulation/bug-process.ts');
    const { stdout } = await promisify(execFile)(process.execPath, ['--import', 'tsx', main, name], { cwd: folder });
    return JSON.parse(stdout);
  } finally {
    remove();
  }
}
