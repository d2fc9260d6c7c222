/** When the garbage of turns is collected: in virtual time, for turns that begin and end at given times. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { ConversationState } from '../../machines/turn-record.ts';
import { createGarbageCollection } from '../../src/device/garbage-collection.ts';
import { createVirtualClock } from '../support/virtual-clock.ts';

const MINUTE_MS = 60_000;

function device() {
  const clock = createVirtualClock();
  const startedAtMs = clock.now();
  const collectedAtMs: number[] = [];
  const { note, close } = createGarbageCollection({
    collect: () => void collectedAtMs.push(clock.now() - startedAtMs),
    clock,
  });
  const enter = (state: ConversationState) => note({ type: 'state.entered', state, turn: 1 });
  return {
    /** A turn of 10 s, then a pause. */
    async turn(pauseMs: number): Promise<void> {
      enter('recording');
      await clock.run(10_000);
      enter('idle');
      await clock.run(pauseMs);
    },
    enter,
    wait: clock.run,
    close,
    timers: clock.timers,
    collectedAtMs,
  };
}

describe('garbage of turns', () => {
  it('is collected in a pause, at most every four minutes', async () => {
    const { turn, collectedAtMs } = device();
    for (let minute = 0; minute < 10; minute++) await turn(50_000);
    // The fourth turn after a collection ends 3:10 after it, the fifth 4:10.
    assert.deepEqual(collectedAtMs, [252_000, 552_000]);
  });

  it('is not collected without a pause, until six minutes have passed', async () => {
    const { turn, collectedAtMs } = device();
    while (collectedAtMs.length === 0) await turn(1_000);
    const [atMs = 0] = collectedAtMs;
    assert.ok(atMs >= 6 * MINUTE_MS && atMs < 6 * MINUTE_MS + 11_000, `${atMs} ms`);
  });

  it('is never collected while somebody talks', async () => {
    const { turn, enter, wait, collectedAtMs } = device();
    await turn(3_000);
    enter('recording');
    await wait(10 * MINUTE_MS);
    enter('playing');
    await wait(10 * MINUTE_MS);
    assert.deepEqual(collectedAtMs, []);
    enter('idle');
    assert.equal(collectedAtMs.length, 1);
  });

  it('is not there without a turn', async () => {
    const { turn, enter, wait, timers, collectedAtMs } = device();
    await wait(5 * MINUTE_MS);
    await turn(60 * MINUTE_MS);
    enter('idle');
    await wait(60 * MINUTE_MS);
    assert.equal(collectedAtMs.length, 1);
    assert.equal(timers(), 0);
  });

  it('is not collected after the device has ended', async () => {
    const { turn, wait, close, collectedAtMs } = device();
    await wait(4 * MINUTE_MS);
    await turn(1_000);
    close();
    await wait(10_000);
    assert.deepEqual(collectedAtMs, []);
  });
});
