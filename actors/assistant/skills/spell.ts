/** Spells a word. */
import { parameters, requiredText } from './input.ts';
import { Question, type Skill } from './skill.ts';

export const spell: Skill = {
  tool: () => ({
    name: 'spell_word',
    description: 'Spells a word, letter by letter.',
    parameters: parameters({ word: { type: 'string' } }),
    effect: 'reads',
    async call(input) {
      const word = requiredText(input, 'word').slice(0, 40);
      const letters = word.match(/[\p{L}\p{N}]/gu) ?? [];
      return `${word}: ${letters.map((letter) => letter.toUpperCase()).join(', ')}.`;
    },
  }),
  rules: [
    {
      needs: [
        'spell|spelled|do you spell|how is spelled|spelling of|how to spell|spells|=do i write|=do you write|=is written|=spelt|=does one write|=letters are in|=letters are there in|=letters does|=the letters in|=the letters of',
      ],
      also: 'which|have|written|write|like|let me hear|hear|i|one|does|can you|how|the word|for me|please|word|do you|is|tell me|me|what|say|the',
      not: 'list|timer',
      read(reading) {
        const word = reading.text();
        if (word) return { word };
        return new Question('Which word?', {}, (answer) => {
          const said = answer.text();
          return said ? { word: said } : undefined;
        });
      },
    },
  ],
  phrasings: [
    'spell a word',
    'how do you spell this word',
    'can you spell something',
    'spell banana',
    'how is it spelled',
  ],
};
