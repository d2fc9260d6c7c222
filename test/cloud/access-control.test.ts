import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bearerToken, createAccess } from '../../actors/cloud/access.ts';
import { EarshotError } from '../../src/errors.ts';
import { silentLog } from '../../src/log.ts';
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

test('without a token: an open gateway lets its own machine in, everybody else may be paired', async () => {
  const none = { token: undefined };
  assert.deepEqual(await accessTo({ isOpen: true }).access.admit({ ...none, isLocal: true }), { kind: 'open' });
  assert.deepEqual(await accessTo({ isOpen: true }).access.admit({ ...none, isLocal: false }), { kind: 'unpaired' });
  assert.deepEqual(await accessTo().access.admit({ ...none, isLocal: true }), { kind: 'unpaired' });
});

test('a token is what the cloud says, and what it said within the hour when it is away', async () => {
  const { access, cloud, clock } = accessTo();
  const admit = () => access.admit({ token: 'token', isLocal: false });
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

test('a cloud that does not answer is not waited for', async () => {
  const { access, cloud, clock } = accessTo();
  cloud.verifyToken = () => new Promise(() => {});
  const admission = access.admit({ token: 'token', isLocal: false });
  await ready();
  await clock.pass(3_000);
  const refused = await admission;
  assert.equal(refused.kind === 'refused' && refused.code, 'cloud_unavailable');
});

test('a revocation is told at once, and the cache forgets', async () => {
  const { access, cloud } = accessTo();
  cloud.verdict = VALID;
  const admitted = await access.admit({ token: 'token', isLocal: false });
  assert.ok(admitted.kind === 'device');
  const told: string[] = [];
  const unwatch = access.watch(admitted, {
    onSettings: (settings) => told.push(JSON.stringify(settings)),
    onCachedReply: () => {},
    onRevoked: () => told.push('revoked'),
  });
  await ready();
  cloud.tellVerdict({ ...VALID, settings: { volumePercent: 40 } });
  cloud.tellVerdict({ status: 'revoked', device: 'kitchen' });
  unwatch();
  cloud.tellVerdict(VALID);
  assert.deepEqual(told, ['{"volumePercent":40}', 'revoked']);
  cloud.failNext('verifyToken', new EarshotError('cloud_unavailable', 'away', ''));
  assert.equal((await access.admit({ token: 'token', isLocal: false })).kind, 'refused');
});

test('tokens and addresses are read strictly', () => {
  assert.equal(bearerToken('Bearer abc'), 'abc');
  for (const other of [undefined, '', 'Basic abc', 'Bearer', 'Bearer a b']) assert.equal(bearerToken(other), undefined);
  for (const own of ['127.0.0.1', '127.1.2.3', '::1', '::ffff:127.0.0.1']) assert.equal(isLoopback(own), true);
  for (const other of ['10.0.0.1', '::ffff:10.0.0.1', '::2', undefined, '1127.0.0.1'])
    assert.equal(isLoopback(other), false);
});
