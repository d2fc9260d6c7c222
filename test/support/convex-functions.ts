/**
 * The functions of convex/ with convex-test. It replaces globals permanently, so only test files that run in a separate process
 * may import this; node:test runs each file in one.
 */
import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { mock } from 'node:test';
import { convexTest } from 'convex-test';
import { v7 as uuidv7 } from 'uuid';
import schema from '../../convex/schema.ts';
import type { CloudTurnRecord } from '../../convex/turns.ts';
import { DEFAULT_TENANT, type Role, TOKEN_ISSUER } from '../../src/protocol/identity.ts';

const folder = new URL('../../convex/', import.meta.url);
const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((file) =>
  /(?<!\.d)\.[tj]s$/.test(file),
);
const modules = Object.fromEntries(files.map((file) => [`./${file}`, () => import(new URL(file, folder).href)]));

export function functions() {
  return convexTest({ schema, modules, transactionLimits: true });
}

/** What a verified token of this role says; for `withIdentity`. @param device of the role `device` */
export function identityOf(role: Role, { tenant = DEFAULT_TENANT, device = 'kitchen' } = {}) {
  return { issuer: TOKEN_ISSUER, subject: role, role, tenant, ...(role === 'device' && { device }) };
}

type Functions = ReturnType<typeof functions>;
export const asGateway = (t: Functions) => t.withIdentity(identityOf('gateway'));
export const asOperator = (t: Functions) => t.withIdentity(identityOf('operator'));

/** Waits until nothing is scheduled any more. */
export async function scheduledAreDone(t: Functions): Promise<void> {
  const waiting = () =>
    t.run(async (ctx) => {
      const jobs = await ctx.db.system.query('_scheduled_functions').collect();
      return jobs.filter(({ state }) => state.kind === 'pending' || state.kind === 'inProgress').length;
    });
  while ((await waiting()) > 0) {
    // They begin by a timer, and wait for the transaction of whoever asks again at once.
    await new Promise((resolve) => setTimeout(resolve));
    await t.finishInProgressScheduledFunctions();
  }
}

export function turnRecord(changes: Partial<CloudTurnRecord> = {}): CloudTurnRecord {
  const turn = uuidv7();
  return { turn, session: 's1', trigger: 'key', offline: false, startedAt: 1_000, state: 'streaming', ...changes };
}

/** Asserts that the call is refused with this code. */
export async function refusedAs(code: string, call: Promise<unknown>): Promise<void> {
  await assert.rejects(call, (error: unknown) => {
    assert.ok(error instanceof Error);
    const data: unknown = 'data' in error ? error.data : undefined;
    assert.ok(typeof data === 'object' && data !== null && 'code' in data, `no refusal: ${error.message}`);
    assert.equal(data.code, code);
    return true;
  });
}

/** convex-test replaces `Date` by an accessor, which node's mock timers cannot replace; `Date.now` can be mocked. */
export function mockTime(startMs: number) {
  let nowMs = startMs;
  const { mock: now } = mock.method(Date, 'now', () => nowMs);
  return {
    set: (ms: number) => {
      nowMs = ms;
    },
    restore: () => now.restore(),
  };
}
