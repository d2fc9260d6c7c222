import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { api } from '../../convex/_generated/api.js';
import { functions, GATEWAY_KEY as gatewayKey, refusedAs, turnRecord } from '../support/convex-functions.ts';

const TOKEN = 'the token of the kitchen';
const tokenHash = createHash('sha256').update(TOKEN).digest('hex');

async function withKitchen() {
  const t = functions();
  await t.mutation(api.pairing.request, { gatewayKey, request: 'r1', code: '123456', device: 'kitchen' });
  await t.mutation(api.pairing.approve, { gatewayKey, code: '123456' });
  await t.mutation(api.pairing.claim, { gatewayKey, request: 'r1', tokenHash });
  return t;
}

test('every public function refuses a wrong gateway key', async () => {
  const t = functions();
  const wrong = { gatewayKey: 'wrong' };
  await refusedAs('gateway_key_wrong', t.query(api.devices.verify, { ...wrong, tokenHash }));
  await refusedAs('gateway_key_wrong', t.query(api.devices.list, wrong));
  await refusedAs('gateway_key_wrong', t.query(api.devices.me, { credential: wrong }));
  await refusedAs('gateway_key_wrong', t.mutation(api.devices.revoke, { ...wrong, device: 'x' }));
  await refusedAs(
    'gateway_key_wrong',
    t.mutation(api.pairing.request, { ...wrong, request: 'r', code: '1', device: 'x' }),
  );
  await refusedAs('gateway_key_wrong', t.query(api.pairing.watch, { ...wrong, request: 'r' }));
  await refusedAs('gateway_key_wrong', t.query(api.pairing.list, wrong));
  await refusedAs('gateway_key_wrong', t.mutation(api.pairing.approve, { ...wrong, code: '123456' }));
  await refusedAs('gateway_key_wrong', t.mutation(api.pairing.claim, { ...wrong, request: 'r', tokenHash }));
  await refusedAs(
    'gateway_key_wrong',
    t.mutation(api.sessions.record, { ...wrong, device: 'x', session: 's', openedAt: 1 }),
  );
  await refusedAs('gateway_key_wrong', t.query(api.sessions.list, { ...wrong, device: 'x' }));
  await refusedAs('gateway_key_wrong', t.mutation(api.turns.record, { ...wrong, device: 'x', record: turnRecord() }));
  await refusedAs('gateway_key_wrong', t.query(api.turns.get, { credential: wrong, turn: 'x' }));
  await refusedAs('gateway_key_wrong', t.query(api.turns.list, { credential: wrong, limit: 1 }));
  await refusedAs('gateway_key_wrong', t.mutation(api.recordings.uploadUrl, wrong));
  await refusedAs('gateway_key_wrong', t.query(api.recordings.url, { credential: wrong, turn: 'x' }));
  await refusedAs('gateway_key_wrong', t.query(api.replies.list, { credential: wrong }));
  await refusedAs('gateway_key_wrong', t.mutation(api.replies.remove, { ...wrong, key: 'x' }));
  await refusedAs('gateway_key_wrong', t.mutation(api.reports.add, { ...wrong, device: 'x', at: 1, figures: {} }));
  await refusedAs('gateway_key_wrong', t.query(api.reports.list, { ...wrong, device: 'x', limit: 1 }));
  await refusedAs('gateway_key_wrong', t.query(api.settings.forDevice, { ...wrong, device: 'x' }));
  await refusedAs('gateway_key_wrong', t.query(api.settings.get, { ...wrong, device: 'x' }));
  await refusedAs('gateway_key_wrong', t.mutation(api.settings.set, { ...wrong, device: 'x', settings: {} }));
  await refusedAs('gateway_key_wrong', t.query(api.retention.get, wrong));
  await refusedAs('gateway_key_wrong', t.mutation(api.retention.set, { ...wrong, table: 'turns', days: 1 }));
});

test('a deployment without a key refuses everyone', async () => {
  const t = functions();
  delete process.env.EARSHOT_GATEWAY_KEY;
  await refusedAs('gateway_key_missing', t.query(api.devices.list, { gatewayKey: '' }));
});

test('a token is valid as long as the operator allows', async () => {
  const t = await withKitchen();
  const verify = () => t.query(api.devices.verify, { gatewayKey, tokenHash });
  assert.deepEqual(await verify(), { status: 'valid', device: 'kitchen', settings: {} });
  assert.deepEqual(await t.query(api.devices.verify, { gatewayKey, tokenHash: 'f'.repeat(64) }), { status: 'unknown' });
  await t.mutation(api.devices.revoke, { gatewayKey, device: 'kitchen' });
  assert.deepEqual(await verify(), { status: 'revoked', device: 'kitchen' });
  await refusedAs('token_revoked', t.query(api.devices.me, { credential: { deviceToken: TOKEN } }));
  await t.run(async (ctx) => {
    const device = await ctx.db.query('devices').first();
    if (device) await ctx.db.patch(device._id, { revokedAt: undefined, tokenExpiresAt: Date.now() });
  });
  assert.deepEqual(await verify(), { status: 'expired', device: 'kitchen' });
  await refusedAs('token_expired', t.query(api.devices.me, { credential: { deviceToken: TOKEN } }));
  await refusedAs('token_unknown', t.query(api.devices.me, { credential: { deviceToken: 'guessed' } }));
  await refusedAs('device_unknown', t.mutation(api.devices.revoke, { gatewayKey, device: 'cellar' }));
});

test('the hash is stored and never returned, the token is not stored', async () => {
  const t = await withKitchen();
  const listed = await t.query(api.devices.list, { gatewayKey });
  assert.equal(listed[0]?.paired, true);
  assert.ok(!JSON.stringify(listed).includes(tokenHash));
  const stored = await t.run(async (ctx) => JSON.stringify(await ctx.db.query('devices').collect()));
  assert.ok(stored.includes(tokenHash) && !stored.includes(TOKEN));
});

test('a device sees only its own turns', async () => {
  const t = await withKitchen();
  const credential = { deviceToken: TOKEN };
  const mine = turnRecord();
  const other = turnRecord();
  await t.mutation(api.turns.record, { gatewayKey, device: 'kitchen', record: mine });
  await t.mutation(api.turns.record, { gatewayKey, device: 'cellar', record: other });
  assert.equal((await t.query(api.turns.get, { credential, turn: mine.turn })).device, 'kitchen');
  assert.deepEqual(
    (await t.query(api.turns.list, { credential, limit: 10 })).map(({ turn }) => turn),
    [mine.turn],
  );
  await refusedAs('turn_unknown', t.query(api.turns.get, { credential, turn: other.turn }));
  await refusedAs('turn_unknown', t.query(api.recordings.url, { credential, turn: other.turn }));
  await refusedAs('other_device', t.query(api.turns.get, { credential, turn: other.turn, device: 'cellar' }));
  await refusedAs('other_device', t.query(api.turns.list, { credential, device: 'cellar', limit: 1 }));
  assert.equal((await t.query(api.turns.list, { credential: { gatewayKey }, limit: 10 })).length, 2);
});
