/** "Repeat after me". */
import { isFiller } from './heard/interpretation.ts';
import { parameters, requiredText } from './input.ts';
import type { Skill } from './skill.ts';
import { sentence } from './spoken/numbers.ts';

export const repeat: Skill = {
  tool: () => ({
    name: 'repeat_after_me',
    description: 'Says a text that the person wants to hear.',
    parameters: parameters({ text: { type: 'string' } }),
    effect: 'reads',
    call: async (input) => `${sentence(requiredText(input, 'text'))}.`,
  }),
  rules: [
    {
      needs: ['repeat after me|repeat after|say after me|repeat the words|repeat the sentence|repeat this'],
      read(reading) {
        const text = reading.text(0, reading.words.length, () => false);
        return text ? { text } : undefined;
      },
    },
    {
      needs: ['say|=recite'],
      not: 'what|did|again|you said|that again|before|i said|once more|can you repeat|=one more time|=the time|=the date|=when|=something|=say it|=say that',
      read(reading) {
        const at = reading.words.findIndex(({ text }) => text === 'say' || text === 'recite');
        if (at < 0 || !reading.words.slice(0, at).every(({ text }) => isFiller(text) || text === 'hear'))
          return undefined;
        reading.explain(0, at);
        reading.takeAll('the sentence|the words|the phrase');
        const text = reading.text(at + 1, reading.words.length, (word) => word === 'please');
        return text ? { text } : undefined;
      },
    },
  ],
  phrasings: [
    'repeat after me',
    'say after me',
    'repeat these words',
    'repeat this sentence after me',
    'say hello everybody',
  ],
};
