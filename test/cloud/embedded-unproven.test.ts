/**
 * Clients of the embedded cloud without a valid key.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createUnprovenBytes } from '../../src/server/unproven-bytes.ts';

test('when all of them together sent too much, the one that sent most is dropped', () => {
  const dropped: string[] = [];
  const unproven = createUnprovenBytes(100);
  const enter = (name: string) => unproven.enter(() => dropped.push(name));
  const [large, small, late] = [enter('large'), enter('small'), enter('late')];
  large.add(70);
  small.add(20);
  late.add(20);
  assert.deepEqual(dropped, ['large']);
  // Neither its past nor its future bytes are counted.
  large.add(1_000);
  late.add(50);
  assert.deepEqual(dropped, ['large']);
  late.add(20);
  assert.deepEqual(dropped, ['large', 'late']);
});

test('a client with a valid key is not counted any more', () => {
  const unproven = createUnprovenBytes(100);
  const drop = () => assert.fail('dropped');
  for (let i = 0; i < 10; i++) {
    const caller = unproven.enter(drop);
    caller.add(90);
    caller.leave();
    caller.leave();
  }
});

test('a disabled limit drops no client', () => {
  const caller = createUnprovenBytes(Number.POSITIVE_INFINITY).enter(() => assert.fail('dropped'));
  caller.add(1e12);
});
