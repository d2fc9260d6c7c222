/** `npm run bench:store [-- --write-ms 20 --sync-ms 300 --seconds 20 --json]`: see store-blocking.ts. */
import { parseArgs } from 'node:util';
import { measureBlocking, STORE_FILES } from './store-blocking.ts';

const { values } = parseArgs({
  options: {
    'write-ms': { type: 'string', default: '20' },
    'sync-ms': { type: 'string', default: '300' },
    seconds: { type: 'string', default: '20' },
    json: { type: 'boolean', default: false },
  },
});
const disk = { writeMs: Number(values['write-ms']), syncMs: Number(values['sync-ms']) };
const say = (line: string) => void process.stdout.write(`${line}\n`);
const measured: Record<string, unknown> = {};
if (!values.json) say(`a write takes ${disk.writeMs} ms, an fsync ${disk.syncMs} ms`);
for (const files of STORE_FILES) {
  const hold = await measureBlocking(files, disk, Number(values.seconds));
  if (!hold) throw new Error('a slow disk needs gcc');
  measured[files] = hold;
  const { blockedMs, delayMs } = hold;
  const delay = `packets are forwarded after ${delayMs.p50.toFixed(1)} ms (p50), ${delayMs.most.toFixed(1)} ms at most`;
  if (!values.json)
    say(`${files.padEnd(16)}the event loop is blocked for ${blockedMs.toFixed(1)} ms at most; ${delay}`);
}
if (values.json) say(JSON.stringify({ disk, measured }));
