/**
 * A command that does not end: something keeps it alive after its work. `never-ends.ts CODE [PATH]`: PATH is a pipe without a writer,
 * so that a thread of libuv's pool waits for ever.
 */
import { open } from 'node:fs';
import { exitWithin } from '../../src/cli/terminal/exit.ts';

const [code, pipe] = process.argv.slice(2);
setInterval(() => {}, 60_000);
if (pipe !== undefined) open(pipe, 'r', () => {});
process.exitCode = Number(code);
exitWithin(60_000);
// The earliest limit applies.
exitWithin(300);
exitWithin(30_000);
