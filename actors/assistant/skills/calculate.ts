/** Arithmetic: "fifteen percent of eighty four", "the square root of two", "three to the power of four". */
import { evaluate } from './arithmetic.ts';
import type { Interpretation } from './heard/interpretation.ts';
import { numberAt, type Strictness } from './heard/numbers.ts';
import { parameters, requiredText, wrongInput } from './input.ts';
import type { Skill } from './skill.ts';
import { sentence, spokenNumber } from './spoken/numbers.ts';

/** What is said between, before and after numbers. */
const BETWEEN: readonly [names: string, sign: string][] = [
  ['plus|and|added to|blush', '+'],
  ['minus|less|take away|mine us|=without|=last', '-'],
  [
    'times|multiplied by|multiplied with|time|multiply by|mental to play and by|mental to play by|mile to a client by',
    '*',
  ],
  ['divided by|over|divided through|=through|divide by|divide it by', '/'],
  ['to the power of|to the power|raised to', '^'],
  [
    'percent of|percents of|percent off|=percent on|=percent from|=percent tip on|=percent tip for|=percent tip of|=percent for',
    '% *',
  ],
  ['of', '*'],
];
const BEFORE: readonly [names: string, sign: string][] = [
  ['the square root of|square root of|square root|square route of', 'sqrt'],
  ['the cube root of|cube root of|cubic root of', 'cbrt'],
  ['=double|=twice', '2 * '],
  ['=triple', '3 * '],
  ['minus|negative', '-'],
];
const AFTER: readonly [names: string, sign: string][] = [
  ['squared|square|to the second power', '^ 2'],
  ['cubed|to the third power', '^ 3'],
];
const QUESTION =
  'what is|how much is|how much|calculate|compute|tell me|work out|what are|what does|equal|equals|make|makes|the result of|result|solve|figure out|sum of|the sum|is|what|get|together|in total|tip|dollars|euros|pounds|leave|give|if|remains|left|many|them';

/** "add A and B", "subtract A from B", "multiply A by B", "divide A by B" */
const COMMANDS: readonly { needs: string; between?: string; write: (a: number, b: number) => string }[] = [
  {
    needs: 'add|the sum of|sum up|the total of|total of|at|=if i had|=if you had',
    between: 'and|to|plus',
    write: (a, b) => `${a} + ${b}`,
  },
  { needs: 'subtract|take away|take|deduct', between: 'away from|from|off', write: (a, b) => `${b} - ${a}` },
  {
    needs:
      'multiply|the product of|~mental supply|~might to play|~might will to play|~mild to pull i|~might will defy|~mental to play',
    between: 'by|with|and|times',
    write: (a, b) => `${a} * ${b}`,
  },
  {
    needs: 'the difference between|difference between|difference of',
    between: 'and',
    write: (a, b) => `abs(${a} - ${b})`,
  },
  {
    needs: 'how many times does|how often does|how many times will',
    between: 'go into|goes into|fit into|go in|fit in|fits into|fits in',
    write: (a, b) => `${b} / ${a}`,
  },
  { needs: '=from', between: '=take|=take away|=subtract|=deduct', write: (a, b) => `${a} - ${b}` },
  { needs: '=less than|=fewer than', write: (a, b) => `${b} - ${a}` },
  { needs: '=more than', write: (a, b) => `${b} + ${a}` },
  { needs: '=spend|=give away|=lose|=use up', write: (a, b) => `${a} - ${b}` },
  { needs: '=reduce|=decrease|=lower', between: '=by', write: (a, b) => `${a} - ${b}` },
  { needs: '=increase|=raise', between: '=by', write: (a, b) => `${a} + ${b}` },
  { needs: 'divide|=split|=share', between: 'by|through|=among|=between|=into', write: (a, b) => `${a} / ${b}` },
];

function command(reading: Interpretation, { needs, between, write }: (typeof COMMANDS)[number]): string | undefined {
  const named = reading.take(needs);
  if (!named) return undefined;
  const a = reading.number('near');
  const middle = between === undefined ? undefined : reading.take(between);
  // "From a hundred, take five" is another command.
  const isSeparate = between === undefined || (middle !== undefined && middle.from > named.from);
  const b = isSeparate ? reading.number('near') : undefined;
  return a === undefined || b === undefined ? undefined : write(a, b);
}

interface Expression {
  text: string;
  from: number;
  to: number;
  strength: number;
}

/** The longest expression among the words; of two that are as long, the one that was heard better. */
function readExpression(reading: Interpretation): string | undefined {
  let best: Expression | undefined;
  for (let from = 0; from < reading.words.length; from++) {
    if (!reading.isFree(from)) continue;
    for (const strictness of ['exact', 'near'] as const) {
      const found = expressionAt(reading, from, strictness);
      if (found && worth(found) > (best ? worth(best) : 0)) best = found;
    }
  }
  if (best) reading.explain(best.from, best.to, best.strength);
  return best?.text;
}

const worth = ({ from, to, strength }: Expression): number => to - from + strength;

/** What stands between numbers, collected from left to right. */
function expressionAt(reading: Interpretation, from: number, strictness: Strictness): Expression | undefined {
  const parts: string[] = [];
  let at = from;
  let operators = 0;
  let strength = 1;
  for (;;) {
    const operand = operandAt(reading, at, parts.length > 0 ? 'expected' : strictness, strictness);
    if (!operand) {
      // An operator without a number after it belongs to something else.
      if (parts.length === 0) return undefined;
      parts.pop();
      operators--;
      break;
    }
    parts.push(operand.text);
    at = operand.to;
    operators += operand.operators;
    strength = Math.min(strength, operand.strength);
    const between = signAt(reading, at, BETWEEN);
    // "half of", but not "five of"
    if (!between || (between.isOf && !operand.isFraction)) break;
    parts.push(between.sign);
    operators++;
    strength = Math.min(strength, between.strength);
    const end = at;
    at = between.to;
    if (!operandAt(reading, at, 'expected', strictness)) {
      parts.pop();
      operators--;
      at = end;
      break;
    }
  }
  if (operators <= 0) return undefined;
  return { text: parts.join(' '), from, to: at, strength: strictness === 'exact' ? strength : strength * 0.9 };
}

interface Operand {
  text: string;
  to: number;
  operators: number;
  strength: number;
  isFraction: boolean;
}

/** "Certain times well": seven times twelve, or thirteen. */
const STRENGTH_OF_EXPECTED = 0.85;

/** A number with what belongs to it: "minus five", "the square root of two", "seven squared". */
function operandAt(reading: Interpretation, from: number, most: Strictness, least: Strictness): Operand | undefined {
  let at = from;
  let operators = 0;
  let strength = 1;
  const opened: string[] = [];
  for (let sign = signAt(reading, at, BEFORE); sign; sign = signAt(reading, at, BEFORE)) {
    opened.push(sign.sign);
    at = sign.to;
    operators += sign.sign === '-' ? 0 : 1;
    strength = Math.min(strength, sign.strength);
  }
  // "for to the power of three": four
  const isPoint =
    reading.words[at + 1]?.text === 'point' ||
    (signAt(reading, at + 1, BETWEEN)?.strength === 1 && !/^(and|of|to|at)$/.test(reading.words[at + 1]?.text ?? '')) ||
    reading.words
      .slice(at + 1, at + 4)
      .map(({ text }) => text)
      .join(' ') === 'to the power';
  const heard = numberAt(reading.words, at, least);
  const number =
    heard ??
    (most === 'expected' || isPoint || opened.length > 0 ? numberAt(reading.words, at, 'expected') : undefined);
  if (!number) return undefined;
  let text = String(number.value);
  for (const sign of opened.reverse()) text = sign === '-' ? `-${text}` : `${sign}(${text})`;
  const after = signAt(reading, number.to, AFTER);
  if (after) text += ` ${after.sign}`;
  return {
    text,
    to: after?.to ?? number.to,
    operators: operators + (after ? 1 : 0),
    strength: Math.min(strength, after?.strength ?? 1, heard ? 1 : STRENGTH_OF_EXPECTED),
    isFraction: number.value < 1,
  };
}

const LEAST_OF_SIGN = 0.8;

function signAt(
  reading: Interpretation,
  at: number,
  signs: typeof BETWEEN,
): { sign: string; to: number; strength: number; isOf: boolean } | undefined {
  let best: { sign: string; to: number; strength: number; isOf: boolean } | undefined;
  for (const [names, sign] of signs) {
    const match = reading.findAll(names).find(({ from }) => from === at);
    if (match && match.strength >= LEAST_OF_SIGN && match.strength > (best?.strength ?? 0))
      best = { sign, to: match.to, strength: match.strength, isOf: match.phrase === 'of' };
  }
  return best;
}

export const calculate: Skill = {
  tool: () => ({
    name: 'calculate',
    description: 'Evaluates an arithmetic expression.',
    parameters: parameters({
      expression: {
        type: 'string',
        description: 'With + - * / ^ % ( ) sqrt cbrt abs round pi, for example `15% * 84` or `sqrt(144)`.',
      },
    }),
    effect: 'reads',
    async call(input) {
      const expression = requiredText(input, 'expression');
      const value = evaluate(expression);
      if (value === undefined) throw wrongInput('expression', 'arithmetic with + - * / ^ % ( ) sqrt');
      if (Number.isNaN(value) || !Number.isFinite(value)) return 'That has no result.';
      const exact = Math.abs(Number(value.toPrecision(6)) - value) <= Math.abs(value) * 1e-12;
      return exact ? `That is ${spokenNumber(value)}.` : `${sentence('that is about')} ${spokenNumber(value)}.`;
    },
  }),
  rules: [
    {
      needs: [],
      not: 'timer|alarm|remind|volume|list|number between',
      read(reading) {
        const expression = readExpression(reading);
        reading.takeAll(QUESTION);
        return expression === undefined ? undefined : { expression };
      },
    },
    {
      // "The bill is eighty dollars, what's fifteen percent?"
      needs: ['=percent|=percents'],
      not: 'timer|alarm|remind|volume|list|=plus|=minus|=more|=loud|=louder|sound',
      read(reading) {
        const at = reading.words.findIndex(({ text }) => text.startsWith('percent'));
        const share = reading.numberBefore(at, 'near');
        if (!share) return undefined;
        reading.explain(share.from, share.to);
        const whole = reading.number('near');
        reading.takeAll(`${QUESTION}|the bill|bill`);
        return whole === undefined ? undefined : { expression: `${share.value}% * ${whole}` };
      },
    },
    ...COMMANDS.map((each) => ({
      needs: [],
      not: 'timer|alarm|remind|volume|list',
      read(reading: Interpretation) {
        const expression = command(reading, each);
        reading.takeAll(QUESTION);
        return expression === undefined ? undefined : { expression };
      },
    })),
  ],
  phrasings: [
    'what is two plus two',
    'how much is ten percent of ninety',
    'calculate five times six',
    'what is the square root of nine',
    'divide ten by two',
    'how much is seven minus three',
  ],
};
