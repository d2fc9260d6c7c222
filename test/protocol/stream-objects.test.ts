/**
 * Objects that exist for each stream of a gateway, or are used for each packet: all of a kind have the same shape in
 * V8. An object literal with a getter is a hash table instead, which takes ten times as much memory and time.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setFlagsFromString } from 'node:v8';
import { createReplyQueue } from '../../actors/session/reply-queue.ts';
import { memorySpools } from '../../actors/session/spool-folder.ts';
import { createTransitStatistics } from '../../actors/session/transit-statistics.ts';
import { createUplinkReceiver } from '../../actors/session/uplink-receiver.ts';
import { createUtteranceAudio } from '../../actors/session/utterance-audio.ts';
import { createChannel } from '../../src/core/actor/channel.ts';
import { createScope } from '../../src/core/actor/scope.ts';
import { DEFAULT_LIMITS } from '../../src/core/limits/limits.ts';
import { createTokenBucket } from '../../src/core/limits/token-bucket.ts';
import { silentLog } from '../../src/core/log/log.ts';
import { systemClock } from '../../src/core/time/clock.ts';
import { createInactivity } from '../../src/core/time/inactivity.ts';

setFlagsFromString('--allow-natives-syntax');
const haveSameShape = new Function('a', 'b', 'return %HaveSameMap(a, b) && %HasFastProperties(a)') as (
  a: object,
  b: object,
) => boolean;

const spool = () => memorySpools.create(1);
const meta = { id: '', device: '', trigger: 'key', startedAtMs: 0, offline: false } as const;
const makers: Record<string, () => object> = {
  scope: () => createScope('a', { clock: systemClock, log: silentLog, onCrash() {} }),
  channel: () => createChannel({ name: 'a', limit: 1, whenFull: 'drop-oldest' }),
  allowance: () => createTokenBucket(1, 1),
  silence: () => createInactivity(systemClock),
  spool,
  utterance: () => createUplinkReceiver(DEFAULT_LIMITS),
  'recorded audio': () => createUtteranceAudio(spool(), meta),
  'arrivals of packets': () => createTransitStatistics(),
  'reply queue': () => createReplyQueue({ turn: 1, framesPerPacket: 1, spool: spool(), limits: DEFAULT_LIMITS }),
};

test('the test detects a getter in an object literal', () => {
  const withGetter = (value: number) => ({
    get value() {
      return value;
    },
  });
  const [, second, third] = [1, 2, 3].map(withGetter) as [object, object, object];
  assert.equal(haveSameShape(second, third), false);
});

for (const [name, make] of Object.entries(makers)) {
  test(`every ${name} has the same shape`, () => {
    const [, second, third] = [make(), make(), make()];
    assert.ok(haveSameShape(second as object, third as object));
  });
}
