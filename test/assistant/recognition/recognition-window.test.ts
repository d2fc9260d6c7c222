/**
 * A window of an utterance: when it asks for passes, and that there is nothing to do at its end when a pause came before. The passes are the
 * test's own; a word of speech is a tone.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { PartialTranscript } from '../../../actors/assistant/parts/transcriber.ts';
import type { PassKind } from '../../../actors/assistant/recognition/pass-scheduler.ts';
import { createRecognitionWindow } from '../../../actors/assistant/recognition/recognition-window.ts';
import { EarshotError } from '../../../src/core/errors.ts';

const MS = 16;
const settled = () => new Promise(setImmediate);

interface Asked {
  kind: PassKind;
  signal: AbortSignal;
  pace: number | undefined;
  /** Begins the pass: milliseconds of audio that it gets. */
  begin(): number;
  end(text: string | undefined): Promise<void>;
  fail(): Promise<void>;
}

function harness() {
  const asked: Asked[] = [];
  const partials: PartialTranscript[] = [];
  const pauses: string[] = [];
  const stop = new AbortController();
  let nowMs = 0;
  const window = createRecognitionWindow({
    clock: { now: () => nowMs },
    scheduler: {
      request: (kind, samples, signal, pace) =>
        new Promise((resolve, reject) => {
          asked.push({
            kind,
            signal,
            pace,
            begin: () => Math.round(samples().length / MS),
            async end(text) {
              resolve(text);
              await settled();
            },
            async fail() {
              reject(new EarshotError('assistant_failed', 'a crash', 'Nothing.'));
              await settled();
            },
          });
        }),
    },
    signal: stop.signal,
    onPartial: (partial) => partials.push(partial),
    onPause: (text) => pauses.push(text),
  });
  const add = (ms: number, level: number) => {
    for (let at = 0; at < ms; at += 20) {
      const sample = (_: unknown, index: number) =>
        Math.round(level * Math.sin(((at * MS + index) * 2 * Math.PI) / 40));
      window.add(Int16Array.from({ length: 20 * MS }, sample));
    }
  };
  return {
    window,
    passTime: (ms: number) => {
      nowMs += ms;
    },
    asked,
    partials,
    pauses,
    stop,
    speak: (ms: number) => add(ms, 8_000),
    pause: (ms: number) => add(ms, 0),
    last: () => asked.at(-1) as Asked,
  };
}

test('while somebody speaks there is a pass for each second, one at a time', async () => {
  const { asked, last, partials, speak } = harness();
  speak(980);
  assert.equal(asked.length, 0);
  speak(100);
  assert.deepEqual([asked.length, last().kind, last().begin()], [1, 'partial', 1_080]);
  speak(2_000);
  assert.equal(asked.length, 1, 'one at a time');
  await last().end('one two');
  assert.deepEqual(partials, [{ text: 'one two', stableText: '' }]);
  assert.deepEqual([asked.length, last().kind, last().begin()], [2, 'partial', 3_080]);
  await last().end('one two three');
  assert.deepEqual(partials.at(-1), { text: 'one two three', stableText: 'one' });
});

test('a pass begins in a short silence; the pause is told with its text, and the end needs no other pass', async () => {
  const { window, asked, last, pauses, speak, pause } = harness();
  pause(300);
  speak(600);
  pause(100);
  assert.equal(asked.length, 0);
  pause(40);
  assert.deepEqual([asked.length, last().kind], [1, 'pause']);
  last().begin();
  await last().end('yes');
  assert.deepEqual(pauses, [], 'it is too short for a pause');
  pause(100);
  assert.deepEqual(pauses, ['yes']);
  pause(500);
  assert.equal(await window.finish(), 'yes');
  assert.deepEqual([asked.length, pauses.length], [1, 1]);
});

test('who goes on after a pause is recognised again', async () => {
  const { window, asked, last, pauses, speak, pause } = harness();
  speak(600);
  pause(300);
  last().begin();
  await last().end('set a timer');
  speak(700);
  pause(300);
  assert.equal(last().kind, 'pause');
  last().begin();
  await last().end('set a timer for ten');
  assert.deepEqual(pauses, ['set a timer', 'set a timer for ten']);
  assert.equal(await window.finish(), 'set a timer for ten');
  assert.ok(asked.every(({ kind }) => kind !== 'final'));
});

test('at the end a pass that has all of the speech is awaited; one that waits or fails is replaced', async () => {
  for (const [what, kinds] of [
    ['ends', ['pause']],
    ['waits', ['pause', 'final']],
    ['fails', ['pause', 'final']],
  ] as const) {
    const { window, asked, speak, pause } = harness();
    speak(600);
    pause(160);
    if (what !== 'waits') asked[0]?.begin();
    const text = window.finish();
    if (what === 'ends') await asked[0]?.end('yes');
    if (what === 'fails') await asked[0]?.fail();
    await settled();
    if (what === 'waits') assert.equal(asked[0]?.signal.aborted, true);
    await asked[1]?.end('yes');
    assert.equal(await text, 'yes');
    assert.deepEqual(
      asked.map(({ kind }) => kind),
      kinds,
      what,
    );
  }
});

test('speech after the last pass is recognised at the end, and a failure is told', async () => {
  const { window, last, speak } = harness();
  speak(900);
  const text = window.finish();
  assert.equal(last().kind, 'final');
  assert.equal(last().begin(), 900);
  const isTold = assert.rejects(text, (error: EarshotError) => error.code === 'assistant_failed');
  await last().fail();
  await isTold;
});

test('a pass that is left out is tried again later', async () => {
  const { asked, last, speak } = harness();
  speak(1_040);
  await last().end(undefined);
  assert.equal(asked.length, 1);
  speak(240);
  assert.equal(asked.length, 1);
  speak(80);
  assert.equal(asked.length, 2);
});

test('silence is no speech, and needs no pass', async () => {
  const { window, asked, pauses, pause } = harness();
  pause(3_000);
  assert.equal(await window.finish(), '');
  assert.deepEqual([asked.length, pauses.length], [0, 0]);
});

test('long silence before and after the speech is not recognised', async () => {
  const { asked, last, speak, pause } = harness();
  pause(2_000);
  speak(600);
  pause(3_000);
  assert.equal(asked.length, 1);
  const lengthMs = last().begin();
  assert.ok(lengthMs > 600 && lengthMs < 1_600, `${lengthMs} ms`);
});

test('after an abort nothing is told', async () => {
  const { asked, last, partials, pauses, speak, pause, stop } = harness();
  speak(1_100);
  stop.abort(new Error('interrupted'));
  await last().end('one two');
  speak(1_500);
  pause(300);
  assert.deepEqual([partials, pauses, asked.length], [[], [], 1]);
});

test('an error of the receiver fails the utterance', async () => {
  const window = createRecognitionWindow({
    scheduler: { request: () => Promise.resolve('text') },
    clock: { now: () => 0 },
    signal: new AbortController().signal,
    onPartial() {
      throw new Error('in the receiver');
    },
    onPause() {},
  });
  window.add(Int16Array.from({ length: 1_200 * MS }, (_, index) => 8_000 * Math.sin(index / 6)));
  await settled();
  await assert.rejects(window.finish(), /in the receiver/);
});

/** How well the texts of these tests are understood. */
const UNDERSTOOD: Record<string, number> = { 'set a timer': 1, 'set a dime': 0.8, 'said a timer': 0.7 };
const understands = async (text: string) => UNDERSTOOD[text] ?? 0;

test('what is not understood is heard again at another pace, and with more and less before the speech, until it is', async () => {
  const { window, asked, last, speak, pause } = harness();
  pause(300);
  speak(600);
  pause(60);
  const text = window.finish(understands);
  const lengths: number[] = [];
  for (const heard of ['that a time', 'said a dime', 'sat a tame', 'cent a time', 'set a timer']) {
    lengths.push(last().begin());
    await last().end(heard);
  }
  assert.equal(await text, 'set a timer');
  const again = asked.slice(-5);
  assert.deepEqual(
    again.map(({ kind }) => kind),
    ['final', 'pause', 'pause', 'pause', 'pause'],
  );
  assert.deepEqual(
    again.map(({ pace }) => pace),
    [undefined, 0.95, undefined, 1.05, undefined],
  );
  const [first = 0, slower, more = 0, faster, less = 0] = lengths;
  assert.ok(slower === first && faster === first && more > first && less < first, lengths.join());
});

test('what is understood well is heard once; of what is not, the best of all tries is taken', async () => {
  for (const [heard, best] of [
    [['set a timer'], 'set a timer'],
    [['that a time', 'set a timer'], 'set a timer'],
    [['said a timer', 'that a time', 'set a dime', 'that a time', 'said a timer'], 'set a dime'],
    [['that a time', 'said a dime', 'sat a tame', 'cent a time', 'zed a time'], 'that a time'],
  ] as const) {
    const { window, asked, last, speak, pause } = harness();
    pause(300);
    speak(600);
    pause(60);
    const text = window.finish(understands);
    const before = asked.length;
    last().begin();
    for (const each of heard) await last().end(each);
    assert.equal(await text, best);
    assert.equal(asked.length - before, heard.length - 1);
  }
});

test('the best text so far stays when others wait', async () => {
  const { window, last, speak, pause } = harness();
  pause(300);
  speak(600);
  pause(60);
  const text = window.finish(understands);
  last().begin();
  for (const heard of ['that a time', 'said a timer', undefined]) await last().end(heard);
  assert.equal(await text, 'said a timer');
});

test('a try that would end too late does not begin: the time is counted from the end of the utterance', async () => {
  for (const [passMs, tries] of [
    [60, 3],
    [100, 1],
    [140, 0],
  ] as const) {
    const { window, asked, last, passTime, speak, pause } = harness();
    pause(300);
    speak(600);
    pause(60);
    const text = window.finish(understands);
    const before = asked.length;
    for (let ended = 0; ended <= tries; ended++) {
      last().begin();
      passTime(passMs);
      await last().end('that a time');
    }
    assert.equal(await text, 'that a time');
    assert.equal(asked.length - before, tries, `passes of ${passMs} ms`);
  }
});

test('on a slow machine it is not heard again', async () => {
  const { window, asked, last, passTime, speak, pause } = harness();
  pause(300);
  speak(600);
  pause(60);
  const text = window.finish(understands);
  last().begin();
  await last().end('that a time');
  const before = asked.length;
  passTime(600);
  await last().end('said a timer');
  assert.equal(await text, 'said a timer');
  assert.equal(asked.length, before);
});
