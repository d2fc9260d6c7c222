/** Writes of stored turns in a browser: few commits, in order, and no failure that nobody hears of. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createGatheredWrites, type GatheredWrite } from '../../src/client/browser/gathered-writes.ts';
import { SimulatedClock } from '../support/simulated-clock.ts';

/** A store whose commits end when the test says so. */
function open() {
  const clock = new SimulatedClock();
  const commits: GatheredWrite[][] = [];
  const ends: { resolve: () => void; reject: (error: Error) => void }[] = [];
  const writes = createGatheredWrites((gathered) => {
    commits.push([...gathered]);
    return new Promise<void>((resolve, reject) => ends.push({ resolve, reject }));
  }, clock);
  return { clock, commits, ends, writes };
}

const text = (write: GatheredWrite | undefined) =>
  write && `${write.path}@${write.at} ${Buffer.from(write.bytes).toString()}`;
const bytes = (of: string) => new TextEncoder().encode(of);

test('packets of a quarter of a second are one commit, in their order', () => {
  const { clock, commits, writes } = open();
  const packet = bytes('ab');
  assert.equal(writes.add('one', packet, 0), undefined);
  // Its memory may be used again.
  packet.fill(0);
  clock.increment(20);
  void writes.add('one', bytes('cd'), 2);
  clock.increment(229);
  assert.equal(commits.length, 0);
  clock.increment(1);
  assert.deepEqual(
    commits.map((each) => each.map(text)),
    [['one@0 ab', 'one@2 cd']],
  );
});

test('who writes waits for a commit that runs', async () => {
  const { clock, ends, writes } = open();
  void writes.add('one', bytes('ab'), 0);
  clock.increment(250);
  const done: string[] = [];
  const second = Promise.resolve(writes.add('one', bytes('cd'), 2)).then(() => done.push('second'));
  await Promise.resolve();
  assert.deepEqual(done, []);
  ends[0]?.resolve();
  await second;
  assert.equal(writes.add('one', bytes('ef'), 4), undefined);
});

test('what is written as the page ends is committed at once, with what waits', async () => {
  const { commits, ends, writes } = open();
  void writes.add('one', bytes('ab'), 0);
  writes.addNow('one', bytes('cd'), 2);
  assert.deepEqual(commits[0]?.map(text), ['one@0 ab', 'one@2 cd']);
  const all = writes.commit();
  ends[0]?.resolve();
  await all;
  assert.equal(commits.length, 1);
});

test('a commit that fails fails the next write of its file, and no other', async () => {
  const { clock, ends, writes } = open();
  void writes.add('one', bytes('ab'), 0);
  clock.increment(250);
  ends[0]?.reject(new Error('the disk is full'));
  await writes.commit();
  assert.throws(() => writes.add('one', bytes('cd'), 2), /full/);
  assert.throws(() => writes.check('one'), /full/);
  void writes.add('two', bytes('cd'), 0);
  writes.forget('one');
  writes.check('one');
});
