import assert from 'node:assert/strict';
import { test } from 'node:test';
import { api } from '../../convex/_generated/api.js';
import { functions, GATEWAY_KEY as gatewayKey, mockTime, refusedAs } from '../support/convex-functions.ts';

const HASH = 'a'.repeat(64);
const MINUTE_MS = 60_000;

function ask(t: ReturnType<typeof functions>, code: string, device = 'kitchen') {
  return t.mutation(api.pairing.request, { gatewayKey, request: `request-${code}`, code, device });
}

test('an approved code gives the device a token, once', async () => {
  const t = functions();
  await ask(t, '111111');
  assert.deepEqual(
    (await t.query(api.pairing.list, { gatewayKey })).map(({ code, device, replaces }) => ({ code, device, replaces })),
    [{ code: '111111', device: 'kitchen', replaces: false }],
  );
  const request = 'request-111111';
  await refusedAs('not_approved', t.mutation(api.pairing.claim, { gatewayKey, request, tokenHash: HASH }));
  assert.deepEqual(await t.mutation(api.pairing.approve, { gatewayKey, code: '111111' }), {
    ok: true,
    device: 'kitchen',
    replaced: false,
  });
  assert.equal(await t.query(api.pairing.watch, { gatewayKey, request }), 'approved');
  await t.mutation(api.pairing.claim, { gatewayKey, request, tokenHash: HASH });
  await refusedAs('code_used', t.mutation(api.pairing.claim, { gatewayKey, request, tokenHash: HASH }));
  const replayed = await t.mutation(api.pairing.approve, { gatewayKey, code: '111111' });
  assert.equal(replayed.ok === false && replayed.code, 'code_used');
});

test('a device that is paired again loses its old token', async () => {
  const t = functions();
  for (const [code, tokenHash] of [
    ['111111', HASH],
    ['222222', 'b'.repeat(64)],
  ] as const) {
    await ask(t, code);
    await t.mutation(api.pairing.approve, { gatewayKey, code });
    await t.mutation(api.pairing.claim, { gatewayKey, request: `request-${code}`, tokenHash });
  }
  assert.deepEqual(await t.query(api.devices.verify, { gatewayKey, tokenHash: HASH }), { status: 'unknown' });
  assert.equal((await t.query(api.devices.list, { gatewayKey })).length, 1);
});

test('a code expires after ten minutes', async () => {
  const t = functions();
  const time = mockTime(1_000_000);
  await ask(t, '111111');
  time.set(1_000_000 + 11 * MINUTE_MS);
  assert.deepEqual(await t.query(api.pairing.list, { gatewayKey }), []);
  const late = await t.mutation(api.pairing.approve, { gatewayKey, code: '111111' });
  assert.equal(late.ok === false && late.code, 'code_expired');
  time.restore();
});

test('wrong codes and requests are limited', async () => {
  const t = functions();
  for (let i = 0; i < 10; i++) {
    const wrong = await t.mutation(api.pairing.approve, { gatewayKey, code: '999999' });
    assert.equal(wrong.ok === false && wrong.code, 'code_unknown');
  }
  const locked = await t.mutation(api.pairing.approve, { gatewayKey, code: '999999' });
  assert.equal(locked.ok === false && locked.code, 'too_many_attempts');

  for (let i = 0; i < 10; i++) await ask(t, String(100_000 + i));
  await refusedAs('too_many_attempts', ask(t, '200000'));
  await ask(t, '200001', 'cellar');
  await refusedAs(
    'code_taken',
    t.mutation(api.pairing.request, { gatewayKey, request: 'r', code: '200001', device: 'x' }),
  );
  await refusedAs('value_invalid', ask(t, '12'));
});

test('the code of a disconnected device is invalid and no longer counts', async () => {
  const t = functions();
  await ask(t, '111111');
  assert.equal(await t.mutation(api.pairing.withdraw, { gatewayKey, request: 'request-111111' }), 'withdrawn');
  assert.deepEqual(await t.query(api.pairing.list, { gatewayKey }), []);
  const late = await t.mutation(api.pairing.approve, { gatewayKey, code: '111111' });
  assert.deepEqual(late, {
    ok: false,
    code: 'code_withdrawn',
    message: 'The device that showed this code has disconnected.',
  });
  await refusedAs(
    'not_approved',
    t.mutation(api.pairing.claim, { gatewayKey, request: 'request-111111', tokenHash: HASH }),
  );
  assert.equal(await t.mutation(api.pairing.withdraw, { gatewayKey, request: 'never asked' }), null);
});

test('fifty codes wait at the same time; withdrawing one allows another', async () => {
  const t = functions();
  for (let i = 0; i < 50; i++) await ask(t, String(100_000 + i), `device ${i}`);
  await refusedAs('too_many_attempts', ask(t, '200000', 'late'));
  await t.mutation(api.pairing.withdraw, { gatewayKey, request: 'request-100007' });
  await ask(t, '200000', 'late');
});

test('an approval is reported as complete once the device has its token', async () => {
  const t = functions();
  const standing = async (code: string) => (await t.query(api.pairing.standing, { gatewayKey, code }))?.status;
  assert.equal(await standing('111111'), undefined);
  await ask(t, '111111');
  assert.equal(await standing('111111'), 'pending');
  await t.mutation(api.pairing.approve, { gatewayKey, code: '111111' });
  assert.equal(await standing('111111'), 'approved');
  const request = 'request-111111';
  await t.mutation(api.pairing.claim, { gatewayKey, request, tokenHash: HASH });
  assert.equal(await standing('111111'), 'used');
  // A withdrawn request does not affect a device that has its token.
  assert.equal(await t.mutation(api.pairing.withdraw, { gatewayKey, request }), 'used');
  assert.equal((await t.query(api.devices.verify, { gatewayKey, tokenHash: HASH })).status, 'valid');
  // But a token that did not reach its device becomes invalid.
  assert.equal(await t.mutation(api.pairing.withdraw, { gatewayKey, request, tokenHash: HASH }), 'withdrawn');
  assert.equal((await t.query(api.devices.verify, { gatewayKey, tokenHash: HASH })).status, 'unknown');
});
