/**
 * The entry log: bounded, and at every moment sufficient to give a new reader the current state.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type ActorsState, apply, emptyActorsState } from '../../src/observability/inspect/actors-state.ts';
import type { Entry } from '../../src/observability/inspect/entries.ts';
import { createEntryLog } from '../../src/observability/inspect/entry-log.ts';

const LIMIT = 20_000;

/** A machine that counts, under a supervisor that restarts its actor repeatedly. */
function* life(steps: number): Generator<Entry> {
  yield { k: 'actor', t: 1, a: 1, name: 'counter', chart: 'counter' };
  yield { k: 'actor', t: 1, a: 2, name: 'actor', parent: 1 };
  for (let n = 1; n <= steps; n++) {
    const t = 10 * n;
    yield { k: 'msg', t, n, from: 2, to: 1, event: { type: 'tick' } };
    yield { k: 'step', t, a: 1, n, value: n % 2 ? 'odd' : 'even', context: { n }, taken: ['tick'], timers: [] };
    if (n % 100 === 0) {
      yield { k: 'gone', t, a: 2 };
      yield { k: 'actor', t, a: 2, name: 'actor', parent: 1 };
    }
  }
}

function fold(lines: string[]): ActorsState {
  const state = emptyActorsState();
  for (const line of lines) apply(state, JSON.parse(line) as Entry);
  return state;
}

test('a reader that joins at any moment gets the same state as one from the beginning', () => {
  const entryLog = createEntryLog(LIMIT);
  const there = emptyActorsState();
  let steps = 0;
  for (const entry of life(2_000)) {
    entryLog.write(entry);
    apply(there, entry);
    steps += 1;
    if (steps % 333 !== 0) continue;
    const { since: _, ...rest } = there.actors.get(2) ?? { since: 0 };
    for (const lines of [entryLog.history(), entryLog.now()]) {
      const state = fold(lines);
      assert.deepEqual(state.actors.get(1)?.context, there.actors.get(1)?.context);
      assert.equal(state.actors.get(1)?.received, there.actors.get(1)?.received);
      const { since: __, ...got } = state.actors.get(2) ?? { since: 0 };
      assert.deepEqual(got, rest);
    }
  }
  assert.equal(there.actors.get(2)?.restarts, 20);
});

test('it stays within its limit of bytes, and reports what it deleted', () => {
  const entryLog = createEntryLog(LIMIT);
  for (const entry of life(50_000)) {
    entryLog.write(entry);
    assert.ok(entryLog.stats().bytes <= LIMIT);
  }
  const { lines, forgotten, limit } = entryLog.stats();
  assert.equal(limit, LIMIT);
  assert.ok(lines < 400 && forgotten > 90_000);
});

test('a payload that is too long to read is omitted and counted', () => {
  const entryLog = createEntryLog(LIMIT);
  const lines: string[] = [];
  entryLog.follow((line) => lines.push(line));
  entryLog.write({ k: 'mark', t: 1, level: 'info', text: 'x'.repeat(70_000) });
  assert.deepEqual([lines.length, entryLog.stats().tooLarge], [0, 1]);
});
