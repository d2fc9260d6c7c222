/** `npm run bench:store [-- --write-ms 20 --sync-ms 300 --seconds 20 --json]`: see store-blocking.ts. */

import { commandOptions, count, flag } from '../support/command-options.ts';
import { measureBlocking, STORE_FILES } from './store-blocking.ts';

const { json, seconds, ...disk } = commandOptions('npm run bench:store', 'How long a slow disk blocks the device.', {
  writeMs: count('of a write', 20, 0),
  syncMs: count('of an fsync', 300, 0),
  seconds: count('of each measurement', 20),
  json: flag('prints JSON'),
});
const say = (line: string) => void process.stdout.write(`${line}\n`);
const measured: Record<string, unknown> = {};
if (!json) say(`a write takes ${disk.writeMs} ms, an fsync ${disk.syncMs} ms`);
for (const files of STORE_FILES) {
  const hold = await measureBlocking(files, disk, seconds);
  if (!hold) throw new Error('a slow disk needs gcc');
  measured[files] = hold;
  const { blockedMs, delayMs } = hold;
  const delay = `packets are forwarded after ${delayMs.p50.toFixed(1)} ms (p50), ${delayMs.most.toFixed(1)} ms at most`;
  if (!json) say(`${files.padEnd(16)}the event loop is blocked for ${blockedMs.toFixed(1)} ms at most; ${delay}`);
}
if (json) say(JSON.stringify({ disk, measured }));
