/**
 * Records of many devices go to the cloud in few calls, and each has its own outcome.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ConvexClient } from 'convex/browser';
import { getFunctionName } from 'convex/server';
import { ConvexError } from 'convex/values';
import { batchMutations } from '../../actors/cloud/batched-mutations.ts';
import { api } from '../../convex/_generated/api.js';
import { TOKEN_ISSUER } from '../../src/protocol/identity.ts';
import { openFunctions } from '../support/function-runtime.ts';
import { createVirtualClock } from '../support/virtual-clock.ts';

const NO_NAME = '';

interface Call {
  name: string;
  args: { calls?: { name: string; args: { device: string } }[]; device?: string };
  atMs: number;
}

/** A client that answers each call with its device's name, and refuses the device `refused`. */
function fakeClient(fails: (call: Call) => boolean = () => false) {
  const clock = createVirtualClock();
  const startMs = clock.now();
  const calls: Call[] = [];
  const answer = ({ device }: { device: string }) =>
    device === 'refused' ? { refusal: { code: 'value_invalid', message: 'no' } } : { value: device };
  const mutation = async (reference: never, args: Call['args']) => {
    const call = { name: getFunctionName(reference), args, atMs: clock.now() - startMs };
    calls.push(call);
    if (fails(call)) throw new Error('Server Error');
    if (args.calls) return args.calls.map((each) => answer(each.args));
    const outcome = answer({ device: args.device ?? '' });
    if ('refusal' in outcome) throw new ConvexError(outcome.refusal);
    return outcome.value;
  };
  const record = batchMutations({ mutation } as unknown as Pick<ConvexClient, 'mutation'>, clock);
  const report = (device: string, figures = {}) =>
    record(api.reports.add, { device, at: 1, figures }) as Promise<unknown>;
  const sizes = () => calls.map(({ args }) => args.calls?.length ?? 1);
  return { clock, calls, record, report, sizes };
}

test('what happens at the same time is one call, and what follows goes together', async () => {
  const { clock, calls, report, sizes } = fakeClient();
  const all = ['a', 'b', 'c'].map((device) => report(device));
  await clock.run(20);
  assert.deepEqual(await Promise.all(all), ['a', 'b', 'c']);
  const later = [report('d')];
  await clock.run(10);
  later.push(report('e'));
  await clock.run(1_000);
  assert.deepEqual(await Promise.all(later), ['d', 'e']);
  assert.deepEqual(sizes(), [3, 2]);
  assert.ok((calls[1]?.atMs ?? 0) >= 100, 'a second call came within 100 ms');
});

test('one record goes as it is, almost at once; other mutations are not held up', async () => {
  const { clock, calls, record, report } = fakeClient();
  const alone = report('a');
  await clock.run(10);
  assert.equal(await alone, 'a');
  await record(api.recordings.uploadUrl, {});
  assert.deepEqual(
    calls.map(({ name }) => name),
    ['reports:add', 'recordings:uploadUrl'],
  );
});

test('a thousand devices at once: the calls a second have a limit', async () => {
  const { clock, calls, report, sizes } = fakeClient();
  const all = Array.from({ length: 1_000 }, (_, i) => report(`d${i}`));
  await clock.run(10_000);
  assert.equal((await Promise.all(all)).length, 1_000);
  assert.ok(Math.max(...sizes()) <= 25);
  const inFirstSecond = calls.filter(({ atMs }) => atMs < 1_000).length;
  assert.ok(inFirstSecond <= 10, `${inFirstSecond} calls in a second`);
  assert.ok((calls.at(-1)?.atMs ?? 0) < 5_000, 'it took too long');
});

test('large records share no call', async () => {
  const { clock, report, sizes } = fakeClient();
  const large = Object.fromEntries(Array.from({ length: 200 }, (_, i) => [`${'x'.repeat(1_000)}${i}`, 1]));
  const all = ['a', 'b', 'c'].map((device) => report(device, large));
  await clock.run(1_000);
  await Promise.all(all);
  assert.deepEqual(sizes(), [1, 1, 1]);
});

test('a refused record fails alone, with what the cloud says', async () => {
  const { clock, report } = fakeClient();
  const all = ['a', 'refused', 'c'].map((device) => report(device));
  const settled = Promise.allSettled(all);
  await clock.run(1_000);
  const [first, refused, last] = await settled;
  assert.deepEqual([first?.status, last?.status], ['fulfilled', 'fulfilled']);
  assert.ok(refused?.status === 'rejected' && refused.reason instanceof ConvexError);
  assert.equal(refused.reason.data.code, 'value_invalid');
});

test('when a batch fails, each of its records is sent by itself', async () => {
  const { clock, report, sizes } = fakeClient(({ args }) => args.calls !== undefined || args.device === 'b');
  const settled = Promise.allSettled(['a', 'b', 'c'].map((device) => report(device)));
  await clock.run(1_000);
  assert.deepEqual(
    (await settled).map(({ status }) => status),
    ['fulfilled', 'rejected', 'fulfilled'],
  );
  assert.deepEqual(sizes(), [3, 1, 1, 1]);
});

test('the function of the cloud: a refused call changes nothing, the others are stored', async (t) => {
  const { query, mutation } = await openFunctions(t, {
    clock: createVirtualClock(),
    source: new URL('../../convex/', import.meta.url),
  });
  const as = (role: string) => ({
    identity: { issuer: TOKEN_ISSUER, subject: role, tokenIdentifier: role, role, tenant: 'default' },
  });
  const report = (device: string) => ({ name: 'reports:add', args: { device, at: 1, figures: { cpu: 1 } } });
  const calls = [report('kitchen'), report(NO_NAME), report('hall')];
  const outcomes = (await mutation('batches:run', { calls }, as('gateway'))) as { refusal?: { code: string } }[];
  assert.deepEqual(
    outcomes.map(({ refusal }) => refusal?.code),
    [undefined, 'value_invalid', undefined],
  );
  const devices = (await query('devices:list', {}, as('operator'))) as { name: string }[];
  assert.deepEqual(devices.map(({ name }) => name).sort(), ['hall', 'kitchen']);
  await assert.rejects(mutation('batches:run', { calls }, as('viewer')), /may not call/);
  const many = Array.from({ length: 101 }, () => report('kitchen'));
  await assert.rejects(mutation('batches:run', { calls: many }, as('gateway')), /up to 100 calls/);
});
