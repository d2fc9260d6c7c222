import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { api } from '../../convex/_generated/api.js';
import { functions, identityOf, refusedAs, turnRecord } from '../support/convex-functions.ts';

const TOKEN = 'the token of the kitchen';
const tokenHash = createHash('sha256').update(TOKEN).digest('hex');

async function withKitchen() {
  const t = functions();
  const gateway = t.withIdentity(identityOf('gateway'));
  const operator = t.withIdentity(identityOf('operator'));
  await gateway.mutation(api.pairing.request, { request: 'r1', code: '123456', device: 'kitchen' });
  await operator.mutation(api.pairing.approve, { code: '123456' });
  const { tokenExpiresAt } = await gateway.mutation(api.pairing.claim, { request: 'r1', tokenHash });
  return { t, gateway, operator, kitchen: t.withIdentity(identityOf('device')), tokenExpiresAt };
}

test('a token is valid as long as the operator allows, and the answer says until when', async () => {
  const { t, gateway, operator, kitchen, tokenExpiresAt } = await withKitchen();
  const verify = () => gateway.query(api.devices.verify, { tokenHash });
  assert.deepEqual(await verify(), { status: 'valid', device: 'kitchen', settings: {}, expiresAt: tokenExpiresAt });
  assert.deepEqual(await gateway.query(api.devices.verify, { tokenHash: 'f'.repeat(64) }), { status: 'unknown' });
  await operator.mutation(api.devices.revoke, { device: 'kitchen' });
  assert.deepEqual(await verify(), { status: 'revoked', device: 'kitchen' });
  await refusedAs('token_revoked', kitchen.query(api.devices.me, {}));
  await t.run(async (ctx) => {
    const device = await ctx.db.query('devices').first();
    if (device) await ctx.db.patch(device._id, { revokedAt: undefined, tokenExpiresAt: Date.now() });
  });
  assert.deepEqual(await verify(), { status: 'expired', device: 'kitchen' });
  await refusedAs('token_expired', kitchen.query(api.devices.me, {}));
  const stranger = t.withIdentity(identityOf('device', { device: 'cellar' }));
  await refusedAs('device_unknown', stranger.query(api.devices.me, {}));
  await refusedAs('device_unknown', operator.mutation(api.devices.revoke, { device: 'cellar' }));
});

test('the hash is stored and never returned, the token is not stored', async () => {
  const { t, operator, kitchen } = await withKitchen();
  const listed = await operator.query(api.devices.list, {});
  assert.equal(listed[0]?.paired, true);
  assert.deepEqual(await kitchen.query(api.devices.me, {}), listed[0]);
  assert.ok(!JSON.stringify(listed).includes(tokenHash));
  const stored = await t.run(async (ctx) => JSON.stringify(await ctx.db.query('devices').collect()));
  assert.ok(stored.includes(tokenHash) && !stored.includes(TOKEN));
});

test('a device sees only its own turns', async () => {
  const { gateway, operator, kitchen } = await withKitchen();
  const mine = turnRecord();
  const other = turnRecord();
  await gateway.mutation(api.turns.record, { device: 'kitchen', record: mine });
  await gateway.mutation(api.turns.record, { device: 'cellar', record: other });
  assert.equal((await kitchen.query(api.turns.get, { turn: mine.turn })).device, 'kitchen');
  assert.equal((await kitchen.query(api.turns.get, { turn: mine.turn, device: 'kitchen' })).turn, mine.turn);
  assert.deepEqual(
    (await kitchen.query(api.turns.list, { limit: 10 })).map(({ turn }) => turn),
    [mine.turn],
  );
  await refusedAs('turn_unknown', kitchen.query(api.turns.get, { turn: other.turn }));
  await refusedAs('turn_unknown', kitchen.query(api.recordings.url, { turn: other.turn }));
  // It does not learn which other devices there are.
  for (const device of ['cellar', 'nobody']) {
    await refusedAs('other_device', kitchen.query(api.turns.get, { turn: other.turn, device }));
    await refusedAs('other_device', kitchen.query(api.turns.list, { device, limit: 1 }));
  }
  assert.equal((await operator.query(api.turns.list, { limit: 10 })).length, 2);
});
