/** Units: "five miles in kilometers", "how many ounces are in three pounds". */
import { type Interpretation, withoutOverlaps } from './heard/interpretation.ts';
import { parameters, requiredNumber, requiredText, wrongInput } from './input.ts';
import type { Rule, Skill } from './skill.ts';
import { counted, spokenNumber } from './spoken/numbers.ts';
import { converted, findUnit, UNITS, type Unit } from './units.ts';

interface FoundUnit {
  unit: Unit;
  from: number;
  to: number;
  strength: number;
}

/** The unit names in the order in which they were said. */
function unitsIn(reading: Interpretation): FoundUnit[] {
  return withoutOverlaps(UNITS.flatMap((unit) => reading.findAll(unit.names).map((match) => ({ ...match, unit }))));
}

/** The pair that measures the same and was heard best. */
function bestPair(units: readonly FoundUnit[]): [FoundUnit, FoundUnit] | undefined {
  let best: [FoundUnit, FoundUnit] | undefined;
  const worth = (pair: [FoundUnit, FoundUnit] | undefined): number => (pair ? pair[0].strength + pair[1].strength : 0);
  units.forEach((one, at) => {
    for (const other of units.slice(at + 1)) {
      if (one.unit.quantity === other.unit.quantity && one.unit !== other.unit && worth([one, other]) > worth(best))
        best = [one, other];
    }
  });
  return best;
}

const ASKS =
  'how many|home many|how much|convert|converts|what is|how long|how far|how heavy|how tall|how big|how hot|how warm|how cold|=in a|=in an|=change|=turn|=from';
const LEAST_OF_ASKED = 0.9;

const readConversion: Rule['read'] = (reading) => {
  const pair = bestPair(unitsIn(reading));
  if (!pair) return undefined;
  const [first, second] = pair;
  // The amount stands before the unit that is converted: "how many ounces are in three pounds", "in a pound", "five miles in kilometers"
  const amounts = pair.map(
    (found) =>
      halfBefore(reading, found.from) ??
      reading.numberBefore(found.from, 'exact') ??
      reading.numberBefore(degreesBefore(reading, found.from), 'near'),
  );
  const isFirst = amounts[0] !== undefined && !(amounts[1] && isArticle(reading, amounts[0].from));
  const article =
    !isFirst && amounts[1] === undefined && isArticle(reading, second.from - 1)
      ? reading.numberBefore(second.from, 'expected')
      : undefined;
  const amount = isFirst ? amounts[0] : (amounts[1] ?? article);
  // Words that sound like units are many: "call my mother".
  if (!amount && !isOneIn(reading, first, second) && reading.hears(ASKS) < LEAST_OF_ASKED) return undefined;
  const isInto =
    !isFirst &&
    !amounts[1] &&
    !article &&
    reading.words[second.from - 1]?.text === 'into' &&
    /^(are|is|our)$/.test(reading.words[second.from - 2]?.text ?? '');
  // "A foot has how many inches?": what is counted is asked for.
  const isSecondAsked = isCounted(reading, second.from) || (amount === undefined && isArticle(reading, first.from - 1));
  const source = isFirst || isSecondAsked ? first : second;
  for (const found of pair) reading.explain(found.from, found.to, found.strength);
  if (amount) reading.explain(amount.from, amount.to, 1);
  reading.takeAll(
    'how many|convert|what is|how much is|how much|into|turn|change|equal|equals|degrees|in|heavy|far|long|tall|fast|are there in|there|what|hot|warm|make|makes|are|does|do|is|has|how|home many|change|give me|tell me|how long|how far|how heavy|weigh|weighs|big|cold|much|need|and',
  );
  return {
    // "How many grams are into pounds": "in two"
    amount: amount?.value ?? (isInto ? 2 : 1),
    from: source.unit.symbol,
    to: (source === first ? second : first).unit.symbol,
  };
};

/** "half a cup" */
function halfBefore(reading: Interpretation, at: number): { value: number; from: number; to: number } | undefined {
  const isHalf = reading.words[at - 2]?.text === 'half' && isArticle(reading, at - 1);
  return isHalf ? { value: 0.5, from: at - 2, to: at } : undefined;
}

const isCounted = (reading: Interpretation, at: number): boolean =>
  reading.words[at - 1]?.text === 'many' && /^(how|home)$/.test(reading.words[at - 2]?.text ?? '');
const isArticle = (reading: Interpretation, at: number): boolean =>
  reading.words[at]?.text === 'a' || reading.words[at]?.text === 'an';
/** "A pound in ounces" */
const isOneIn = (reading: Interpretation, first: FoundUnit, second: FoundUnit): boolean =>
  isArticle(reading, first.from - 1) && second.from === first.to + 1 && reading.words[first.to]?.text === 'in';
const degreesBefore = (reading: Interpretation, at: number): number =>
  /^degrees?$/.test(reading.words[at - 1]?.text ?? '') ? at - 1 : at;

export const convert: Skill = {
  tool: () => ({
    name: 'convert_units',
    description: 'Converts between units of length, mass, volume, temperature, speed, area, time and data.',
    parameters: parameters({
      amount: { type: 'number' },
      from: { type: 'string', description: 'A unit, for example `mi`, `°F`, `cup`, `km/h`.' },
      to: { type: 'string', description: 'Another unit of the same quantity.' },
    }),
    effect: 'reads',
    async call(input) {
      const amount = requiredNumber(input, 'amount', -1e15, 1e15);
      const [from, to] = (['from', 'to'] as const).map((name) => {
        const unit = findUnit(requiredText(input, name));
        if (!unit) throw wrongInput(name, `one of ${UNITS.map(({ symbol }) => symbol).join(', ')}`);
        return unit;
      }) as [Unit, Unit];
      if (from.quantity !== to.quantity) throw wrongInput('to', `a unit of ${from.quantity}`);
      const value = converted(amount, from, to);
      const rounded = Number(value.toPrecision(4));
      const isExact = Math.abs(rounded - value) <= Math.abs(value) * 1e-9;
      const shown = isExact ? value : rounded;
      const verb = amount === 1 ? 'is' : 'are';
      return `${counted(amount, from.singular, from.plural)} ${verb} ${isExact ? '' : 'about '}${spokenNumber(shown)} ${shown === 1 ? to.singular : to.plural}.`;
    },
  }),
  rules: [{ needs: [], not: 'timer|alarm|remind|list|until|left', read: readConversion }],
  phrasings: [
    'convert two feet to meters',
    'how many grams are in a pound',
    'what is ten kilometers in miles',
    'how many inches are in a foot',
    'change celsius to fahrenheit',
    'how many ounces in a cup',
  ],
};
