/**
 * A command that does not end: something holds on to it after its work. `never-ends.ts CODE [PATH]`: PATH is a pipe that nobody writes
 * to, so that a thread of libuv's pool waits for good.
 */
import { open } from 'node:fs';
import { exitWithin } from '../../src/cli/terminal/exit.ts';

const [code, pipe] = process.argv.slice(2);
setInterval(() => {}, 60_000);
if (pipe !== undefined) open(pipe, 'r', () => {});
process.exitCode = Number(code);
exitWithin(60_000);
// The first limit counts, whichever comes later.
exitWithin(300);
exitWithin(30_000);
