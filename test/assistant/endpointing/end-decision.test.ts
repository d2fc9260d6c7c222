/** When the utterance is over, by the voice and the words, in the time of the audio. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  type EndDecision,
  EndOfUtterance,
  SILENT_WINDOW,
  SOUND_WINDOW,
  VOICE_WINDOW,
  VOICE_WINDOW_MS,
} from '../../../actors/assistant/endpointing/end-decision.ts';
import { WAITS_MS } from '../../../actors/assistant/endpointing/openness.ts';
import { MAX_WAIT_FACTOR } from '../../../actors/assistant/endpointing/wait-factor.ts';
import { MAX_HOLD_MS, PATIENCES, type Patience } from '../../../src/protocol/listening.ts';
import fc from '../../support/fast-check.ts';

/** Into a pause: its words are told, before any wait ends. */
const KNOWN_MS = 192;

function utterance({ patience = 'normal' as Patience, knowsWords = true, waitFactor = 1 } = {}) {
  const end = new EndOfUtterance({ patience, knowsWords, waitFactor });
  const decisions: { atMs: number; decision: EndDecision }[] = [];
  let nowMs = 0;
  const note = (decision: EndDecision | undefined) => decision && decisions.push({ atMs: nowMs, decision });
  function add(window: number, forMs: number): void {
    for (const untilMs = nowMs + forMs; nowMs < untilMs; ) {
      nowMs += VOICE_WINDOW_MS;
      note(end.addVoice([window]));
    }
  }
  const ends = () => decisions.filter(({ decision }) => decision.type === 'end');
  return {
    end,
    decisions,
    ends,
    speak: (forMs = 640) => add(VOICE_WINDOW, forMs),
    pause: (forMs: number) => add(SILENT_WINDOW, forMs),
    sound: (forMs: number) => add(SOUND_WINDOW, forMs),
    words: (text: string) => note(end.addWords([{ text, understood: undefined }])),
    heard: (...texts: string[]) => note(end.addWords(texts.map((text) => ({ text, understood: undefined })))),
  };
}

describe('a pause', () => {
  const OPEN = 'What is the weather in.';
  const texts = {
    over: 'Turn it up.',
    extendable: 'What time is it?',
    undecided: 'Wake me up at seven.',
    unfinished: [...Array(4).fill('The red one.'), OPEN],
    open: OPEN,
  } as const;

  for (const patience of PATIENCES) {
    for (const [openness, text] of Object.entries(texts) as [keyof typeof texts, string | string[]][]) {
      test(`${patience}: is the end after its time when the words are ${openness}`, () => {
        const { speak, pause, heard, ends } = utterance({ patience });
        speak();
        pause(KNOWN_MS);
        heard(...[text].flat());
        pause(3_000);
        const [first, ...others] = ends();
        assert.deepEqual(first?.decision, { type: 'end', reason: 'finished' });
        assert.deepEqual(others, []);
        const waitedMs = (first?.atMs ?? 0) - 640;
        const waitMs = WAITS_MS[patience][openness];
        assert.ok(waitedMs >= waitMs && waitedMs < waitMs + VOICE_WINDOW_MS, `${waitedMs}`);
      });
    }
  }

  test('is judged anew by each further hearing, both ways', () => {
    const { heard, speak, pause, ends } = utterance();
    speak();
    pause(KNOWN_MS);
    heard(texts.over);
    heard(texts.over, texts.open);
    pause(WAITS_MS.normal.over);
    assert.deepEqual(ends(), [], 'another hearing is open');
    heard(texts.open, texts.undecided, texts.open, texts.open);
    pause(WAITS_MS.normal.undecided);
    assert.deepEqual(ends(), [], 'most are open');
    heard(texts.over, texts.open, ...Array(9).fill(texts.over));
    assert.equal(ends().length, 1);
  });

  test('is held at once, before its words are known, and longer when they are open', () => {
    const { speak, pause, words, decisions } = utterance();
    speak();
    pause(96);
    assert.deepEqual(
      decisions.map(({ atMs, decision }) => [atMs, decision.type]),
      [[672, 'hold']],
    );
    pause(160);
    words(texts.open);
    const hold = decisions[1]?.decision;
    assert.ok(decisions.length === 2 && hold?.type === 'hold');
    assert.ok(hold.holdMs >= WAITS_MS.normal.open - KNOWN_MS && hold.holdMs <= MAX_HOLD_MS);
  });

  test('does not end with the first sound of a word; a sound that lasts is a noise', () => {
    const { speak, pause, sound, words, ends } = utterance();
    speak();
    pause(WAITS_MS.normal.over - VOICE_WINDOW_MS);
    words(texts.over);
    sound(128);
    assert.deepEqual(ends(), []);
    sound(VOICE_WINDOW_MS);
    assert.equal(ends().length, 1);
  });

  test('ends at once when the words come late', () => {
    const { speak, pause, words, ends } = utterance();
    speak();
    pause(WAITS_MS.normal.undecided - VOICE_WINDOW_MS);
    assert.deepEqual(ends(), []);
    words(texts.over);
    assert.equal(ends().length, 1);
  });

  test('of somebody who goes on is none, and the words before it count no more', () => {
    const { speak, pause, words, ends } = utterance();
    speak();
    pause(KNOWN_MS);
    words(texts.over);
    speak();
    pause(WAITS_MS.normal.over + 96);
    assert.deepEqual(ends(), [], 'it waits for the words');
  });

  test('is judged by its own words, also when those of the pause before came too late', () => {
    const { speak, pause, words, ends } = utterance();
    speak();
    pause(192);
    speak(96);
    words(texts.over);
    speak(320);
    pause(WAITS_MS.normal.over + 96);
    assert.deepEqual(ends(), [], 'it waits for the words');
  });

  test('must be longer for somebody who has paused for long', () => {
    const { speak, pause, words, ends } = utterance();
    speak();
    pause(KNOWN_MS);
    words(texts.open);
    pause(1_200);
    speak();
    pause(KNOWN_MS);
    words(texts.over);
    pause(WAITS_MS.normal.over - KNOWN_MS + VOICE_WINDOW_MS);
    assert.deepEqual(ends(), []);
    pause(192);
    assert.equal(ends().length, 1);
  });

  test('must be longer for somebody who was cut off before, but never longer than where the words are open', () => {
    for (const [text, waitMs] of [
      [texts.over, 1.5 * WAITS_MS.normal.over],
      [texts.open, WAITS_MS.normal.open],
    ] as const) {
      const { speak, pause, words, ends } = utterance({ waitFactor: 1.5 });
      speak();
      pause(KNOWN_MS);
      words(text);
      pause(waitMs - KNOWN_MS - VOICE_WINDOW_MS);
      assert.deepEqual(ends(), [], text);
      pause(2 * VOICE_WINDOW_MS);
      assert.equal(ends().length, 1, text);
    }
  });

  test('is for the device alone when no words will come', () => {
    const { speak, pause, decisions } = utterance({ knowsWords: false });
    speak();
    pause(10_000);
    assert.deepEqual(decisions, []);
  });
});

describe('an utterance without speech', () => {
  test('ends when a noise does not stop', () => {
    const { pause, decisions, end } = utterance({ knowsWords: false });
    pause(3_900);
    assert.deepEqual(decisions, []);
    pause(200);
    assert.deepEqual(
      decisions.map(({ decision }) => decision),
      [{ type: 'end', reason: 'no-speech' }],
    );
    assert.equal(end.hasSpeech, false);
  });

  test('is one with a click', () => {
    const { speak, pause, end, decisions } = utterance();
    speak(64);
    pause(1_000);
    assert.equal(end.hasSpeech, false);
    assert.deepEqual(decisions, []);
  });
});

test('there is one end at most, no hold after it, and no hold beyond what a message may have', () => {
  const step = fc.oneof(
    fc.record({ voice: fc.boolean(), windows: fc.integer({ min: 1, max: 100 }) }),
    fc.record({ words: fc.array(fc.oneof(fc.string(), fc.constantFrom('What time is it?', 'In the', ''))) }),
  );
  fc.assert(
    fc.property(fc.constantFrom(...PATIENCES), fc.boolean(), fc.array(step), (patience, knowsWords, steps) => {
      const end = new EndOfUtterance({ patience, knowsWords, waitFactor: MAX_WAIT_FACTOR });
      const decisions = steps.map((each) =>
        'words' in each
          ? end.addWords(each.words.map((text) => ({ text, understood: undefined })))
          : end.addVoice(Array(each.windows).fill(each.voice ? 1 : 0)),
      );
      const told = decisions.filter((decision) => decision !== undefined);
      const firstEnd = told.findIndex(({ type }) => type === 'end');
      assert.ok(firstEnd < 0 || firstEnd === told.length - 1);
      for (const each of told) assert.ok(each.type === 'end' || (each.holdMs > 0 && each.holdMs <= MAX_HOLD_MS));
    }),
  );
});
