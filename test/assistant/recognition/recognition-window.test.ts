/**
 * A window of an utterance: when it asks for passes, and that there is nothing to do at its end when a pause came before. The passes are the
 * test's own; a word of speech is a tone.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { PartialTranscript } from '../../../actors/assistant/parts/transcriber.ts';
import type { PassKind } from '../../../actors/assistant/recognition/pass-scheduler.ts';
import type { Hearing } from '../../../actors/assistant/recognition/recogniser-worker.ts';
import {
  createRecognitionWindow,
  type WindowOptions,
} from '../../../actors/assistant/recognition/recognition-window.ts';
import { EarshotError } from '../../../src/core/errors.ts';
import { ready, testClock } from '../../support/simulated-clock.ts';

const MS = 16;

interface Asked {
  kind: PassKind;
  signal: AbortSignal;
  hearings(): readonly Hearing[];
  /** Begins the pass: milliseconds of audio that it gets. */
  begin(): number;
  end(...texts: (string | undefined)[]): Promise<void>;
  fail(): Promise<void>;
}

function harness({
  hearingsAtOnce = 1,
  isDistant = false,
  understands = undefined as WindowOptions['understands'],
  asMeant = undefined as WindowOptions['asMeant'],
} = {}) {
  const asked: Asked[] = [];
  const partials: PartialTranscript[] = [];
  /** What was told in pauses: the text, and what else was heard. */
  const pauses: string[] = [];
  const stop = new AbortController();
  const clock = testClock();
  const window = createRecognitionWindow({
    ...{ clock, hearingsAtOnce, isDistant, understands, asMeant },
    scheduler: {
      request: (kind, hearings, signal) =>
        new Promise((resolve, reject) => {
          signal.addEventListener('abort', () => reject(signal.reason), { once: true });
          asked.push({
            kind,
            signal,
            hearings,
            begin: () => Math.round((hearings()[0]?.samples.length ?? 0) / MS),
            async end(...texts) {
              resolve(texts.every((text) => text !== undefined) ? texts : undefined);
              await ready();
            },
            async fail() {
              reject(new EarshotError('assistant_failed', 'a crash', 'Nothing.'));
              await ready();
            },
          });
        }),
    },
    signal: stop.signal,
    onPartial: (partial) => partials.push(partial),
    onPause: ({ text, alternatives = [] }) => pauses.push([text, ...alternatives].join(' / ')),
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
    clock,
    asked,
    partials,
    pauses,
    stop,
    speak: (ms: number) => add(ms, 8_000),
    pause: (ms: number) => add(ms, 0),
    /** A room that is not quiet, while nobody speaks. */
    hum: (ms: number, level = 300) => add(ms, level),
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

test('every hearing of a window says whether the microphone is far away', async () => {
  for (const isDistant of [true, false]) {
    const { last, speak } = harness({ isDistant });
    speak(1_080);
    assert.equal(last().hearings()[0]?.isDistant, isDistant);
  }
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
  assert.equal(await window.finish(true), 'yes');
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
  assert.equal(await window.finish(true), 'set a timer for ten');
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
    const text = window.finish(true);
    if (what === 'ends') await asked[0]?.end('yes');
    if (what === 'fails') await asked[0]?.fail();
    await ready();
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
  const text = window.finish(true);
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
  assert.equal(await window.finish(true), '');
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
    scheduler: { request: () => Promise.resolve(['text']) },
    ...{ clock: testClock(), hearingsAtOnce: 1, isDistant: false, understands: undefined },
    signal: new AbortController().signal,
    onPartial() {
      throw new Error('in the receiver');
    },
    onPause() {},
  });
  window.add(Int16Array.from({ length: 1_200 * MS }, (_, index) => 8_000 * Math.sin(index / 6)));
  await ready();
  await assert.rejects(window.finish(true), /in the receiver/);
});

/** How well the texts of these tests are understood. */
const UNDERSTOOD: Record<string, number> = { 'set a timer': 1, 'set a dime': 0.8, 'said a timer': 0.7 };
const understands = async (text: string) => UNDERSTOOD[text] ?? 0;

/** A person who has said a word, and releases the button before a pass has begun. */
function spoken({ hearingsAtOnce = 1 } = {}) {
  const parts = harness({ hearingsAtOnce, understands });
  parts.pause(300);
  parts.speak(600);
  parts.pause(60);
  const text = parts.window.finish(true);
  const before = parts.asked.length;
  parts.last().begin();
  /** The pass of before, and of each of these a further one. */
  const hear = async (...texts: (string | undefined)[]) => {
    for (const each of texts) await parts.last().end(each);
  };
  return { ...parts, text, hear, again: () => parts.asked.slice(before) };
}

test('what is not understood is heard again at another pace, and with more and less before the speech, until it is', async () => {
  const { text, asked, pauses, hear, again } = spoken();
  await hear('that a time', 'said a dime', 'sat a tame', 'zed a tame', 'sad at him', 'cent a time', 'set a timer');
  assert.equal(await text, 'set a timer');
  assert.deepEqual(pauses, [], 'the utterance is over');
  assert.deepEqual(
    again().map(({ kind, hearings }) => [kind, hearings()[0]?.pace]),
    [
      ['again', 0.95],
      ['again', 1.05],
      ['again', 0.9],
      ['again', 1.1],
      ['again', 1],
      ['again', 1],
    ],
  );
  const [first = 0, ...others] = asked.slice(-7).map(({ begin }) => begin());
  const [more = 0, less = 0] = others.slice(-2);
  assert.ok(others.slice(0, 4).every((other) => other === first) && more > first && less < first);
});

/** Somebody has said a word in a room that is not quiet; the first pass has ended with this text. */
async function spokenInNoise(first: string, asMeant?: WindowOptions['asMeant'], isDistant = false) {
  const parts = harness({ understands, asMeant, isDistant });
  parts.hum(400);
  parts.speak(600);
  parts.hum(60);
  const text = parts.window.finish(true);
  assert.equal(parts.last().begin(), 860, '200 ms before the speech');
  await parts.last().end(first);
  /** Each of these, and what was heard how. */
  const hear = async (...texts: string[]) => {
    const heard = [];
    for (const each of texts) {
      heard.push([parts.last().begin(), parts.last().hearings()[0]?.pace]);
      await parts.last().end(each);
    }
    return heard;
  };
  return { ...parts, text, hear };
}

test('in noise it is heard again with less before the speech, too, because the first time there was more', async () => {
  const { text, asked, hear } = await spokenInNoise('that a time');
  const heard = await hear('said a dime', 'a', 'b', 'c', 'd', 'e', 'set a timer');
  assert.equal(await text, 'set a timer');
  assert.equal(asked.length, 8);
  assert.deepEqual(heard, [
    [720, 1],
    [860, 0.95],
    [860, 1.05],
    [660, 1],
    [720, 0.95],
    [720, 1.05],
    [860, 0.9],
  ]);
});

test('in noise what is understood well is heard again, too, until three of the same words say that it is right', async () => {
  const same = await spokenInNoise('set a timer');
  await same.hear('Set a timer.', 'set a timer');
  assert.equal(await same.text, 'set a timer');
  assert.equal(same.asked.length, 3);
  const other = await spokenInNoise('set a dime');
  await other.hear(...Array(7).fill('set a timer'));
  assert.equal(await other.text, 'set a timer');
  assert.equal(other.asked.length, 8);
});

test('in faint noise it is heard again only if it is not understood well', async () => {
  const { window, asked, last, hum, speak } = harness({ understands });
  hum(400, 150);
  speak(600);
  hum(60, 150);
  const text = window.finish(true);
  assert.equal(last().begin(), 860, '200 ms before the speech');
  await last().end('set a timer');
  assert.equal(await text, 'set a timer');
  assert.equal(asked.length, 1);
});

test('near, the text is the one that was probably meant; in a room, of clear speech, what was heard', async () => {
  const asMeant = async (text: string) => ({ text: text.replace('set a dime', 'set a time'), meanLogProbability: -1 });
  const noisy = await spokenInNoise('set a dime', asMeant);
  await noisy.hear(...Array(7).fill('set a dime'));
  assert.equal(await noisy.text, 'set a time');
  for (const [isDistant, written] of [
    [false, 'set a time'],
    [true, 'set a dime'],
  ] as const) {
    const clear = harness({ understands, asMeant, isDistant });
    clear.speak(600);
    clear.pause(220);
    await clear.last().end('set a dime');
    await ready();
    for (let heard = 0; heard < 6; heard++) await clear.last().end('set a dime');
    assert.equal(await clear.window.finish(true), written);
  }
});

test('what is understood well and not for certain is heard again until two are the same; in a room it is not', async () => {
  const understandsWell = async (text: string) => (/^timer for/i.test(text) ? 0.95 : 0);
  for (const [isDistant, hearings, taken] of [
    [false, ['timer for 14', 'timer for 10', 'timer for 10'], 'timer for 10'],
    [false, ['timer for 10', 'Timer for 10.'], 'timer for 10'],
    [true, ['timer for 14'], 'timer for 14'],
  ] as const) {
    const { asked, window, speak, pause, last } = harness({ understands: understandsWell, isDistant });
    pause(300);
    speak(600);
    pause(60);
    const text = window.finish(true);
    const before = asked.length;
    last().begin();
    for (const heard of hearings) await last().end(heard);
    assert.equal(await text, taken);
    assert.equal(asked.length - before, hearings.length - 1);
  }
});

test('in noise it is heard again for longer after the end, but not without a limit', async () => {
  const { text, clock, asked, hear } = await spokenInNoise('that a time');
  for (let heard = 0; heard < 4; heard++) {
    await clock.pass(130);
    await hear('said a timer');
  }
  await clock.pass(79);
  assert.equal(asked.length, 5, 'another one would end too late');
  assert.equal(await text, 'said a timer');
});

test('who holds no key has waited: after the end what is understood well is enough in noise, too, and another hearing has 200 ms', async () => {
  const understood = await spokenInNoise('set a timer', undefined, true);
  assert.equal(await understood.text, 'set a timer');
  assert.equal(understood.asked.length, 1);
  const { text, clock, asked, hear } = await spokenInNoise('that a time', undefined, true);
  for (let heard = 0; heard < 2; heard++) {
    await clock.pass(90);
    await hear('said a timer');
  }
  assert.equal(asked.length, 3, 'another one would end too late');
  assert.equal(await text, 'said a timer');
});

test('nor is a hearing in noise awaited that has begun before the end', async () => {
  const { window, asked, last, hum, speak } = harness({ understands, isDistant: true });
  hum(400);
  speak(600);
  hum(220);
  await last().end('set a timer');
  assert.equal(last().kind, 'again');
  assert.equal(await window.finish(true), 'set a timer');
  assert.deepEqual([asked.length, last().signal.aborted], [2, true]);
});

test('where there are two processors two hearings run at the same time', async () => {
  const { text, last, hear, again } = spoken({ hearingsAtOnce: 2 });
  await hear('that a time');
  assert.deepEqual(
    last()
      .hearings()
      .map(({ pace }) => pace),
    [0.95, 1.05],
  );
  await last().end('set a dime', 'said a timer');
  assert.equal(again().length, 2);
  await last().end('that a time', 'set a timer');
  assert.equal(await text, 'set a timer');
});

test('what is understood well is heard once; of what is not, the best of all hearings is taken', async () => {
  for (const [heard, best] of [
    [['set a timer'], 'set a timer'],
    [['that a time', 'set a timer'], 'set a timer'],
    [['said a timer', 'that a time', 'set a dime', 'that a time', 'a', 'b', 'said a timer'], 'set a dime'],
    [['that a time', 'said a dime', 'sat a tame', 'cent a time', 'zed a time', 'a', 'b'], 'that a time'],
  ] as const) {
    const { text, hear, again } = spoken();
    await hear(...heard);
    assert.equal(await text, best);
    assert.equal(again().length, heard.length - 1);
  }
});

test('the best text so far stays when hearing again is left out, or fails', async () => {
  const busy = spoken();
  await busy.hear('that a time', 'said a timer', undefined);
  assert.equal(await busy.text, 'said a timer');
  const broken = spoken();
  await broken.hear('that a time', 'said a timer');
  await broken.last().fail();
  assert.equal(await broken.text, 'said a timer');
});

test('a hearing that would end too late does not begin: the time is counted from the end of the utterance', async () => {
  for (const [passMs, hearings] of [
    [70, 3],
    [120, 1],
    [160, 0],
    [600, 0],
  ] as const) {
    const { text, clock, hear, again } = spoken();
    for (let ended = 0; ended <= hearings; ended++) {
      await clock.pass(passMs);
      await hear('that a time');
    }
    assert.equal(await text, 'that a time');
    assert.equal(again().length, hearings, `passes of ${passMs} ms`);
  }
});

test('a hearing that takes longer than expected is not awaited', async () => {
  const { text, clock, last, hear } = spoken();
  await clock.pass(60);
  await hear('said a timer');
  await clock.pass(240);
  assert.equal(await text, 'said a timer');
  assert.ok(last().signal.aborted);
});

test('in a pause it is heard again at once: at the end of the utterance the text is there', async () => {
  const judged: string[] = [];
  const { window, clock, asked, last, pauses, speak, pause } = harness({
    understands: (text) => {
      judged.push(text);
      return understands(text);
    },
  });
  speak(600);
  pause(140);
  await last().end('that a time');
  assert.equal(asked.length, 1, 'it is too short for a pause');
  assert.deepEqual(judged, ['that a time'], 'but it is known already that it is not understood');
  pause(100);
  await ready();
  assert.deepEqual([pauses, last().kind], [['that a time'], 'again']);
  // Nobody waits yet: the time is not limited.
  await clock.pass(1_000);
  await last().end('set a timer');
  pause(300);
  assert.equal(await window.finish(true), 'set a timer');
  assert.equal(asked.length, 2);
  assert.deepEqual(judged, ['that a time', 'set a timer'], 'each text is judged once');
});

test('in a pause every further hearing is told at once, the best understood text first; not when the person has gone on', async () => {
  const { clock, last, pauses, speak, pause } = harness({ hearingsAtOnce: 2, understands });
  speak(600);
  pause(220);
  await last().end('that a time');
  await ready();
  await last().end('said a timer', 'that a time');
  await last().end('zed a time', 'set a dime');
  assert.deepEqual(pauses, [
    'that a time',
    'said a timer / that a time / that a time',
    'set a dime / that a time / said a timer / that a time / zed a time',
  ]);
  const late = last();
  speak(200);
  await late.end('set a timer', 'set a timer');
  await clock.pass(100);
  assert.equal(pauses.length, 3);
});

test('hearings of the same samples share what is done to them first', async () => {
  const { last, speak, pause } = harness({ hearingsAtOnce: 2, isDistant: true, understands });
  speak(600);
  pause(220);
  await last().end('that a time');
  await ready();
  const [slow, fast] = last().hearings();
  assert.deepEqual([last().kind, slow?.pace, fast?.pace], ['again', 0.95, 1.05]);
  assert.equal(slow?.samples, fast?.samples);
});

test('what runs in the pause is awaited at the end, and goes on where it was left out', async () => {
  const { window, asked, last, speak, pause } = harness({ understands });
  speak(600);
  pause(140);
  await last().end('that a time');
  pause(100);
  await ready();
  await last().end(undefined);
  assert.equal(asked.length, 2);
  const text = window.finish(true);
  await ready();
  assert.deepEqual([asked.length, last().hearings()[0]?.pace], [3, 0.95]);
  await last().end('set a timer');
  assert.equal(await text, 'set a timer');
});

test('who goes on speaking is not heard again, and neither is a part of a long utterance', async () => {
  const { window, asked, last, speak, pause } = harness({ understands });
  speak(600);
  pause(140);
  await last().end('that a time');
  pause(100);
  await ready();
  const again = last();
  speak(200);
  assert.ok(again.signal.aborted);
  pause(300);
  await ready();
  await last().end('that a time for ten');
  await ready();
  assert.equal(last().kind, 'again');
  assert.equal(await window.finish(false), 'that a time for ten');
  assert.ok(last().signal.aborted);
  assert.deepEqual(
    asked.map(({ kind }) => kind),
    ['pause', 'again', 'pause', 'again'],
  );
});
