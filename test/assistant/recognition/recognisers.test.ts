/**
 * The recognisers and their passes, with recognisers of the test's own: who waits for whom, what is left out, and what grows.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createPassScheduler, type PassKind } from '../../../actors/assistant/recognition/pass-scheduler.ts';
import { createRecognisers, type Recogniser } from '../../../actors/assistant/recognition/recognisers.ts';
import type { EarshotError } from '../../../src/core/errors.ts';
import { silentLog } from '../../../src/core/log/log.ts';
import { testClock } from '../../support/simulated-clock.ts';

const never = new AbortController().signal;
const settled = () => new Promise(setImmediate);

function harness({ min = 1, max = 1, queueLimit = 3 } = {}) {
  const clock = testClock();
  const started: number[] = [];
  const ends: (() => void)[] = [];
  let closed = 0;
  const open = (): Recogniser => ({
    recognise: ([hearing]) =>
      new Promise((resolve) => {
        const { length = 0 } = hearing?.samples ?? {};
        started.push(length);
        ends.push(() => resolve([`text ${length}`]));
      }),
    async close() {
      closed += 1;
    },
  });
  const recognisers = createRecognisers({ min, max, open, onMore: () => scheduler.onMore(), clock, log: silentLog });
  const scheduler = createPassScheduler({ recognisers, queueLimit, clock });
  const request = async (kind: PassKind, length: number, signal = never) => {
    const texts = await scheduler.request(kind, () => [{ samples: new Int16Array(length), pace: 1 }], signal);
    return texts?.[0];
  };
  /** Ends the pass that began first. */
  const endOne = async () => {
    ends.shift()?.();
    await settled();
  };
  return { clock, recognisers, scheduler, request, started, endOne, closed: () => closed };
}

test('who waits for an answer comes before who pauses, and both before what is heard again, each in the order of arrival', async () => {
  const { request, started, endOne } = harness({ queueLimit: 5 });
  const kinds = ['final', 'again', 'pause', 'final', 'again', 'final'] as const;
  const passes = kinds.map((kind, at) => request(kind, at + 1));
  for (let count = 0; count < 6; count++) await endOne();
  assert.deepEqual(started, [1, 4, 6, 3, 2, 5]);
  assert.deepEqual(await Promise.all(passes), ['text 1', 'text 2', 'text 3', 'text 4', 'text 5', 'text 6']);
});

test('for what is heard again no other recogniser is loaded, and its place is given to any other pass', async () => {
  const { recognisers, scheduler, request, endOne } = harness({ max: 2, queueLimit: 1 });
  const first = request('final', 1);
  const again = request('again', 2);
  await settled();
  assert.equal(recognisers.counts().loaded, 1);
  const pause = request('pause', 3);
  assert.equal(await again, undefined);
  assert.equal(scheduler.counts().shedAgain, 1);
  for (let count = 0; count < 3; count++) await endOne();
  assert.deepEqual([await first, await pause], ['text 1', 'text 3']);
});

test('partial passes are left out while anybody waits or works, and rest as long as they took', async () => {
  const { clock, scheduler, request, endOne } = harness();
  const first = request('partial', 1);
  assert.equal(await request('partial', 2), undefined);
  await clock.pass(100);
  await endOne();
  assert.equal(await first, 'text 1');
  await clock.pass(99);
  assert.equal(await request('partial', 3), undefined, 'it rests');
  await clock.pass(1);
  const fourth = request('partial', 4);
  const final = request('final', 5);
  await endOne();
  assert.equal(await fourth, 'text 4');
  assert.equal(await request('partial', 6), undefined, 'somebody works');
  await endOne();
  assert.equal(await final, 'text 5');
  const counts = { final: 1, pause: 0, again: 0, partial: 2, shedPartial: 3, shedPause: 0, shedAgain: 0, refused: 0 };
  assert.deepEqual(scheduler.counts(), counts);
});

test('the queue is limited: a final pass takes the place of one at a pause, and is refused only behind final ones', async () => {
  const { scheduler, request, endOne } = harness({ queueLimit: 2 });
  const passes = [request('final', 1), request('pause', 2), request('pause', 3)];
  assert.equal(await request('pause', 4), undefined);
  passes.push(request('final', 5));
  assert.equal(await passes[2], undefined, 'the last pause is left out');
  passes.push(request('final', 6));
  assert.equal(await passes[1], undefined);
  await assert.rejects(request('final', 7), (error: EarshotError) => error.code === 'assistant_busy');
  assert.deepEqual(scheduler.queue(), { name: 'recognition', depth: 2, limit: 2, sent: 1, dropped: 4 });
  for (let count = 0; count < 3; count++) await endOne();
  assert.deepEqual(await Promise.all(passes), ['text 1', undefined, undefined, 'text 5', 'text 6']);
});

test('after an abort nobody waits; the recogniser is taken again when its pass has ended', async () => {
  const { request, started, endOne } = harness();
  const stop = new AbortController();
  const running = request('final', 1, stop.signal);
  const waiting = request('final', 2, stop.signal);
  const next = request('final', 3);
  stop.abort(new Error('interrupted'));
  await assert.rejects(running, /interrupted/);
  await assert.rejects(waiting, /interrupted/);
  await assert.rejects(request('final', 4, stop.signal), /interrupted/);
  assert.deepEqual(started, [1]);
  await endOne();
  assert.deepEqual(started, [1, 3]);
  await endOne();
  assert.equal(await next, 'text 3');
});

test('while somebody waits another recogniser is loaded; without work it is closed again', async () => {
  const { clock, recognisers, request, started, endOne, closed } = harness({ max: 2 });
  const [first, second] = [request('final', 1), request('final', 2)];
  await settled();
  assert.deepEqual(started, [1, 8_000], 'the second one loads its model');
  assert.deepEqual(recognisers.counts(), { free: 0, loaded: 2 });
  const third = request('final', 3);
  await settled();
  assert.equal(started.length, 2, 'there are no more than two');
  for (let count = 0; count < 4; count++) await endOne();
  assert.deepEqual(await Promise.all([first, second, third]), ['text 1', 'text 2', 'text 3']);
  await clock.pass(60_000);
  assert.deepEqual([recognisers.counts(), closed()], [{ free: 1, loaded: 1 }, 1]);
  await recognisers.close();
  assert.equal(closed(), 2);
});

test('with two recognisers one is kept for those who wait', async () => {
  const { recognisers, request } = harness({ min: 2, max: 2 });
  const partial = request('partial', 1);
  partial.catch(() => undefined);
  assert.deepEqual(recognisers.counts(), { free: 1, loaded: 2 });
  const final = request('final', 2);
  final.catch(() => undefined);
  assert.deepEqual(recognisers.counts(), { free: 0, loaded: 2 });
});

test('a recogniser that cannot be loaded leaves the others as they are', async () => {
  const clock = testClock();
  let opened = 0;
  const open = (): Recogniser => {
    opened += 1;
    const isFirst = opened === 1;
    return {
      recognise: () => (isFirst ? new Promise(() => {}) : Promise.reject(new Error('no memory'))),
      close: async () => {},
    };
  };
  const recognisers = createRecognisers({ min: 1, max: 3, open, onMore: () => assert.fail(), clock, log: silentLog });
  recognisers.grow();
  await settled();
  assert.deepEqual(recognisers.counts(), { free: 1, loaded: 1 });
  await recognisers.close();
  recognisers.grow();
  assert.equal(opened, 2);
});
