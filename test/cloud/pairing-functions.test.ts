import assert from 'node:assert/strict';
import { test } from 'node:test';
import { api } from '../../convex/_generated/api.js';
import { asGateway, asOperator, functions, mockTime, refusedAs } from '../support/convex-functions.ts';

const HASH = 'a'.repeat(64);
const MINUTE_MS = 60_000;

function ask(t: ReturnType<typeof functions>, code: string, device = 'kitchen') {
  return asGateway(t).mutation(api.pairing.request, { request: `request-${code}`, code, device });
}

test('an approved code gives the device a token, once', async () => {
  const t = functions();
  await ask(t, '111111');
  assert.deepEqual(
    (await asOperator(t).query(api.pairing.list, {})).map(({ code, device, replaces }) => ({ code, device, replaces })),
    [{ code: '111111', device: 'kitchen', replaces: false }],
  );
  const request = 'request-111111';
  await refusedAs('not_approved', asGateway(t).mutation(api.pairing.claim, { request, tokenHash: HASH }));
  assert.deepEqual(await asOperator(t).mutation(api.pairing.approve, { code: '111111' }), {
    ok: true,
    device: 'kitchen',
    replaced: false,
  });
  assert.equal(await asGateway(t).query(api.pairing.watch, { request }), 'approved');
  await asGateway(t).mutation(api.pairing.claim, { request, tokenHash: HASH });
  await refusedAs('code_used', asGateway(t).mutation(api.pairing.claim, { request, tokenHash: HASH }));
  const replayed = await asOperator(t).mutation(api.pairing.approve, { code: '111111' });
  assert.equal(replayed.ok === false && replayed.code, 'code_used');
});

test('a device that is paired again loses its old token', async () => {
  const t = functions();
  for (const [code, tokenHash] of [
    ['111111', HASH],
    ['222222', 'b'.repeat(64)],
  ] as const) {
    await ask(t, code);
    await asOperator(t).mutation(api.pairing.approve, { code });
    await asGateway(t).mutation(api.pairing.claim, { request: `request-${code}`, tokenHash });
  }
  assert.deepEqual(await asGateway(t).query(api.devices.verify, { tokenHash: HASH }), { status: 'unknown' });
  assert.equal((await asOperator(t).query(api.devices.list, {})).length, 1);
});

test('a code expires after ten minutes', async () => {
  const t = functions();
  const time = mockTime(1_000_000);
  await ask(t, '111111');
  time.set(1_000_000 + 11 * MINUTE_MS);
  assert.deepEqual(await asOperator(t).query(api.pairing.list, {}), []);
  const late = await asOperator(t).mutation(api.pairing.approve, { code: '111111' });
  assert.equal(late.ok === false && late.code, 'code_expired');
  time.restore();
});

test('wrong codes and requests are limited', async () => {
  const t = functions();
  for (let i = 0; i < 10; i++) {
    const wrong = await asOperator(t).mutation(api.pairing.approve, { code: '999999' });
    assert.equal(wrong.ok === false && wrong.code, 'code_unknown');
  }
  const locked = await asOperator(t).mutation(api.pairing.approve, { code: '999999' });
  assert.equal(locked.ok === false && locked.code, 'too_many_attempts');

  for (let i = 0; i < 10; i++) await ask(t, String(100_000 + i));
  await refusedAs('too_many_attempts', ask(t, '200000'));
  await ask(t, '200001', 'cellar');
  await refusedAs(
    'code_taken',
    asGateway(t).mutation(api.pairing.request, { request: 'r', code: '200001', device: 'x' }),
  );
  await refusedAs('value_invalid', ask(t, '12'));
});

test('the code of a disconnected device is invalid and no longer counts', async () => {
  const t = functions();
  await ask(t, '111111');
  assert.equal(await asGateway(t).mutation(api.pairing.withdraw, { request: 'request-111111' }), 'withdrawn');
  assert.deepEqual(await asOperator(t).query(api.pairing.list, {}), []);
  const late = await asOperator(t).mutation(api.pairing.approve, { code: '111111' });
  assert.deepEqual(late, {
    ok: false,
    code: 'code_withdrawn',
    message: 'The device that showed this code has disconnected.',
  });
  await refusedAs(
    'not_approved',
    asGateway(t).mutation(api.pairing.claim, { request: 'request-111111', tokenHash: HASH }),
  );
  assert.equal(await asGateway(t).mutation(api.pairing.withdraw, { request: 'never asked' }), null);
});

test('fifty codes wait at the same time; withdrawing one allows another', async () => {
  const t = functions();
  for (let i = 0; i < 50; i++) await ask(t, String(100_000 + i), `device ${i}`);
  await refusedAs('too_many_attempts', ask(t, '200000', 'late'));
  await asGateway(t).mutation(api.pairing.withdraw, { request: 'request-100007' });
  await ask(t, '200000', 'late');
});

test('an approval is reported as complete once the device has its token', async () => {
  const t = functions();
  const standing = async (code: string) => (await asOperator(t).query(api.pairing.standing, { code }))?.status;
  assert.equal(await standing('111111'), undefined);
  await ask(t, '111111');
  assert.equal(await standing('111111'), 'pending');
  await asOperator(t).mutation(api.pairing.approve, { code: '111111' });
  assert.equal(await standing('111111'), 'approved');
  const request = 'request-111111';
  await asGateway(t).mutation(api.pairing.claim, { request, tokenHash: HASH });
  assert.equal(await standing('111111'), 'used');
  // A withdrawn request does not affect a device that has its token.
  assert.equal(await asGateway(t).mutation(api.pairing.withdraw, { request }), 'used');
  assert.equal((await asGateway(t).query(api.devices.verify, { tokenHash: HASH })).status, 'valid');
  // But a token that did not reach its device becomes invalid.
  assert.equal(await asGateway(t).mutation(api.pairing.withdraw, { request, tokenHash: HASH }), 'withdrawn');
  assert.equal((await asGateway(t).query(api.devices.verify, { tokenHash: HASH })).status, 'unknown');
});
