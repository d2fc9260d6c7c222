/**
 * Numbers, durations, units and arithmetic: what is said comes back, and no text makes a parser throw.
 */
import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { evaluate } from '../../../actors/assistant/skills/arithmetic.ts';
import { loadDays, takeDay } from '../../../actors/assistant/skills/heard/days.ts';
import { takeDuration } from '../../../actors/assistant/skills/heard/durations.ts';
import { heardWords, Interpretation } from '../../../actors/assistant/skills/heard/interpretation.ts';
import { takeMoment } from '../../../actors/assistant/skills/heard/moments.ts';
import { numberAt } from '../../../actors/assistant/skills/heard/numbers.ts';
import { wordsOf } from '../../../actors/assistant/skills/heard/words.ts';
import { namedSkills } from '../../../actors/assistant/skills/skills.ts';
import { spokenDuration } from '../../../actors/assistant/skills/spoken/times.ts';
import { isOutside, understand } from '../../../actors/assistant/skills/understand.ts';
import { converted, findUnit, UNITS } from '../../../actors/assistant/skills/units.ts';
import fc from '../../support/fast-check.ts';
import { TUESDAY_MS } from './kitchen.ts';

before(loadDays);

const NOW = { nowMs: TUESDAY_MS, timeZone: 'Europe/Berlin' };
const SMALL =
  'zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen'.split(
    ' ',
  );
const TENS = '  twenty thirty forty fifty sixty seventy eighty ninety'.split(' ');

function inWords(value: number): string {
  if (value < 20) return SMALL[value] ?? '';
  if (value < 100) return `${TENS[Math.floor(value / 10)]}${value % 10 ? ` ${SMALL[value % 10]}` : ''}`;
  const [size, name] = value < 1_000 ? [100, 'hundred'] : value < 1e6 ? [1_000, 'thousand'] : [1e6, 'million'];
  const rest = value % Number(size);
  return `${inWords(Math.floor(value / Number(size)))} ${name}${rest ? ` ${rest < 100 ? 'and ' : ''}${inWords(rest)}` : ''}`;
}

test('every whole number in words is that number', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 999_999_999 }), (value) => {
      const words = wordsOf(inWords(value));
      assert.deepEqual(numberAt(words, 0, 'exact'), { value, to: words.length }, inWords(value));
    }),
    { seed: 1, numRuns: 500 },
  );
});

test('a number with decimals', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 0, max: 99 }),
      fc.array(fc.integer({ min: 0, max: 9 }), { minLength: 1, maxLength: 4 }),
      (whole, digits) => {
        const words = wordsOf(`${inWords(whole)} point ${digits.map((digit) => SMALL[digit]).join(' ')}`);
        assert.equal(numberAt(words, 0, 'exact')?.value, Number(`${whole}.${digits.join('')}`));
      },
    ),
    { seed: 1, numRuns: 200 },
  );
});

test('a duration as it is spoken is understood as it was', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 7 * 86_400 }), (seconds) => {
      const said = spokenDuration(seconds).replaceAll(',', ' and');
      assert.equal(takeDuration(new Interpretation(heardWords(said))), seconds, said);
    }),
    { seed: 1, numRuns: 300 },
  );
});

const DURATIONS: Record<string, number> = {
  'half an hour': 1_800,
  'an hour and a half': 5_400,
  'one and a half hours': 5_400,
  'a quarter of an hour': 900,
  'three quarters of an hour': 2_700,
  'two and a half minutes': 150,
  'a minute': 60,
  'twenty-five minutes': 1_500,
  '1,000 seconds': 1_000,
  'four, five minutes': 300,
  'nine to seconds': 90,
};
for (const [said, seconds] of Object.entries(DURATIONS)) {
  test(`${said}: ${seconds} s`, () => assert.equal(takeDuration(new Interpretation(heardWords(said))), seconds));
}

test('a unit, converted there and back, is what it was', () => {
  const amounts = fc.double({ min: -1e6, max: 1e6, noNaN: true });
  fc.assert(
    fc.property(fc.constantFrom(...UNITS), fc.constantFrom(...UNITS), amounts, (from, to, amount) => {
      fc.pre(from.quantity === to.quantity);
      const back = converted(converted(amount, from, to), to, from);
      assert.ok(
        Math.abs(back - amount) <= 1e-9 * Math.max(1, Math.abs(amount), 1e3),
        `${amount} ${from.symbol}: ${back}`,
      );
    }),
    { seed: 1, numRuns: 1_000 },
  );
});

test('known conversions', () => {
  const by = (amount: number, from: string, to: string): number => {
    const [one, other] = [findUnit(from), findUnit(to)];
    assert.ok(one && other, `${from}, ${to}`);
    return Number(converted(amount, one, other).toPrecision(6));
  };
  assert.equal(by(32, '°F', '°C'), 0);
  assert.equal(by(100, 'degrees celsius', 'F'), 212);
  assert.equal(by(1, 'mile', 'km'), 1.60934);
  assert.equal(by(1, 'gallons', 'l'), 3.78541);
  assert.equal(by(100, 'km/h', 'mph'), 62.1371);
  assert.equal(by(1, 'acre', 'm2'), 4_046.86);
  assert.equal(by(2, 'GB', 'MB'), 2_000);
});

test('each unit is found by all that it is called', () => {
  for (const unit of UNITS) {
    for (const name of unit.names.split('|').filter((each) => !each.startsWith('~')))
      assert.equal(findUnit(name)?.quantity, unit.quantity, name);
  }
});

test('arithmetic is that of JavaScript', () => {
  const numbers = fc.integer({ min: 0, max: 99 });
  const signs = fc.constantFrom('+', '-', '*', '/');
  fc.assert(
    fc.property(numbers, signs, numbers, signs, numbers, (a, one, b, other, c) => {
      const expression = `${a} ${one} ${b} ${other} ${c}`;
      // biome-ignore lint/security/noGlobalEval: of generated digits and signs
      assert.deepEqual(evaluate(expression), globalThis.eval(expression), expression);
    }),
    { seed: 1, numRuns: 500 },
  );
});

const EXPRESSIONS: Record<string, number | undefined> = {
  '15% * 84': 12.6,
  '15% of 84': 12.6,
  'sqrt(144)': 12,
  '2 ^ 3 ^ 2': 512,
  '-2 ^ 2': -4,
  '(1 + 2) * 3': 9,
  '2 *': undefined,
  'process.exit()': undefined,
  '((((': undefined,
  '': undefined,
};
for (const [expression, value] of Object.entries(EXPRESSIONS)) {
  test(`evaluates ${expression || 'nothing'}`, () => {
    const found = evaluate(expression);
    if (value === undefined) assert.equal(found, undefined);
    else assert.ok(Math.abs((found ?? Number.NaN) - value) < 1e-9, String(found));
  });
}

test('no text makes a parser throw', () => {
  const skills = namedSkills();
  const words = fc.constantFrom(
    ...'set a timer for five minutes to the list add half past quarter and point percent of square root remind me tomorrow at in how many miles kilometers cancel all -3 7:99 25:00 1e9 % 100 hundred million a an o clock'.split(
      ' ',
    ),
  );
  const sentences = fc.array(words, { maxLength: 15 }).map((each) => each.join(' '));
  fc.assert(
    fc.property(fc.oneof(fc.string({ unit: 'binary', maxLength: 80 }), sentences), (text) => {
      isOutside(text);
      understand(text, skills, NOW);
      evaluate(text);
      takeMoment(new Interpretation(heardWords(text)), NOW, 'wakes');
      takeDay(new Interpretation(heardWords(text)), { year: 2026, month: 11, day: 24 });
    }),
    { seed: 1, numRuns: 150 },
  );
});
