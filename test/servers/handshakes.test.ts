/**
 * Which connection is dropped when too many are not authenticated yet.
 */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { createHandshakes, type Handshake, type Stage } from '../../src/server/handshakes.ts';
import fc from '../support/fast-check.ts';

function room(handshakesPerAddress: number, handshakes: number) {
  const limited = createHandshakes({ handshakesPerAddress, handshakes });
  const gone: string[] = [];
  return {
    ...limited,
    gone,
    come: (owner: string | undefined, name: string) => limited.enter(owner, () => gone.push(name)),
  };
}

describe('the oldest is dropped', () => {
  test('of an address with too many, and the new one stays', () => {
    const { come, gone, count } = room(2, 10);
    for (const name of ['first', 'second', 'third', 'fourth']) come('a', name);
    come('b', 'another');
    assert.deepEqual(gone, ['first', 'second']);
    assert.equal(count(), 3);
  });

  test('of the address with the most, when there are too many in total', () => {
    const { come, gone } = room(10, 4);
    for (const name of ['b1', 'a1', 'a2', 'a3', 'c1']) come(name.charAt(0), name);
    assert.deepEqual(gone, ['a1']);
  });

  test('of all, when each address has one', () => {
    const { come, gone } = room(10, 3);
    for (const name of ['a', 'b', 'c', 'd']) come(name, name);
    assert.deepEqual(gone, ['a']);
  });
});

test('a client that fills one stage does not prevent others from passing through another stage', () => {
  const { come, gone } = room(3, 100);
  for (let i = 0; i < 3; i++) come('a', `held ${i}`).reach('unproven');
  const honest = come('a', 'honest');
  for (let i = 0; i < 2; i++) come('a', `silent ${i}`);
  assert.equal(gone.length, 0);
  honest.reach('unproven');
  assert.equal(gone.join(), 'held 0');
  honest.reach('proving');
  for (let i = 0; i < 50; i++) come('a', `late ${i}`).reach('unproven');
  assert.ok(!gone.includes('honest'));
});

test('a connection of a proxy counts in the total until its client is known', () => {
  const { come, gone, count } = room(1, 10);
  const [one, two] = [come(undefined, 'one'), come(undefined, 'two')];
  assert.deepEqual(gone, []);
  one.reach('unproven', 'a');
  two.reach('unproven', 'a');
  assert.deepEqual(gone, ['one']);
  assert.equal(count(), 1);
});

test('a closed connection is not counted, and none is dropped twice', () => {
  const { come, gone, count, dropped } = room(1, 10);
  const first = come('a', 'first');
  first.leave();
  first.leave();
  const second = come('a', 'second');
  come('a', 'third');
  second.reach('proving');
  second.leave();
  assert.deepEqual([gone, count(), dropped()], [['second'], 1, 1]);
});

test('for any sequence, the limits hold and the count is right', () => {
  const stages: Stage[] = ['silent', 'unproven', 'proving', 'refused'];
  const step = fc.record({
    owner: fc.integer({ min: 0, max: 5 }),
    act: fc.integer({ min: 0, max: 5 }),
    at: fc.nat(50),
  });
  fc.assert(
    fc.property(
      fc.array(step, { maxLength: 300 }),
      fc.integer({ min: 1, max: 5 }),
      fc.integer({ min: 1, max: 12 }),
      (steps, perAddress, total) => {
        const limited = createHandshakes({ handshakesPerAddress: perAddress, handshakes: total });
        const inside = new Map<Handshake, { owner: number; stage: Stage }>();
        for (const { owner, act, at } of steps) {
          const some = [...inside.keys()][at % Math.max(1, inside.size)];
          if (act < 3 || !some) {
            let mine: Handshake | undefined;
            mine = limited.enter(String(owner), () => mine && inside.delete(mine));
            inside.set(mine, { owner, stage: 'silent' });
          } else if (act < 5) {
            const stage = stages[at % stages.length] as Stage;
            Object.assign(inside.get(some) as object, { owner, stage });
            some.reach(stage, String(owner));
          } else {
            inside.delete(some);
            some.leave();
          }
          assert.equal(limited.count(), inside.size);
          assert.ok(inside.size <= total);
          const groups = [...inside.values()].map((each) => `${each.owner} ${each.stage}`);
          for (const group of groups) assert.ok(groups.filter((other) => other === group).length <= perAddress);
        }
      },
    ),
    { numRuns: 500, seed: 12 },
  );
});
