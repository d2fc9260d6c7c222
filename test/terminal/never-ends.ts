/**
 * A command that does not end: something holds on to it after its work.
 */
import { endWithin } from '../../src/cli/terminal/ending.ts';

setInterval(() => {}, 60_000);
process.exitCode = Number(process.argv[2]);
endWithin(60_000);
// The first limit counts, whichever comes later.
endWithin(300);
endWithin(30_000);
