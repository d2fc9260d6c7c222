/** Runs the fleet in a copy of the source that has a bug. */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { copyWeakened } from '../attack/weakened.ts';
import type { Bug } from './bugs.ts';
import type { Violation } from './invariants.ts';

const NEEDED = ['test/fleet-simulation', 'test/support', 'test/attack', 'test/bench/gateway'];

/** A bug that needs two things at the same time is not in every run. */
const SEEDS = [1, 2, 3, 4, 5];

/** What the simulation says of it: of the first seed with which it finds what it should find, or of the last. */
export async function violationsWith({ name, change, finds }: Bug): Promise<Violation[]> {
  const { folder, remove } = copyWeakened([change], NEEDED);
  const main = join(folder, 'test/fleet-simulation/bug-process.ts');
  let violations: Violation[] = [];
  try {
    for (const seed of SEEDS) {
      const args = ['--import', 'tsx', main, name, String(seed)];
      const { stdout } = await promisify(execFile)(process.execPath, args, { cwd: folder });
      violations = JSON.parse(stdout);
      if (violations.some(({ invariant }) => invariant === finds)) break;
    }
    return violations;
  } finally {
    remove();
  }
}
