import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bearerToken, createAccess, hashTokenSync } from '../../actors/cloud/access.ts';
import type { TokenVerdict } from '../../convex/devices.ts';
import { EarshotError } from '../../src/core/errors.ts';
import { silentLog } from '../../src/core/log/log.ts';
import { isLoopback } from '../../src/server/addresses.ts';
import { fakeCloud } from '../support/fake-cloud.ts';
import { ready, testClock } from '../support/simulated-clock.ts';

const VALID = { status: 'valid', device: 'kitchen', settings: {} } as const;
const HOUR_MS = 60 * 60_000;

function accessTo({ isOpen = false } = {}) {
  const clock = testClock();
  const cloud = fakeCloud(clock.now);
  const access = createAccess({ cloud: Promise.resolve(cloud), isOpen, clock, log: silentLog });
  return { clock, cloud, access };
}

test('without a token: an open gateway accepts devices of its own machine, others can be paired', async () => {
  const none = { token: undefined };
  assert.deepEqual(await accessTo({ isOpen: true }).access.admit({ ...none, isLocal: true, address: 'a' }), {
    kind: 'open',
  });
  assert.deepEqual(await accessTo({ isOpen: true }).access.admit({ ...none, isLocal: false, address: 'a' }), {
    kind: 'unpaired',
  });
  assert.deepEqual(await accessTo().access.admit({ ...none, isLocal: true, address: 'a' }), { kind: 'unpaired' });
});

test('a token is checked by the cloud, or by its answer of the last hour when the cloud is unreachable', async () => {
  const { access, cloud, clock } = accessTo();
  const admit = () => access.admit({ token: 'token', isLocal: false, address: 'a' });
  for (const status of ['unknown', 'revoked', 'expired'] as const) {
    cloud.verdict = status === 'unknown' ? { status } : { status, device: 'kitchen' };
    const refused = await admit();
    assert.equal(refused.kind === 'refused' && `${refused.status} ${refused.code}`, `401 token_${status}`);
  }
  const away = () => cloud.failNext('verifyToken', new EarshotError('cloud_unavailable', 'away', ''));
  away();
  const early = await admit();
  assert.equal(early.kind === 'refused' && early.status, 503);
  cloud.verdict = VALID;
  assert.equal((await admit()).kind, 'device');
  away();
  assert.equal((await admit()).kind, 'device');
  await clock.pass(HOUR_MS);
  away();
  assert.equal((await admit()).kind, 'refused');
});

test('the wait for a cloud that does not answer is limited', async () => {
  const { access, cloud, clock } = accessTo();
  cloud.verifyToken = () => new Promise(() => {});
  const admission = access.admit({ token: 'token', isLocal: false, address: 'a' });
  await ready();
  await clock.pass(3_000);
  const refused = await admission;
  assert.equal(refused.kind === 'refused' && refused.code, 'cloud_unavailable');
});

test('a token that was valid within the last hour waits half a second for a slow cloud; a newly issued one, too', async () => {
  const { access, cloud, clock } = accessTo();
  cloud.verdict = VALID;
  const admit = (token: string) => access.admit({ token, isLocal: false, address: 'a' });
  assert.equal((await admit('known')).kind, 'device');
  access.knowPaired(hashTokenSync('given out'), 'bedroom', clock.wallNow() + HOUR_MS);
  const answers: ((verdict: TokenVerdict) => void)[] = [];
  cloud.verifyToken = () => new Promise((resolve) => answers.push(resolve));
  for (const [token, device] of [
    ['known', 'kitchen'],
    ['given out', 'bedroom'],
  ] as const) {
    const admission = admit(token);
    await ready();
    await clock.pass(500);
    assert.deepEqual(await admission, { kind: 'device', device, tokenHash: hashTokenSync(token) });
  }
  const admission = admit('known');
  await ready();
  answers.at(-1)?.({ status: 'revoked', device: 'kitchen' });
  assert.equal((await admission).kind, 'refused');
});

test('an address with too many wrong tokens is refused; known tokens are accepted, and other addresses are checked', async () => {
  const { access, cloud, clock } = accessTo();
  const admit = async (token: string, address: string) => {
    const admission = await access.admit({ token, isLocal: false, address });
    return admission.kind === 'refused' ? `${admission.status} ${admission.code}` : admission.kind;
  };
  cloud.verdict = VALID;
  assert.equal(await admit('known', 'a'), 'device');
  cloud.verdict = { status: 'unknown' };
  for (let i = 0; i < 300; i++) assert.equal(await admit(`wrong ${i}`, 'a'), '401 token_unknown');
  assert.equal(await admit('one more', 'a'), '401 token_unknown');
  assert.equal(await admit('and another', 'a'), '503 too_many_attempts');
  const asked = cloud.named('verifyToken').length;
  assert.equal(await admit('known', 'a'), 'device');
  assert.equal(await admit('and another', 'a'), '503 too_many_attempts');
  assert.equal(cloud.named('verifyToken').length, asked);
  assert.equal(await admit('wrong', 'b'), '401 token_unknown');
  await clock.pass(1_000);
  cloud.verdict = VALID;
  assert.equal(await admit('new', 'a'), 'device');
});

test('a revocation takes effect at once, also in the cache', async () => {
  const { access, cloud } = accessTo();
  cloud.verdict = VALID;
  const admitted = await access.admit({ token: 'token', isLocal: false, address: 'a' });
  assert.ok(admitted.kind === 'device');
  const told: string[] = [];
  const unwatch = access.watch(admitted, {
    onSettings: (settings) => told.push(JSON.stringify(settings)),
    onCachedReply: () => {},
    onNewestConnection: (connection) => told.push(connection?.session ?? 'no connection'),
    onRevoked: (reason) => told.push(reason),
  });
  await ready();
  cloud.tellVerdict({ ...VALID, settings: { volumePercent: 40 }, connection: { session: 's1', gateway: 'g1' } });
  cloud.tellVerdict({ status: 'revoked', device: 'kitchen' });
  unwatch();
  cloud.tellVerdict(VALID);
  assert.deepEqual(told, ['s1', '{"volumePercent":40}', 'the token of this device was revoked']);
  cloud.failNext('verifyToken', new EarshotError('cloud_unavailable', 'away', ''));
  assert.equal((await access.admit({ token: 'token', isLocal: false, address: 'a' })).kind, 'refused');
});

test('a connected device whose token expires is disconnected by the clock: the cloud says nothing then', async () => {
  const { access, cloud, clock } = accessTo();
  const DAY_MS = 24 * HOUR_MS;
  const expiresAt = clock.wallNow() + 30 * DAY_MS;
  const told: string[] = [];
  const handlers = {
    onSettings: () => {},
    onCachedReply: () => {},
    onNewestConnection: () => {},
    onRevoked: (reason: string) => told.push(reason),
  };
  const watched = access.watch({ device: 'kitchen', tokenHash: 'hash' }, handlers);
  await ready();
  cloud.tellVerdict({ ...VALID, expiresAt });
  for (let hour = 0; hour < 30 * 24 - 1; hour++) await clock.pass(HOUR_MS);
  assert.deepEqual(told, []);
  await clock.pass(HOUR_MS);
  assert.deepEqual(told, ['the token of this device has expired']);
  watched();

  // Paired again in time: the new time counts.
  const again = access.watch({ device: 'kitchen', tokenHash: 'hash' }, handlers);
  await ready();
  cloud.tellVerdict({ ...VALID, expiresAt: clock.wallNow() + HOUR_MS });
  cloud.tellVerdict({ ...VALID, expiresAt: clock.wallNow() + 2 * HOUR_MS });
  await clock.pass(HOUR_MS);
  assert.equal(told.length, 1);
  again();
  await clock.pass(HOUR_MS);
  assert.equal(told.length, 1, 'nobody watches any more');
});

test('the wall clock is set while a device is connected: its token expires by the clock as it is then', async () => {
  const { access, cloud, clock } = accessTo();
  const told: string[] = [];
  const handlers = {
    onSettings: () => {},
    onCachedReply: () => {},
    onNewestConnection: () => {},
    onRevoked: (reason: string) => told.push(reason),
  };
  access.watch({ device: 'kitchen', tokenHash: 'hash' }, handlers);
  await ready();
  const expiresAt = clock.wallNow() + 10 * HOUR_MS;
  cloud.tellVerdict({ ...VALID, expiresAt });
  clock.setWallClock(expiresAt - HOUR_MS);
  await clock.pass(HOUR_MS);
  assert.equal(told.length, 1);
  // By this clock the token has expired, by the cloud's it is valid: the cloud's counts, or the device would connect again and again.
  cloud.tellVerdict({ ...VALID, expiresAt });
  await clock.pass(HOUR_MS);
  assert.equal(told.length, 1);
});

test('a token that has expired meanwhile is not accepted without the cloud', async () => {
  const { access, cloud, clock } = accessTo();
  const admit = () => access.admit({ token: 'token', isLocal: false, address: 'a' });
  cloud.verdict = { ...VALID, expiresAt: clock.wallNow() + HOUR_MS / 2 };
  assert.equal((await admit()).kind, 'device');
  access.knowPaired(hashTokenSync('new'), 'bedroom', clock.wallNow() + HOUR_MS / 2);
  await clock.pass(HOUR_MS / 2);
  cloud.verifyToken = () => Promise.reject(new EarshotError('cloud_unavailable', 'away', ''));
  const refused = await admit();
  assert.equal(refused.kind === 'refused' && refused.code, 'cloud_unavailable');
  assert.equal((await access.admit({ token: 'new', isLocal: false, address: 'a' })).kind, 'refused');
});

test('tokens and addresses are parsed strictly', () => {
  assert.equal(bearerToken('Bearer abc'), 'abc');
  for (const other of [undefined, '', 'Basic abc', 'Bearer', 'Bearer a b']) assert.equal(bearerToken(other), undefined);
  for (const own of ['127.0.0.1', '127.1.2.3', '::1', '::ffff:127.0.0.1']) assert.equal(isLoopback(own), true);
  for (const other of ['10.0.0.1', '::ffff:10.0.0.1', '::2', undefined, '1127.0.0.1'])
    assert.equal(isLoopback(other), false);
});
