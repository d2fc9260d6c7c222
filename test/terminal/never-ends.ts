/**
 * A command that does not end: something holds on to it after its work.
 */
import { exitWithin } from '../../src/cli/terminal/exit.ts';

setInterval(() => {}, 60_000);
process.exitCode = Number(process.argv[2]);
exitWithin(60_000);
// The first limit counts, whichever comes later.
exitWithin(300);
exitWithin(30_000);
