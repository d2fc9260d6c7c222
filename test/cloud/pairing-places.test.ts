import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createPairingPlaces } from '../../actors/cloud/pairing-places.ts';
import { createVirtualClock } from '../support/virtual-clock.ts';

test('the number of pairings is limited per address and in total, and a closed one still counts for a time', async () => {
  const clock = createVirtualClock();
  const places = createPairingPlaces({ pairings: 3, pairingsPerAddress: 2, pairingRestMs: 10_000 }, clock);
  const first = places.take('a');
  assert.ok(first && places.take('a'));
  assert.equal(places.take('a'), undefined);
  assert.ok(places.take('b'));
  assert.equal(places.take('c'), undefined);
  first('left');
  await clock.run(9_999);
  assert.equal(places.take('a'), undefined);
  first('left');
  await clock.run(1);
  assert.ok(places.take('c'));
});

test('a device that was paired leaves its place at once: the next one of its address can be paired', () => {
  const places = createPairingPlaces(
    { pairings: 3, pairingsPerAddress: 1, pairingRestMs: 10_000 },
    createVirtualClock(),
  );
  for (let i = 0; i < 20; i++) {
    const giveBack = places.take('a');
    assert.ok(giveBack, `device ${i}`);
    assert.equal(places.take('a'), undefined);
    giveBack('paired');
  }
});

test('disabled limits allow any number', () => {
  const off = Number.POSITIVE_INFINITY;
  const places = createPairingPlaces(
    { pairings: off, pairingsPerAddress: off, pairingRestMs: off },
    createVirtualClock(),
  );
  for (let i = 0; i < 1_000; i++) assert.ok(places.take('a'));
});
