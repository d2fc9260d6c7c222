import assert from 'node:assert/strict';
import { AsyncLocalStorage } from 'node:async_hooks';
import { type TestContext, test } from 'node:test';
import { CONVEX_LIMITS } from '../../src/cloud/database/convex-limits.ts';
import type { Commit, Writer } from '../../src/cloud/database/database.ts';
import { importSqlite, type Sqlite } from '../../src/cloud/database/sqlite.ts';
import { EarshotError } from '../../src/core/errors.ts';
import { allRows, rangeOf, scanOf, testDatabase } from './open.ts';

const turns = () => new Promise(setImmediate);
/** A promise that is fulfilled by hand. */
function gate() {
  let open = () => {};
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { open, opened };
}

test('writes run one after another, and those that waited are one commit; timestamps rise', async (t) => {
  const database = await testDatabase(t);
  const commits: Commit[] = [];
  database.onCommit((commit) => commits.push(commit));
  let running = 0;
  const write = (n: number) =>
    database.write(async (writer) => {
      assert.equal(++running, 1, 'two at a time');
      const before = writer.count('rows');
      writer.insert('rows', { a: n, n });
      await turns();
      assert.equal(writer.count('rows'), before + 1);
      running--;
      if (n === 3) throw new Error('three');
    });
  const outcomes = await Promise.allSettled(Array.from({ length: 10 }, (_, n) => write(n)).map((done) => done));
  assert.deepEqual(
    outcomes.map(({ status }) => status === 'fulfilled'),
    [true, true, true, false, true, true, true, true, true, true],
  );
  assert.equal(await database.read(async (reader) => reader.count('rows')), 9);
  // The first found nobody waiting.
  assert.equal(commits.length, 2);
  assert.ok((commits[0]?.timestamp ?? 0n) < (commits[1]?.timestamp ?? 0n));
  assert.equal(await database.read(async (reader) => reader.timestamp), commits[1]?.timestamp);
});

test('readers and writers have turns: neither starves', async (t) => {
  const database = await testDatabase(t);
  const order: string[] = [];
  const first = gate();
  let more: Promise<void> | undefined;
  const reading = database.read(async () => await first.opened);
  const writing = database.write(async (writer) => {
    order.push('write');
    writer.insert('rows', { a: 1, n: 1 });
    more = database.write(async () => void order.push('second write'));
  });
  // It comes after the write that waits, though a read is running.
  const late = database.read(async (reader) => order.push(`read ${reader.count('rows')}`));
  await turns();
  assert.deepEqual(order, []);
  first.open();
  await Promise.all([reading, writing, late]);
  await more;
  assert.deepEqual(order, ['write', 'read 1', 'second write']);
});

test('a function that hangs is rolled back when its time is up, and the rest goes on; what it does later throws', async (t) => {
  let expire = () => {};
  const clock = {
    now: () => 0,
    wallNow: () => 1_000,
    setTimeout(act: () => void) {
      expire = act;
      return 0;
    },
    clearTimeout() {},
  };
  const database = await testDatabase(t, { clock, transactionMs: 15_000 });
  let kept: Writer | undefined;
  const late = gate();
  let lateError: unknown;
  const hanging = database.write(async (writer) => {
    kept = writer;
    writer.insert('rows', { a: 1, n: 1 });
    await writer.nested(async (inner) => {
      inner.insert('rows', { a: 2, n: 2 });
      await late.opened;
      try {
        inner.insert('rows', { a: 3, n: 3 });
      } catch (error) {
        lateError = error;
      }
    });
  });
  const next = database.write(async (writer) => writer.insert('rows', { a: 4, n: 4 }));
  await turns();
  expire();
  await assert.rejects(hanging, /Function execution timed out \(maximum duration: 15s\)/);
  await next;
  late.open();
  await turns();
  assert.match(String(lateError), /timed out/);
  assert.throws(() => kept?.insert('rows', { a: 5, n: 5 }), /timed out/);
  const rows = await database.read(async (reader) => allRows(reader, scanOf('rows')).map(({ n }) => n));
  assert.deepEqual(rows, [4]);

  const hangingRead = database.read(async () => await new Promise(() => {}));
  const after = database.write(async () => 'went on');
  await turns();
  expire();
  await assert.rejects(hangingRead, /timed out/);
  assert.equal(await after, 'went on');
});

test('a transaction that is used after its function has ended throws', async (t) => {
  const database = await testDatabase(t);
  const kept = await database.write(async (writer) => ({ writer }));
  assert.throws(() => kept.writer.insert('rows', { a: 1, n: 1 }), /has ended/);
  const rows = await database.read(async (reader) => reader.open(scanOf('rows')));
  assert.throws(() => rows.next(), /has ended/);
});

/** Calls `act` before each command that a database executes, with its connection. */
async function spyOnExec(t: TestContext, act: (sql: Sqlite, command: string) => void): Promise<void> {
  const Sqlite = await importSqlite();
  const { exec } = Sqlite.prototype;
  t.after(() => {
    Sqlite.prototype.exec = exec;
  });
  Sqlite.prototype.exec = function spied(command) {
    act(this, command);
    return exec.call(this, command);
  };
}

test('a full disk in the middle of a write fails all of its batch, and the database goes on', async (t) => {
  const database = await testDatabase(t);
  let pages = 0;
  await spyOnExec(t, (sql, command) => {
    if (command === 'BEGIN IMMEDIATE') sql.pragma(`max_page_count = ${pages || 1e9}`);
    if (command === 'COMMIT') pages = sql.pragma('page_count', { simple: true }) as number;
  });
  await database.write(async (writer) => writer.insert('rows', { a: 'first', n: 1 }));
  const small = database.write(async (writer) => writer.insert('rows', { a: 'small', n: 2 }));
  const large = Array.from({ length: 3 }, () =>
    database.write(async (writer) => {
      try {
        for (let n = 0; n < 20; n++) writer.insert('rows', { a: 'x'.repeat(50_000), n });
      } catch {
        // A function that goes on all the same must not be committed by half.
      }
      return 'done';
    }),
  );
  const outcomes = await Promise.allSettled([small, ...large]);
  for (const outcome of outcomes.slice(1)) {
    assert.ok(outcome.status === 'rejected' && outcome.reason instanceof EarshotError);
    assert.equal(outcome.reason.code, 'store_full');
  }
  pages = 0;
  await database.write(async (writer) => writer.insert('rows', { a: 'last', n: 3 }));
  const rows = await database.read(async (reader) => allRows(reader, rangeOf('rows.by_n', [])).map(({ a }) => a));
  const [first] = outcomes;
  assert.deepEqual(rows, first?.status === 'fulfilled' ? ['first', 'small', 'last'] : ['first', 'last']);
});

test('a commit that fails rejects all writes of its batch, none of which is there, and the database goes on', async (t) => {
  const database = await testDatabase(t);
  let fails = true;
  await spyOnExec(t, (_, command) => {
    if (command !== 'COMMIT' || !fails) return;
    fails = false;
    throw new SqliteError('database or disk is full', 'SQLITE_FULL');
  });
  const { SqliteError } = await importSqlite();
  const commits: Commit[] = [];
  database.onCommit((commit) => commits.push(commit));
  fails = false;
  const first = database.write(async (writer) => writer.insert('rows', { a: 1, n: 1 }));
  const batch = [2, 3, 4].map((n) =>
    database.write(async (writer) => {
      fails = true;
      return writer.insert(n === 4 ? 'others' : 'rows', { a: 1, n });
    }),
  );
  await first;
  for (const outcome of await Promise.allSettled(batch)) {
    assert.ok(outcome.status === 'rejected' && outcome.reason instanceof EarshotError);
    assert.equal(outcome.reason.code, 'store_full');
  }
  assert.equal(commits.length, 1);
  await database.write(async (writer) => writer.insert('others', { n: 5 }));
  assert.equal(await database.read(async (reader) => reader.count('rows')), 1);
  assert.equal(await database.read(async (reader) => reader.count('others')), 1);
});

test('what follows a commit runs in the order of the calls, in the context of who asked, and not after a rollback', async (t) => {
  const database = await testDatabase(t);
  const context = new AsyncLocalStorage<string>();
  const acts: (string | undefined)[] = [];
  const write = (name: string, fails = false) =>
    context.run(name, () =>
      database.write(async (writer) => {
        assert.equal(context.getStore(), name);
        writer.afterCommit(() => acts.push(`${name} 1`));
        writer.afterCommit(() => acts.push(`${name} 2`));
        if (fails) throw new Error(name);
      }),
    );
  await Promise.allSettled([write('a'), write('b', true), write('c')]);
  assert.deepEqual(acts, ['a 1', 'a 2', 'c 1', 'c 2']);
});

test('more than Convex allows in one transaction is an error; a page ends before it', async (t) => {
  const limits = { ...CONVEX_LIMITS, documentsRead: 20, documentsWritten: 50, bytesWritten: 20_000, rangesRead: 5 };
  const database = await testDatabase(t, { limits });
  const insert = (count: number, a = 'x') =>
    database.write(async (writer) => Array.from({ length: count }, (_, n) => writer.insert('rows', { a, n })));
  const ids = await insert(30);
  await assert.rejects(insert(51), /Too many writes in a single function execution \(limit: 50\)/);
  await assert.rejects(insert(3, 'x'.repeat(9_000)), /Too many bytes written in a single function execution/);
  await assert.rejects(
    database.read(async (reader) => allRows(reader, scanOf('rows'))),
    /Too many documents read in a single function execution \(limit: 20\)/,
  );
  await assert.rejects(
    database.read(async (reader) => ids.slice(0, 6).map((id) => reader.get(id))),
    /Too many reads in a single function execution \(limit: 5\)/,
  );
  await database.read(async (reader) => ids.slice(0, 20).map(() => reader.get(ids[0] ?? '')));
  const page = await database.read(async (reader) => {
    return reader.page({ query: scanOf('rows'), cursor: null, pageSize: 20, maximumRowsRead: 12 });
  });
  assert.equal(page.documents.length, 12);
  assert.equal(page.pageStatus, 'SplitRequired');
  assert.ok(page.splitCursor);
  const rest = await database.read(async (reader) => {
    return reader.page({ query: scanOf('rows'), cursor: page.continueCursor, pageSize: 20 });
  });
  assert.equal(rest.documents.length, 18);
  assert.equal(rest.isDone, true);
});

test('what comes to a closed database, and what waits for it, is rejected in one sentence', async (t) => {
  const database = await testDatabase(t);
  const running = gate();
  const first = database.write(async (writer) => {
    writer.insert('rows', { a: 1, n: 1 });
    await running.opened;
  });
  const waiting = [database.write(async () => 1), database.read(async () => 1)];
  database.close();
  running.open();
  await assert.rejects(first);
  for (const outcome of await Promise.allSettled([...waiting, database.read(async () => 1)])) {
    assert.ok(outcome.status === 'rejected' && outcome.reason instanceof EarshotError, String(outcome.status));
    assert.equal(outcome.reason.code, 'cloud_unavailable');
  }
});
