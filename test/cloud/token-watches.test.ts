/**
 * A token is asked of the cloud and then watched by one subscription.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createTokenWatches } from '../../actors/cloud/token-watches.ts';
import type { TokenVerdict } from '../../convex/devices.ts';
import { createVirtualClock } from '../support/virtual-clock.ts';

const VALID: TokenVerdict = { status: 'valid', device: 'kitchen', settings: {} };
const HELLO_MS = 10_000;
const LATER_MS = 60_000;

/** A client of the cloud that counts the subscriptions that it has. */
function cloud() {
  const clock = createVirtualClock();
  const told = new Set<(verdict: TokenVerdict) => void>();
  const failed = new Set<(error: Error) => void>();
  const client = {
    onUpdate(_query: unknown, _args: unknown, onVerdict: never, onError: never) {
      told.add(onVerdict);
      failed.add(onError);
      return () => {
        told.delete(onVerdict);
        failed.delete(onError);
      };
    },
  };
  const watches = createTokenWatches({ client: client as never, clock, onError: () => {} });
  return {
    ...{ clock, watches },
    open: () => told.size,
    tell: (verdict: TokenVerdict) => [...told].forEach((each) => void each(verdict)),
    fail: (error: Error) => [...failed].forEach((each) => void each(error)),
  };
}

test('the subscription of the question goes on until the watch has begun', async () => {
  const { clock, watches, open, tell } = cloud();
  const asked = watches.verify('hash');
  tell(VALID);
  assert.equal(await asked, VALID);
  await clock.run(HELLO_MS);
  assert.equal(open(), 1);
  const heard: TokenVerdict[] = [];
  const unwatch = watches.watch('hash', (verdict) => heard.push(verdict));
  assert.equal(open(), 1, 'the one of the watch');
  tell({ status: 'revoked', device: 'kitchen' });
  assert.deepEqual(heard, [{ status: 'revoked', device: 'kitchen' }]);
  unwatch();
  unwatch();
  assert.equal(open(), 0);
});

test('it ends when no watch begins', async () => {
  const { clock, watches, open, tell } = cloud();
  const asked = [watches.verify('hash'), watches.verify('hash')];
  tell(VALID);
  await Promise.all(asked);
  assert.equal(open(), 1, 'one for a token, however often it is asked');
  await clock.run(LATER_MS);
  assert.equal(open(), 0);
});

test('of a token that is not valid, or not for long, nothing is kept', async () => {
  const { clock, watches, open, tell } = cloud();
  const soon = { ...VALID, expiresAt: clock.wallNow() + 1_000 };
  for (const verdict of [{ status: 'unknown' } as const, soon]) {
    const asked = watches.verify('hash');
    tell(verdict);
    assert.equal(await asked, verdict);
    assert.equal(open(), 0, verdict.status);
  }
});

test('an error of the cloud is one of the question', async () => {
  const { watches, open, fail } = cloud();
  const asked = watches.verify('hash');
  fail(new Error('away'));
  await assert.rejects(asked, /away/);
  assert.equal(open(), 0);
});

test('the end of the connection ends what is kept', async () => {
  const { watches, open, tell } = cloud();
  const asked = watches.verify('hash');
  tell(VALID);
  await asked;
  watches.close();
  assert.equal(open(), 0);
});
