/**
 * The bundled suite, the halves, and how an answer is judged.
 */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { BUNDLED_SUITE } from '../../src/core/files/bundled.ts';
import type { Moment } from '../../src/tools/eval/computed-values.ts';
import { judge } from '../../src/tools/eval/expectation.ts';
import { casesOf, halfOf, parseSuite, readSuite } from '../../src/tools/eval/suite.ts';

const suite = await readSuite(BUNDLED_SUITE);
const cases = casesOf(suite);
const KINDS = [
  ...['time', 'date', 'timer', 'reminder', 'arithmetic', 'units', 'list', 'volume', 'repeat', 'history', 'help'],
  ...['spelling', 'chance', 'small talk', 'out of scope'],
];
const MINIMAL = {
  name: 'mine',
  seed: 1,
  questions: [{ id: 'one', kind: 'time', said: ['What time is it?'], answer: {} }],
};

describe('the bundled suite', () => {
  test('fits its schema', () => {
    const schema = JSON.parse(readFileSync(new URL('../../assets/eval/suite.schema.json', import.meta.url), 'utf8'));
    const validate = new Ajv2020({ strict: true, allErrors: true }).compile(schema);
    assert.ok(validate(JSON.parse(readFileSync(BUNDLED_SUITE, 'utf8'))), JSON.stringify(validate.errors));
    assert.ok(validate(MINIMAL), JSON.stringify(validate.errors));
    assert.ok(!validate({ ...MINIMAL, questions: [{ ...MINIMAL.questions[0], kind: undefined }] }));
  });

  test('has over sixty questions, of every kind, with several turns and paraphrases', () => {
    assert.ok(suite.questions.length >= 60, `${suite.questions.length}`);
    assert.deepEqual(new Set(cases.map(({ kind }) => kind)), new Set(KINDS));
    assert.ok(cases.filter(({ said }) => said.length > 1).length >= 20);
    assert.ok(suite.questions.every(({ said, heldOut }) => said.length > 1 && heldOut.length > 0));
    assert.equal(new Set(cases.map(({ said }) => said.join('\n'))).size, cases.length);
  });

  test('has questions of every kind in both halves', () => {
    // The held-out half is one set; sets of earlier times are for tuning.
    const held = cases.filter(({ half }) => half === 'held-out');
    assert.ok(held.length >= 120, `${held.length} of ${cases.length}`);
    for (const kind of KINDS) {
      const of = cases.filter((each) => each.kind === kind);
      const share = of.filter(({ half }) => half === 'held-out').length / of.length;
      assert.ok(share >= 0.15 && share <= 0.7, `${kind}: ${share}`);
    }
  });
});

describe('the half of a phrasing', () => {
  test('is what it was when the suite was written', () => {
    assert.equal(halfOf(19_023, ['What time is it?']), 'tuning');
    assert.equal(halfOf(19_023, ['Have you got the time?']), 'held-out');
  });

  test('follows from the seed, stays when phrasings are added before it, and may change with the seed', () => {
    const seeded = casesOf({ ...suite, seed: 1 });
    const questions = suite.questions.map((each) => ({ ...each, said: ['Something else.', ...each.said] }));
    const more = parseSuite({ ...suite, seed: 1, questions: questions.toReversed() }, 'more');
    const halves = new Map(seeded.map(({ said, half }) => [said.join('\n'), half]));
    for (const { said, half } of casesOf(more)) assert.equal(half, halves.get(said.join('\n')) ?? half);
    const others = casesOf({ ...suite, seed: 2 });
    assert.ok(others.some(({ half }, i) => half !== seeded[i]?.half));
  });

  test('is named by the suite without a seed, and what is held out is so with one, too', () => {
    const question = { ...MINIMAL.questions[0], said: ['What time is it?'], heldOut: ['Have you got the time?'] };
    const mine = { name: 'mine', questions: [question] };
    const halves = (seed?: number) => casesOf(parseSuite({ ...mine, ...(seed !== undefined && { seed }) }, 'mine'));
    assert.deepEqual(
      halves().map(({ id, half }) => [id, half]),
      [
        ['one/1', 'tuning'],
        ['one/2', 'held-out'],
      ],
    );
    for (const seed of [1, 2, 3, 4]) assert.equal(halves(seed)[1]?.half, 'held-out');
  });
});

describe('a suite that is wrong', () => {
  const question = MINIMAL.questions[0];
  const WRONG: [string, unknown, RegExp][] = [
    ['is no object', [], /mine is not a suite/],
    ['has no questions', { ...MINIMAL, questions: [] }, /questions/],
    ['has an unknown field', { ...MINIMAL, question: [] }, /question/],
    ['has a question twice', { ...MINIMAL, questions: [question, question] }, /two questions have the id one/],
    ['has a broken pattern', { ...MINIMAL, questions: [{ ...question, answer: { has: ['(ten'] } }] }, /one: .*group/i],
    [
      'names a value that does not exist',
      { ...MINIMAL, questions: [{ ...question, answer: { has: ['{tide}'] } }] },
      /\{tide\}/,
    ],
    [
      'names an unknown time zone',
      { ...MINIMAL, questions: [{ ...question, answer: { has: ['{time@Mars/Base}'] } }] },
      /Mars/,
    ],
  ];
  for (const [what, json, message] of WRONG) {
    test(`and ${what} is refused with the reason`, () => {
      assert.throws(() => parseSuite(json, 'mine'), { code: 'suite_invalid', message });
    });
  }
});

describe('an answer', () => {
  /** Thursday, 26 November 2026, 15:25 in Vienna. */
  const fromMs = Date.UTC(2026, 10, 26, 14, 25, 30);
  const moment: Moment = { fromMs, toMs: fromMs + 4_000, timeZone: 'Europe/Vienna' };
  const judged = (answer: string, has: string[], hasNot: string[] = [], at = moment) =>
    judge(answer, { has, hasNot }, { no: 'sorry|can not' }, at);
  const at = (hour: number, minute: number): Moment => {
    const ms = Date.UTC(2026, 10, 26, hour - 1, minute);
    return { ...moment, fromMs: ms, toMs: ms };
  };

  const RIGHT: [answer: string, pattern: string, at?: Moment][] = [
    ["It's 3:25 PM.", '{time}'],
    ['It is 15:25.', '{time}'],
    ['It is twenty-five past three.', '{time}'],
    ["It's 3:26 PM.", '{time}'],
    ['It is a quarter past three.', '{time}', at(15, 15)],
    ['It is half past three.', '{time}', at(15, 30)],
    ['It is twenty to four.', '{time}', at(15, 40)],
    ["It's 3:05.", '{time}', at(15, 5)],
    ['It is midnight.', '{time}', at(24, 0)],
    ["It's noon.", '{time}', at(12, 0)],
    ["It's 11:25 PM in Tokyo.", '{time@Asia/Tokyo}'],
    ['At 5:25 PM.', '{time+120}'],
    ['Today is Thursday.', '{weekday}'],
    ['Tomorrow is Friday.', '{weekday+1}'],
    ["It's November 26th.", '{date}'],
    ['It is the 26th of November, 2026.', '{date}'],
    ['It is Friday, November the twenty-seventh.', '{date+1}'],
    ['It is 2026.', '{year}'],
    ['Next month is December.', '{month+1}'],
    ['29 days.', '{days-to:12-25}'],
    ['There are 364 days until then.', '{days-to:11-25}'],
    ['It is today.', '{days-to:11-26}'],
    ['Sorry, I cannot do that.', '{no}'],
  ];
  for (const [answer, pattern, moment] of RIGHT) {
    test(`${answer} has ${pattern}`, () => assert.ok(judged(answer, [pattern], [], moment).right));
  }

  const WRONG: [answer: string, pattern: string][] = [
    ["It's 3:28 PM.", '{time}'],
    ["It's 3:23 PM.", '{time}'],
    ["It's 4:25 PM.", '{time}'],
    ['Today is Friday.', '{weekday}'],
    ["It's November 27th.", '{date}'],
    ['30 days.', '{days-to:12-25}'],
    // Whole words only.
    ['Eighteen.', 'eight'],
    ['', '.*'],
  ];
  for (const [answer, pattern] of WRONG) {
    test(`${answer || 'nothing'} does not have ${pattern}`, () => assert.ok(!judged(answer, [pattern]).right));
  }

  test('says what is missing and what is forbidden', () => {
    assert.deepEqual(judged('Sorry, twelve.', ['twelve', 'ten'], ['{no}']), {
      right: false,
      missing: ['ten'],
      forbidden: ['{no}'],
    });
  });

  test('may be given on the next day', () => {
    const overnight = { ...at(23, 59), toMs: at(24, 1).fromMs };
    assert.ok(judged('Thursday.', ['{weekday}'], [], overnight).right);
    assert.ok(judged('Friday.', ['{weekday}'], [], overnight).right);
    assert.ok(!judged('Saturday.', ['{weekday}'], [], overnight).right);
  });
});
