import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createSharedMicrophone } from '../../actors/listening/shared-microphone.ts';
import type { Microphone, MicrophoneHandlers } from '../../actors/sound/port.ts';
import { silentLog } from '../../src/core/log/log.ts';
import { fakeMicrophone, UNPLUGGED } from '../support/fake-sound.ts';
import fc from '../support/fast-check.ts';
import { settle } from '../support/run-actor.ts';
import { SimulatedClock } from '../support/simulated-clock.ts';
import { testScope } from '../support/test-scope.ts';

/** What one user of the microphone was told. Samples are numbered from the beginning of the test. */
function user() {
  const samples: { value: number; atMs: number }[] = [];
  const told: string[] = [];
  const handlers: MicrophoneHandlers = {
    onSamples(block, lastSampleAtMs) {
      for (const [i, value] of block.entries()) {
        samples.push({ value, atMs: lastSampleAtMs - (block.length - 1 - i) / 16 });
      }
    },
    onEnd: () => told.push('end'),
    onOverflow: () => told.push('overflow'),
    onLost: (error) => told.push(error.code),
  };
  return { handlers, samples, told };
}

function sharing() {
  const clock = new SimulatedClock();
  const card = fakeMicrophone();
  const errors: string[] = [];
  const log = { ...silentLog, error: (message: string) => void errors.push(message) };
  const shared = createSharedMicrophone({ openMicrophone: card.open, clock, log });
  const scope = testScope(clock);
  let recorded = 0;
  return {
    ...{ clock, card, shared, errors },
    listen: (who = user()) => shared.listen(who.handlers, scope),
    record: (who: ReturnType<typeof user>) => shared.record(who.handlers, scope),
    /** The card records for this long: each millisecond has its number as samples, and is over at that time. */
    speak(ms: number, blockMs = 20) {
      for (let left = ms; left > 0; left -= blockMs) {
        const length = Math.min(left, blockMs);
        clock.increment(length);
        const block = Int16Array.from({ length: length * 16 }, (_, i) => (recorded + Math.floor(i / 16)) % 30_000);
        recorded += length;
        card.handlers?.onSamples(block, clock.now());
      }
    },
  };
}

/** The milliseconds that were recorded. */
const millisecondsOf = ({ samples }: ReturnType<typeof user>) =>
  samples.filter((_, i) => i % 16 === 0).map(({ value }) => value);
const range = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => from + i);

test('a recording begins with what was said before it, then goes on without a gap; all samples have their true times', async () => {
  const { clock, shared, listen, record, speak, card } = sharing();
  await listen();
  speak(1_000);
  shared.beginNextAt(clock.now() - 410);
  const capture = user();
  await record(capture);
  speak(100);
  assert.deepEqual(millisecondsOf(capture), range(590, 1_100));
  for (const { value, atMs } of capture.samples) assert.ok(atMs > value && atMs <= value + 1, `${value} at ${atMs}`);
  assert.equal(card.opened, 1);
  assert.deepEqual(shared.stats(), {
    ...{ name: 'pre-roll', unit: 'ms', limit: 3_000, depth: 1_100, sent: 410, dropped: 0 },
  });
});

test('only the next recording gets it, and only in time', async () => {
  const { clock, shared, listen, record, speak } = sharing();
  await listen();
  speak(500);
  shared.beginNextAt(clock.now() - 300);
  const [first, second, late] = [user(), user(), user()];
  await record(first);
  speak(20);
  await record(second);
  speak(20);
  assert.deepEqual(millisecondsOf(second), range(520, 540), 'a press records from the press on');
  shared.beginNextAt(clock.now() - 300);
  speak(6_000);
  await record(late);
  speak(20);
  assert.equal(millisecondsOf(late).length, 20, 'a trigger that was not taken is forgotten');
  shared.beginNextAt(clock.now());
  shared.beginNextAt(undefined);
  const withdrawn = user();
  await record(withdrawn);
  speak(20);
  assert.equal(millisecondsOf(withdrawn).length, 20);
});

test('what is not stored any more is missing, and is counted', async () => {
  const { clock, shared, listen, record, speak } = sharing();
  await listen();
  speak(5_000);
  shared.beginNextAt(clock.now() - 3_500);
  const capture = user();
  await record(capture);
  speak(20);
  assert.deepEqual(millisecondsOf(capture), range(2_000, 5_020));
  assert.deepEqual([shared.stats().sent, shared.stats().dropped], [3_000, 500]);
});

test('when a recording closes, the listener goes on; when the listener closes too, nothing is left open', async () => {
  const { shared, listen, record, speak, card } = sharing();
  const [listener, capture] = [user(), user()];
  const listening = await listen(listener);
  const recording = await record(capture);
  speak(20);
  recording.close();
  speak(20);
  assert.deepEqual([millisecondsOf(listener).length, millisecondsOf(capture).length, card.isOpen], [40, 20, true]);
  listening.close();
  assert.equal(card.isOpen, false);
  assert.equal(shared.stats().depth, 0, 'nothing of it is kept');
});

test('when the listener closes first, the recording goes on, with its pre-roll', async () => {
  const { clock, shared, listen, record, speak, card } = sharing();
  const listening = await listen();
  speak(100);
  shared.beginNextAt(clock.now() - 50);
  const capture = user();
  const recording = await record(capture);
  listening.close();
  speak(20);
  assert.deepEqual([millisecondsOf(capture), card.isOpen], [range(50, 120), true]);
  recording.close();
  assert.deepEqual([card.isOpen, card.opened], [false, 1]);
});

test('without the listener nothing is stored', async () => {
  const { clock, shared, record, speak, card } = sharing();
  shared.beginNextAt(clock.now() - 300);
  const capture = user();
  const recording = await record(capture);
  speak(100);
  assert.deepEqual([millisecondsOf(capture), shared.stats().depth], [range(0, 100), 0]);
  recording.close();
  assert.equal(card.isOpen, false);
});

test('a lost card is lost for all; the next open opens it again, and what was before is not pre-roll', async () => {
  const { clock, shared, listen, record, speak, card } = sharing();
  const [listener, capture, next] = [user(), user(), user()];
  await listen(listener);
  speak(1_000);
  shared.beginNextAt(clock.now() - 100);
  await record(capture);
  card.handlers?.onLost(UNPLUGGED);
  assert.deepEqual([listener.told, capture.told], [['device_lost'], ['device_lost']]);
  assert.equal(millisecondsOf(capture).length, 100, 'what was stored is not lost');
  await listen(listener);
  shared.beginNextAt(clock.now() - 300);
  await record(next);
  speak(20);
  assert.deepEqual([millisecondsOf(next).length, card.opened], [20, 2]);
});

test('an overflow and the end of a file are told to all', async () => {
  const { shared, listen, record, speak, card } = sharing();
  const [listener, capture] = [user(), user()];
  await listen(listener);
  await record(capture);
  speak(20);
  card.handlers?.onOverflow();
  speak(20);
  const late = user();
  shared.beginNextAt(0);
  await record(late);
  card.handlers?.onEnd();
  assert.deepEqual(
    [listener.told, capture.told, late.told],
    [...Array(2).fill(['overflow', 'end']), ['overflow', 'end']],
  );
  card.handlers?.onLost(UNPLUGGED);
  assert.deepEqual(listener.told, ['overflow', 'end'], 'nothing follows the end');
});

test('two that open it at the same time get one card; both fail when it cannot be opened', async () => {
  const { listen, record, card } = sharing();
  const both = await Promise.all([listen(), record(user())]);
  assert.equal(card.opened, 1);
  for (const each of both) each.close();
  assert.equal(card.isOpen, false);
  card.failure = UNPLUGGED;
  const failed = await Promise.allSettled([listen(), record(user())]);
  assert.deepEqual(
    failed.map(({ status }) => status),
    ['rejected', 'rejected'],
  );
  card.failure = undefined;
  await record(user());
  assert.equal(card.isOpen, true);
});

test('one that closes at once does not close it for one that is still opening', async () => {
  const { listen, record, card } = sharing();
  const opening = [listen(), record(user())] as const;
  (await opening[0]).close();
  await opening[1];
  assert.deepEqual([card.opened, card.isOpen], [1, true]);
});

test('when the listener closes while a recording joins, the card stays open for it', async () => {
  const { listen, record, card } = sharing();
  const listening = await listen();
  const joining = record(user());
  listening.close();
  const recording = await joining;
  assert.deepEqual([card.opened, card.isOpen], [1, true]);
  recording.close();
  assert.equal(card.isOpen, false);
});

test('when the code of the card throws, the card is lost for its users, and nothing else happens', async () => {
  const clock = new SimulatedClock();
  const errors: string[] = [];
  const log = { ...silentLog, error: (message: string) => void errors.push(message) };
  let closed = 0;
  const shared = createSharedMicrophone({
    ...{ clock, log },
    async openMicrophone(_handlers, scope) {
      scope.clock.setTimeout(() => {
        throw new TypeError('a bug of the card');
      }, 10);
      return { device: 'card', close: () => (closed += 1) };
    },
  });
  const [listener, capture] = [user(), user()];
  await shared.listen(listener.handlers, testScope(clock));
  await shared.record(capture.handlers, testScope(clock));
  clock.increment(10);
  await settle();
  assert.deepEqual(
    [listener.told, capture.told, closed, errors],
    [['device_lost'], ['device_lost'], 1, ['the microphone crashed']],
  );
});

test('the beginning of a recording is not that of a later one, also where the listener began in between', async () => {
  const { clock, shared, listen, record, speak } = sharing();
  shared.beginNextAt(clock.now());
  const first = await record(user());
  await listen();
  speak(10, 10);
  first.close();
  const second = user();
  await record(second);
  speak(10, 10);
  assert.deepEqual(millisecondsOf(second), range(10, 20));
});

test('whatever happens: each recording is gapless from its beginning on, and the card is open as long as one uses it', async () => {
  const steps = fc.array(
    fc.oneof(
      fc.record({
        what: fc.constant('speak' as const),
        ms: fc.integer({ min: 1, max: 700 }),
        blockMs: fc.integer({ min: 1, max: 64 }),
      }),
      fc.record({ what: fc.constantFrom('listen' as const, 'stop listening' as const, 'stop recording' as const) }),
      fc.record({ what: fc.constant('record' as const), beforeMs: fc.option(fc.integer({ min: 0, max: 1_500 })) }),
    ),
    { maxLength: 30 },
  );
  await fc.assert(
    fc.asyncProperty(steps, async (history) => {
      const { clock, shared, listen, record, speak, card } = sharing();
      let listening: Microphone | undefined;
      let recording: { closes: Microphone; who: ReturnType<typeof user>; beginsAtMs: number } | undefined;
      let recordedFromMs = 0;
      let total = 0;
      for (const step of history) {
        if (step.what === 'speak' && card.isOpen) {
          speak(step.ms, step.blockMs);
          total += step.ms;
        } else if (step.what === 'listen' && !listening) {
          listening = await listen();
          recordedFromMs = total;
        } else if (step.what === 'stop listening') {
          listening?.close();
          listening = undefined;
        } else if (step.what === 'stop recording' || step.what === 'record') {
          recording?.closes.close();
          if (recording) {
            const got = millisecondsOf(recording.who);
            assert.deepEqual(got, got.length > 0 ? range(recording.beginsAtMs, total) : []);
          }
          recording = undefined;
          if (step.what !== 'record') continue;
          const who = user();
          if (step.beforeMs !== null) shared.beginNextAt(clock.now() - step.beforeMs);
          // A listener that has just begun has stored nothing.
          const beginsAtMs =
            step.beforeMs !== null && listening
              ? Math.max(recordedFromMs, total - step.beforeMs, total - 3_000)
              : total;
          recording = { closes: await record(who), who, beginsAtMs };
        }
        assert.equal(card.isOpen, listening !== undefined || recording !== undefined);
      }
    }),
    { numRuns: 60 },
  );
});
