/** A database that fails is told to the log, not to clients, and what was due is done when it works again. */
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { importSqlite } from '../../src/cloud/database/sqlite.ts';
import { type LogFields, silentLog } from '../../src/core/log/log.ts';
import { NOBODY, openFunctions, openRuntimeIn, temporaryFolder } from '../support/function-runtime.ts';
import { ready } from '../support/simulated-clock.ts';
import { createVirtualClock } from '../support/virtual-clock.ts';

const MINUTE_MS = 60_000;

/** Every commit fails from now on, until it is told otherwise. */
async function fullDisk(t: TestContext): Promise<{ isFull: boolean }> {
  const Database = await importSqlite();
  const disk = { isFull: false };
  const { exec } = Database.prototype;
  t.mock.method(Database.prototype, 'exec', function (this: InstanceType<typeof Database>, command: string) {
    if (command === 'COMMIT' && disk.isFull) throw new Database.SqliteError('database or disk is full', 'SQLITE_FULL');
    return exec.call(this, command);
  });
  return disk;
}

test('the client hears that it failed, the log why', async (t) => {
  const disk = await fullDisk(t);
  const lines: string[] = [];
  const log = {
    ...silentLog,
    error: (message: string, fields: object = {}) => void lines.push(`${message} ${JSON.stringify(fields)}`),
  };
  const { runtime, query } = await openFunctions(t, { clock: createVirtualClock(), log });
  disk.isFull = true;
  const sorry = { ok: false, message: "Your request couldn't be completed. Try again later." };
  assert.deepEqual(await runtime.mutation('notes:add', { text: 'a' }, NOBODY), sorry);
  assert.match(lines.join('\n'), /store_full/);
  lines.length = 0;
  assert.deepEqual(await runtime.action('runs:addInAction', { text: 'a' }, NOBODY), sorry);
  assert.match(lines.join('\n'), /runs:addInAction/);
  assert.deepEqual(await query('notes:list'), []);
});

test('a disk that fails in the middle of a function', async (t) => {
  const lines: string[] = [];
  const note = (_: string, fields?: LogFields) => void lines.push(fields?.output ?? fields?.error ?? '');
  const log = { ...silentLog, error: note };
  const { runtime, database, close } = await openRuntimeIn(temporaryFolder(t), { clock: createVirtualClock(), log });
  t.after(close);
  const { SqliteError } = await importSqlite();
  await database.read(async (reader) => {
    t.mock.method(Object.getPrototypeOf(reader), 'open', () => {
      throw new SqliteError('disk I/O error', 'SQLITE_IOERR_READ');
    });
  });
  const { outcome } = await runtime.query('notes:list', {}, NOBODY);
  assert.deepEqual(outcome, { ok: false, message: "Your request couldn't be completed. Try again later." });
  assert.deepEqual(lines, ['disk I/O error']);
});

test('scheduled functions and crons go on when there is room again, each once', async (t) => {
  const disk = await fullDisk(t);
  const clock = createVirtualClock();
  const source = new URL('../support/functions-with-crons/', import.meta.url);
  const open = await openFunctions(t, { clock, source });
  await open.mutation('jobs:later', { delayMs: 0, name: 'scheduled' });
  open.runtime.start();
  await ready();
  const textsOf = async () =>
    ((await open.query('notes:list')) as { text: string }[]).map(({ text }) => text.replace(/ at .*/, ''));
  const before = await textsOf();
  assert.deepEqual(
    before.filter((text) => text === 'scheduled'),
    ['scheduled'],
  );
  await open.mutation('jobs:later', { delayMs: 1_000, name: 'in need' });
  disk.isFull = true;
  await clock.run(15 * MINUTE_MS);
  assert.deepEqual(await textsOf(), before);
  disk.isFull = false;
  await clock.run(5 * MINUTE_MS);
  await ready();
  assert.deepEqual((await textsOf()).slice(before.length).sort(), ['in need', 'interval', 'interval']);
});
