/** Prints how many frames the file of a turn has: `node --import tsx test/pi/frames-of.ts FILE`. */
import { readFileSync } from 'node:fs';
import { readTurnFile } from '../../src/core/turn-store/turn-file.ts';

const { turn } = readTurnFile(new Uint8Array(readFileSync(process.argv[2] ?? '')));
if (!turn) throw new Error('it is not the file of a turn');
process.stdout.write(`${turn.frames}\n`);
