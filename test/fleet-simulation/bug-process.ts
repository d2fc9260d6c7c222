/** Runs the fleet with the faults of a bug, and prints the violations as JSON. Started in a copy of the source that has the bug. */
import { BUGS } from './bugs.ts';
import { runFleet } from './fleet.ts';
import { violationsOf } from './invariants.ts';
import { BUG } from './run-options.ts';

const [, , name, seed] = process.argv;
const bug = BUGS.find((each) => each.name === name);
if (!bug) throw new Error(`there is no bug ${name}`);
const fleet = await runFleet({ ...BUG, seed: Number(seed), faults: bug.faults });
process.stdout.write(JSON.stringify(await violationsOf(fleet)));
fleet.close();
