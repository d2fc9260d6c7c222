/**
 * `kill -9` in the middle of writes: nothing that was acknowledged is lost, nothing is there by half, and the file is sound. `npm run
 * test:kill-cloud` does it 200 times.
 */
import assert from 'node:assert/strict';
import { type ChildProcess, fork } from 'node:child_process';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { DATABASE_FILE, openDatabase } from '../../src/cloud/database/open-database.ts';
import { openSqlite } from '../../src/cloud/database/sqlite.ts';
import { endWithTests } from '../support/end-with-tests.ts';
import { once } from '../support/in-time.ts';
import { anySchema, rowOf, testFolder } from './open.ts';
import type { WriterMessage } from './writer-process.ts';

const KILLS = Number(process.env.EARSHOT_CLOUD_KILLS ?? 6);
const MAX_LIFE_MS = 400;

test(`a writer is killed ${KILLS} times: nothing is lost, nothing is half`, {
  timeout: 60_000 + KILLS * 20_000,
}, async (t) => {
  const folder = testFolder(t);
  const written = new Map<string, string>();
  const maybeRemoved = new Set<string>();
  let lastTimestamp = 0n;
  let acknowledged = 0;
  for (let kill = 0; kill < KILLS; kill++) {
    const child: ChildProcess = endWithTests(
      fork(fileURLToPath(new URL('writer-process.ts', import.meta.url)), [folder], {
        execArgv: ['--import', 'tsx'],
      }),
    );
    t.after(() => child.kill('SIGKILL'));
    child.on('message', (message: WriterMessage) => {
      if ('written' in message) written.set(...message.written);
      else if ('removing' in message) maybeRemoved.add(message.removing);
      else written.delete(message.removed);
      acknowledged++;
    });
    await once(child, 'message');
    await delay(Math.random() * MAX_LIFE_MS);
    child.kill('SIGKILL');
    await once(child, 'close');

    const sql = await openSqlite(join(folder, DATABASE_FILE), { isDurable: false });
    assert.equal(sql.pragma('integrity_check', { simple: true }), 'ok');
    const countOf = (table: string) => sql.prepare<[], number>(`SELECT count(*) FROM ${table}`).pluck().get();
    for (const { number, table } of sql
      .prepare<[], { number: number; table: number }>('SELECT number, table_number AS "table" FROM indexes')
      .all()) {
      assert.equal(countOf(`i${number}`), countOf(`d${table}`), 'an index has a key for each document');
    }
    sql.close();

    const database = await openDatabase({ folder, schema: anySchema });
    const timestamp = database.timestamp();
    assert.ok(timestamp > lastTimestamp);
    lastTimestamp = timestamp;
    for (const [row, person] of written) {
      const pair = await database.read(async (reader) => [rowOf(reader.get(row)), rowOf(reader.get(person))]);
      const isGone = maybeRemoved.has(row) && !pair[0] && !pair[1];
      assert.ok(isGone || (pair[0]?.a === person && pair[0].b === pair[1]?.name), `${row} is lost or half`);
      if (isGone) written.delete(row);
    }
    const counts = await database.read(async (reader) => [reader.count('rows'), reader.count('people')]);
    assert.equal(counts[0], counts[1], 'both of a pair, or none');
    database.close();
  }
  t.diagnostic(`${acknowledged} acknowledgements, ${written.size} pairs at the end`);
});
