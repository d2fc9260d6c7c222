/** Coins, dice and random numbers. */
import { numberOf, parameters, requiredNumber } from './input.ts';
import type { Skill } from './skill.ts';
import { enumerated } from './spoken/numbers.ts';

const MAX = 1e9;

export const coin: Skill = {
  tool: ({ random }) => ({
    name: 'flip_coin',
    description: 'Flips a coin.',
    parameters: parameters({}),
    effect: 'reads',
    call: async () => (random() < 0.5 ? 'Heads.' : 'Tails.'),
  }),
  rules: [
    {
      needs: ['flip a coin|toss a coin|heads or tails|flip|toss|throw a coin|coin toss|coin flip|coin'],
      also: 'a coin|coin|for me|heads or tails|again|please|flip|toss|me|throw|another',
      not: 'add|spell|list',
      whole: 'flip a coin|toss a coin|heads or tails|throw a coin|flip a coin for me|toss a coin for me',
    },
  ],
  phrasings: ['flip a coin', 'heads or tails', 'toss a coin', 'throw a coin for me', 'coin flip please'],
};

export const dice: Skill = {
  tool: ({ random }) => ({
    name: 'roll_dice',
    description: 'Rolls dice.',
    parameters: parameters({
      'count?': { type: 'integer', minimum: 1, maximum: 10, description: 'How many dice; 1 if it is left out.' },
      'sides?': { type: 'integer', minimum: 2, maximum: 1_000, description: '6 if it is left out.' },
    }),
    effect: 'reads',
    async call(input) {
      const count = Math.round(numberOf(input, 'count', 1, 10) ?? 1);
      const sides = Math.round(numberOf(input, 'sides', 2, 1_000) ?? 6);
      const rolled = Array.from({ length: count }, () => 1 + Math.floor(random() * sides));
      if (count === 1) return `It is ${rolled[0]}.`;
      return `${enumerated(rolled.map(String))}, together ${rolled.reduce((sum, each) => sum + each, 0)}.`;
    },
  }),
  rules: [
    {
      needs: [
        'dice|=die|=a die|~died|~dye|~a dive|~sighted eye|~sided lie|~sidedite|~sided eye',
        'roll|throw|=cast|=rule|=role|toss|~rolla|~roller|~rowle|~bro|~row|~grow|~grill',
      ],
      also: 'for me|please|sided|again|with|sides|side|a|me',
      whole: 'roll a die|roll the dice|throw the dice|roll a dice|throw a die',
      not: 'list|add',
      read(reading) {
        const sided = reading.words.findIndex(
          ({ text }) =>
            text === 'sided' ||
            text === 'sides' ||
            text === 'side' ||
            text === 'cited' ||
            text === 'sighted' ||
            text === 'sidedite',
        );
        const sides = sided > 0 ? reading.numberBefore(sided, 'near') : undefined;
        if (sides) reading.explain(sides.from, sided + 1);
        const isTwo = /^(to|too)$/.test(
          reading.words[reading.words.findIndex(({ text }) => text === 'dice') - 1]?.text ?? '',
        );
        const count = isTwo ? 2 : reading.number('near');
        return {
          ...(count !== undefined && count >= 1 && count <= 10 ? { count } : {}),
          ...(sides ? { sides: sides.value } : {}),
        };
      },
    },
  ],
  phrasings: ['roll a die', 'roll two dice', 'throw the dice', 'roll the dice for me', 'roll a dice'],
};

export const randomNumber: Skill = {
  tool: ({ random }) => ({
    name: 'random_number',
    description: 'Picks a whole number.',
    parameters: parameters({ from: { type: 'integer' }, to: { type: 'integer' } }),
    effect: 'reads',
    async call(input) {
      const bounds = [requiredNumber(input, 'from', -MAX, MAX), requiredNumber(input, 'to', -MAX, MAX)].sort(
        (a, b) => a - b,
      );
      const [least = 0, most = 0] = bounds.map(Math.round);
      return `${least + Math.floor(random() * (most - least + 1))}.`.replace('-', 'minus ');
    },
  }),
  rules: [
    {
      needs: ['number|random|a number', 'pick|choose|random|give me|tell me|think of|say|between|generate'],
      also: 'a random|between|from|to|and|number|and a|please|random|me',
      not: 'spell',
      read(reading) {
        const from = reading.number('near');
        const to = from === undefined ? undefined : reading.number('near');
        reading.takeAll('and|to|between');
        return from !== undefined && to !== undefined ? { from, to } : { from: 1, to: from ?? 10 };
      },
    },
  ],
  phrasings: [
    'pick a number',
    'give me a random number',
    'choose a number between one and ten',
    'think of a number',
    'random number please',
  ],
};
