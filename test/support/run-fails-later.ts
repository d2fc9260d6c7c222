/** A program: runs an action that leaves failing work behind, and a query after that. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { silentLog } from '../../src/core/log/log.ts';
import { handleUncaught } from '../../src/core/process/uncaught.ts';
import { systemClock } from '../../src/core/time/clock.ts';
import { eventually } from './eventually.ts';
import { NOBODY, openRuntimeIn } from './function-runtime.ts';

const print = (line: string) => process.stdout.write(`${line}\n`);
handleUncaught((error) => {
  print(`the process would end: ${error}`);
  process.exit(1);
});
const told: string[] = [];
const log = {
  ...silentLog,
  error(message: string, fields: object = {}) {
    told.push(message);
    print(Object.values(fields).join(' '));
  },
};
const folder = mkdtempSync(join(tmpdir(), 'earshot-test-rejections-'));
const { runtime, close } = await openRuntimeIn(folder, { clock: systemClock, log });
const done = await runtime.action('runs:failsLater', {}, NOBODY);
await eventually(() => told.length === 2, 'both errors are logged');
const { outcome } = await runtime.query('runs:who', {}, NOBODY);
print(`the result is ${done.ok && done.text}, and a query answers ${JSON.stringify(outcome.ok && outcome.text)}`);
close();
rmSync(folder, { recursive: true, force: true });
