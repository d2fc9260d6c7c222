/**
 * Tenants never see each other's data: whatever a caller of one tenant calls, with the names and ids of the other tenant's rows,
 * no answer contains anything of the other tenant, and each of its rows and files is as it was.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { api, internal } from '../../convex/_generated/api.js';
import schema from '../../convex/schema.ts';
import { ROLES, type Role } from '../../src/protocol/identity.ts';
import { functions, identityOf, mockTime, scheduledAreDone, turnRecord } from '../support/convex-functions.ts';
import fc from '../support/fast-check.ts';
import { argumentsOf, callFunction, type FoundFunction, publicFunctions } from './public-functions.ts';

const found = await publicFunctions();
type Functions = ReturnType<typeof functions>;

/** In every text of the owner; none of it may be in an answer to the other. */
const MARK = 'OWNED';
const HASH = 'a'.repeat(64);
const [ANNOUNCEMENT, WAITING, RUNG] = [1, 2, 3].map((n) => `00000000-0000-4000-8000-00000000000${n}`) as [
  string,
  string,
  string,
];

/** One row of the owner in each table, and more. @returns what names them */
async function furnish(t: Functions, tenant: string) {
  const gateway = t.withIdentity(identityOf('gateway', { tenant }));
  const operator = t.withIdentity(identityOf('operator', { tenant }));
  const store = () => t.run((ctx) => ctx.storage.store(new Blob([MARK])));
  const [recorded, reply] = [await store(), await store()];
  for (const [request, code] of [
    ['r1', '111111'],
    ['r2', '222222'],
  ] as const) {
    await gateway.mutation(api.pairing.request, { request, code, device: 'kitchen' });
  }
  await operator.mutation(api.pairing.approve, { code: '111111' });
  await gateway.mutation(api.pairing.claim, { request: 'r1', tokenHash: HASH });
  const closed = { at: 3, code: 1_000, reason: MARK };
  const seen = { device: 'kitchen', session: 's1', openedAt: 1, closed, model: MARK, software: MARK };
  await gateway.mutation(api.sessions.record, seen);
  const record = turnRecord({ outcome: 'done', transcript: MARK, replyText: MARK, session: 's1' });
  const recording = { storageId: recorded, durationMs: 20 };
  await gateway.mutation(api.turns.record, { device: 'kitchen', record, recording });
  await gateway.mutation(api.reports.add, { device: 'kitchen', at: 1, figures: { cpu: 4_711 } });
  await operator.mutation(api.replies.put, { key: 'sorry', text: MARK, storageId: reply });
  await operator.mutation(api.settings.set, {
    device: 'kitchen',
    settings: { volumePercent: 47, cachedReplies: ['sorry'] },
  });
  await operator.mutation(api.retention.set, { table: 'turns', days: 471 });
  await operator.mutation(api.pairing.approve, { code: '999999' });
  const announced = { device: 'kitchen', id: ANNOUNCEMENT, text: MARK, priority: 'normal', expiresInMs: 1e9 } as const;
  await operator.mutation(api.announcements.say, announced);
  const reminder = { kind: 'timer', label: MARK, at: 1 } as const;
  const reminders = [
    { reminder: { ...reminder, id: WAITING }, state: 'waiting' },
    { reminder: { ...reminder, id: RUNG }, state: 'rang' },
  ] as const;
  for (const told of reminders) await gateway.mutation(api.reminders.record, { device: 'kitchen', record: told });
  const pool = {
    device: ['kitchen', 'attic'],
    request: ['r1', 'r2', 'r3'],
    code: ['111111', '222222', '333333'],
    session: ['s1', 's2'],
    turn: [record.turn, turnRecord().turn],
    key: ['sorry', 'away'],
    cachedReplies: [['sorry'], ['away']],
    tokenHash: [HASH, 'b'.repeat(64)],
    storageId: [recorded, reply],
    id: [ANNOUNCEMENT, WAITING, RUNG],
    limit: [200],
    text: [MARK, 'x'],
    cursor: [null],
    endCursor: [null],
    sinceMs: [0],
    trigger: ['key'],
    startedAt: [1_000],
    days: [1],
  };
  return pool;
}

/** Every row and file, as text, by its id. */
async function everything(t: Functions): Promise<Map<string, string>> {
  const rows = await t.run(async (ctx) => {
    const tables = Object.keys(schema.tables) as (keyof typeof schema.tables)[];
    const all = await Promise.all(tables.map((table) => ctx.db.query(table).collect()));
    const files = await ctx.db.system.query('_storage').collect();
    return [...all.flat(), ...files].map((row) => [row._id, JSON.stringify(row)]);
  });
  return new Map(rows as [string, string][]);
}

async function answerTo(t: Functions, identity: ReturnType<typeof identityOf>, { fn, args }: Call): Promise<string> {
  const caller = t.withIdentity(identity);
  try {
    return JSON.stringify(await callFunction(caller, fn, args)) ?? '';
  } catch (error) {
    return String(error);
  }
}

interface Call {
  role: Role;
  fn: FoundFunction;
  args: Record<string, unknown>;
}

function anyCall(pool: Awaited<ReturnType<typeof furnish>>): fc.Arbitrary<Call> {
  return fc
    .constantFrom(...found)
    .chain((fn) => fc.record({ role: fc.constantFrom(...ROLES), fn: fc.constant(fn), args: argumentsOf(fn, pool) }));
}

const HOUSES = [
  ['default', 'upstairs'],
  ['upstairs', 'default'],
  ['upstairs', 'downstairs'],
] as const;

for (const [owner, other] of HOUSES) {
  test(`nothing of ${owner} is seen or changed by ${other}`, async () => {
    const t = functions();
    const pool = await furnish(t, owner);
    const before = await everything(t);
    const urls = await t.run((ctx) => Promise.all(pool.storageId.map((id) => ctx.storage.getUrl(id))));
    const fileNames = urls.map((url) => url?.split('/').at(-1) ?? '');
    assert.ok(fileNames.every((name) => name.length > 0));
    let refused = 0;
    let calls = 0;
    const unlikely = [MARK, '"cpu":4711', '"volumePercent":47', '"days":471', ...fileNames];
    await fc.assert(
      fc.asyncProperty(anyCall(pool), async (call) => {
        const answer = await answerTo(t, identityOf(call.role, { tenant: other }), call);
        calls += 1;
        if (/not_permitted/.test(answer)) refused += 1;
        for (const text of unlikely) assert.ok(!answer.includes(text), `${call.fn.name} answers ${answer}`);
        const after = await everything(t);
        for (const [id, row] of before)
          assert.equal(after.get(id), row, `${call.fn.name} ${JSON.stringify(call.args)}`);
      }),
      { numRuns: 1_000, seed: 1, endOnFailure: true },
    );
    // Otherwise it would prove nothing.
    assert.ok(calls - refused > 300, `${calls - refused} calls were permitted`);
    const mine = await t.withIdentity(identityOf('viewer', { tenant: owner })).query(api.turns.list, { limit: 10 });
    assert.deepEqual(
      mine.map(({ transcript }) => transcript),
      [MARK],
    );
  });
}

test('rows are deleted after the days of their own tenant', async () => {
  const t = functions();
  const as = (role: Role, tenant: string) => t.withIdentity(identityOf(role, { tenant }));
  const days = { default: undefined, attic: 10, cellar: 200 };
  for (const [tenant, number] of Object.entries(days)) {
    if (number !== undefined)
      await as('operator', tenant).mutation(api.retention.set, { table: 'turns', days: number });
    for (let n = 0; n < 3; n++) {
      await as('gateway', tenant).mutation(api.turns.record, { device: 'kitchen', record: turnRecord() });
    }
  }
  const counts = async () => {
    const lists = Object.keys(days).map((tenant) => as('viewer', tenant).query(api.turns.list, { limit: 10 }));
    return (await Promise.all(lists)).map(({ length }) => length);
  };
  const start = Date.now();
  for (const [day, wanted] of [
    [9, [3, 3, 3]],
    [11, [3, 0, 3]],
    [91, [0, 0, 3]],
    [201, [0, 0, 0]],
  ] as const) {
    const time = mockTime(start + day * 24 * 60 * 60_000);
    await t.mutation(internal.retention.sweep, { table: 'turns' });
    await scheduledAreDone(t);
    time.restore();
    assert.deepEqual(await counts(), wanted, `after ${day} days`);
  }
});
