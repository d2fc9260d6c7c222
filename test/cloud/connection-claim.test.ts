/**
 * When a session learns that it no longer has the newest connection of its device.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createCloudClock } from '../../actors/cloud/cloud-clock.ts';
import { createConnectionClaim } from '../../actors/cloud/connection-claim.ts';

const HERE = { session: 'here' };
const ELSEWHERE = { session: 'elsewhere', gateway: 'other' };

function claimOf() {
  const told: number[] = [];
  const replacedBy: unknown[] = [];
  let nowMs = 100;
  const claim = createConnectionClaim({
    session: HERE.session,
    now: () => nowMs,
    tell: (connectedAt) => told.push(connectedAt),
    onReplaced: (by) => replacedBy.push(by),
  });
  return {
    ...{ claim, told, replacedBy },
    connectAt(ms: number) {
      nowMs = ms;
      claim.connected();
    },
  };
}

test('what the cloud says of others before it has the claim is older, and does not count', () => {
  const { claim, told, replacedBy, connectAt } = claimOf();
  claim.onNewest(ELSEWHERE);
  connectAt(200);
  claim.onNewest(ELSEWHERE);
  claim.onNewest(HERE);
  claim.onDelivered(200);
  assert.deepEqual(replacedBy, []);
  claim.onNewest(ELSEWHERE);
  assert.deepEqual([told, replacedBy], [[200, 200], []], 'the cloud is asked once more');
  claim.onDelivered(200);
  assert.deepEqual(replacedBy, [ELSEWHERE]);
});

test('a cloud that has the rows of an older time again gets the claim again, and nobody is replaced', () => {
  const { claim, told, replacedBy, connectAt } = claimOf();
  connectAt(200);
  claim.onDelivered(200);
  claim.onNewest(HERE);
  claim.onNewest(ELSEWHERE);
  claim.onNewest(HERE);
  claim.onDelivered(200);
  assert.deepEqual([told, replacedBy], [[200, 200], []]);
});

test('a claim that comes late, when the device is elsewhere already, has lost', () => {
  const { claim, replacedBy, connectAt } = claimOf();
  connectAt(200);
  claim.onNewest(ELSEWHERE);
  assert.deepEqual(replacedBy, []);
  claim.onDelivered(200);
  claim.onDelivered(200);
  assert.deepEqual(replacedBy, [ELSEWHERE]);
});

test('a connection that follows is told only if the cloud believes that the device is elsewhere; then the cloud decides', () => {
  const { claim, told, replacedBy, connectAt } = claimOf();
  connectAt(200);
  claim.onDelivered(200);
  claim.onNewest(HERE);
  connectAt(300);
  assert.deepEqual(told, [200]);
  // It was elsewhere between the two; this gateway hears of it only now.
  claim.onNewest(ELSEWHERE);
  assert.deepEqual([told, replacedBy], [[200, 300], []]);
  // Late news of the first claim decides nothing.
  claim.onDelivered(200);
  assert.deepEqual(replacedBy, []);
  claim.onNewest(HERE);
  claim.onDelivered(300);
  assert.deepEqual(replacedBy, []);
});

test("a time on the cloud's clock: of the last answers the one that came fastest counts", async () => {
  let wallMs = 1_000;
  const clock = createCloudClock(() => wallMs);
  // The cloud's clock is 500 ms ahead; the question is under way for this long before it is read.
  const askWithin = (underWayMs: number) => clock.measure(async () => wallMs + underWayMs + 500);
  assert.equal(clock.isKnown, false);
  await askWithin(80);
  await askWithin(5);
  await askWithin(300);
  assert.equal(clock.toCloud(900), 1_405);
  // This machine's clock is set by an hour: soon the answers before that count no more.
  wallMs -= 3_600_000;
  for (let n = 0; n < 16; n++) await clock.measure(async () => wallMs + 3_600_500 + 7);
  assert.equal(clock.toCloud(wallMs), wallMs + 3_600_507);
});
