/** Behaviour of sound cards that the virtual ones do not have: refused formats, dropped samples, silence. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { cardMicrophone } from '../../actors/sound/card-microphone.ts';
import { whyNot } from '../../actors/sound/naudiodon.ts';
import { EarshotError } from '../../src/core/errors.ts';
import { SimulatedClock } from '../support/simulated-clock.ts';
import { testScope } from '../support/test-scope.ts';
import { type FakeCard, fakeCard } from './fake-naudiodon.ts';
import { analyzeSine } from './wav-files.ts';

const ramp = (length: number): Int16Array => Int16Array.from({ length }, (_, i) => i);

async function listen({ naudiodon }: FakeCard, captureBlockSamples = 320) {
  const clock = new SimulatedClock();
  const heard: number[] = [];
  const notifications: string[] = [];
  const microphone = await cardMicrophone({ naudiodon, captureBlockSamples })(
    {
      onSamples: (samples) => heard.push(...samples),
      onEnd: () => notifications.push('end'),
      onOverflow: () => notifications.push('overflow'),
      onLost: (error) => notifications.push(`${error.code} at ${clock.now()}`),
    },
    testScope(clock),
  );
  return { clock, heard, notifications, microphone };
}

/** Time as in a running process: its timers fire when they are due. */
function pass(clock: SimulatedClock, ms: number): void {
  for (let i = 0; i < ms; i += 10) clock.increment(10);
}

async function deliverFor(card: FakeCard, clock: SimulatedClock, ms: number): Promise<void> {
  for (let i = 0; i < ms; i += 20) {
    pass(clock, 20);
    await card.deliver({ samples: ramp(320) });
  }
}

describe('a microphone', () => {
  it('is opened at 16 kHz mono', async () => {
    const card = fakeCard();
    const { heard } = await listen(card, 960);
    assert.deepEqual(card.tried, ['16000/1']);
    assert.equal(card.pendingReadBytes(), 1_920);
    await card.deliver({ samples: ramp(960) });
    assert.deepEqual(Int16Array.from(heard), ramp(960));
  });

  it('is mixed when the card has only two channels', async () => {
    const card = fakeCard((format) => format === '16000/2', 'Invalid number of channels');
    const { heard } = await listen(card);
    assert.equal(card.pendingReadBytes(), 1_280);
    await card.deliver({ samples: Int16Array.of(100, 300, -5, 5, 32_767, 32_767, -32_768, -32_768) });
    assert.deepEqual(heard, [200, 0, 32_767, -32_768]);
  });

  for (const channels of [1, 2]) {
    it(`is resampled from the card's own rate, ${channels} channels`, async () => {
      const card = fakeCard((format) => format === `48000/${channels}`);
      const { heard } = await listen(card);
      assert.deepEqual(card.tried, ['16000/1', '16000/2', '48000/1', '48000/2'].slice(0, 2 + channels));
      assert.equal(card.pendingReadBytes(), 1_920 * channels);
      for (let block = 0; block < 50; block++) {
        const samples = Int16Array.from({ length: 960 * channels }, (_, i) => {
          const frame = block * 960 + Math.floor(i / channels);
          return Math.round(16_384 * Math.sin((2 * Math.PI * 1_000 * frame) / 48_000));
        });
        await card.deliver({ samples });
      }
      // The missing samples are still in the filter.
      assert.ok(heard.length <= 16_000 && heard.length > 16_000 - 64, `${heard.length} samples of a second`);
      const { level, rest } = analyzeSine(Int16Array.from(heard).subarray(320), 1_000);
      assert.ok(Math.abs(level - 0.5) < 0.005 && rest < 0.002, `level ${level}, rest ${rest}`);
    });
  }

  it('that supports no format, or is in use, is an error with the reason', async () => {
    const isOpenError = (reason: RegExp) => (error: unknown) =>
      error instanceof EarshotError && error.code === 'device_open_failed' && reason.test(error.message);
    const none = fakeCard(() => false);
    await assert.rejects(listen(none), isOpenError(/fake cannot be opened: .*sample rate/));
    assert.equal(none.tried.length, 4);
    const busy = fakeCard(() => false, 'Device unavailable');
    await assert.rejects(listen(busy), isOpenError(/unavailable/));
    assert.equal(busy.tried.length, 1);
  });

  it('counts an overflow and continues', async () => {
    const card = fakeCard();
    const { heard, notifications } = await listen(card);
    await card.deliver({ err: 'portAudio status - input overflow ' });
    await card.deliver({ samples: ramp(320) });
    assert.deepEqual(notifications, ['overflow']);
    assert.equal(heard.length, 320);
  });

  it('is lost when nothing arrived for 2 s, and only then', async () => {
    const card = fakeCard();
    const { clock, notifications } = await listen(card);
    for (let i = 0; i < 10; i++) {
      clock.increment(1_500);
      await card.deliver({ samples: ramp(320) });
    }
    assert.deepEqual(notifications, []);
    for (let i = 0; i < 200; i++) clock.increment(10);
    assert.deepEqual(notifications, ['device_lost at 16800']);
    assert.equal(card.quits, 1);
  });

  it('has its full time after this process was stopped, at any moment', async () => {
    for (let awayAtMs = 0; awayAtMs < 1_800; awayAtMs += 50) {
      const card = fakeCard();
      const { clock, notifications } = await listen(card);
      await deliverFor(card, clock, 3_000);
      pass(clock, awayAtMs);
      clock.increment(10_000);
      // Blocks of that time are seen late on a busy machine.
      pass(clock, 550);
      assert.deepEqual(notifications, [], `lost although it works, stopped at ${awayAtMs} ms`);
      await deliverFor(card, clock, 100);
      pass(clock, 1_790);
      assert.deepEqual(notifications, []);
      pass(clock, 20);
      assert.equal(notifications.length, 1);
    }
  });

  it('may start slowly, before its first block and after the few that fill its buffers', async () => {
    for (const blocks of [0, 1, 4]) {
      const card = fakeCard();
      const { clock, notifications } = await listen(card);
      await deliverFor(card, clock, blocks * 20);
      pass(clock, 3_990);
      assert.deepEqual(notifications, []);
      pass(clock, 20);
      assert.equal(notifications.length, 1);
    }
  });

  it('is lost when its stream ends by itself', async () => {
    const card = fakeCard();
    const { notifications } = await listen(card);
    await card.deliver({ finished: true });
    assert.deepEqual(notifications, ['device_lost at 0']);
  });

  it('reports nothing more after it is closed', async () => {
    const card = fakeCard();
    const { clock, heard, notifications, microphone } = await listen(card);
    microphone.close();
    microphone.close();
    await card.deliver({ samples: ramp(320) });
    clock.increment(10_000);
    assert.deepEqual([heard, notifications, card.quits], [[], [], 1]);
  });
});

describe('a sound library that cannot be loaded', () => {
  const cases: [text: string, reason: RegExp, install: RegExp][] = [
    ["Cannot find module 'naudiodon/build/Release/naudiodon.node'", /not installed/, /mend-sound/],
    [
      'libasound.so.2: cannot open shared object file: No such file or directory',
      /libasound.so.2/,
      /install libasound2\./,
    ],
    ['libportaudio.so.2: cannot open shared object file', /libportaudio/, /libportaudio2/],
    ['/x/naudiodon.node: wrong ELF class: ELFCLASS32', /does not fit/, /build-essential/],
  ];
  for (const [text, reason, install] of cases) {
    it(`the hint says what to install: ${text}`, () => {
      const error = whyNot(new Error(text));
      assert.equal(error.code, 'sound_unavailable');
      assert.match(error.message, reason);
      assert.match(error.hint, install);
    });
  }
});
