/** Runs the fleet with the faults of a bug, and prints the violations as JSON. Started in a copy of the source that has the bug. */
import { BUGS } from './bugs.ts';
import { runFleet } from './fleet.ts';
import { violationsOf } from './invariants.ts';
import { BUG } from './run-options.ts';

const bug = BUGS.find(({ name }) => name === process.argv[2]);
if (!bug) throw new Error(`there is no bug ${process.argv[2]}`);
const fleet = await runFleet({ ...BUG, faults: bug.faults });
process.stdout.write(JSON.stringify(await violationsOf(fleet)));
fleet.close();
