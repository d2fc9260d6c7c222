/** Deletes what was said. */
import { forgetHeardWords } from './heard/interpretation.ts';
import { parameters } from './input.ts';
import type { Skill } from './skill.ts';
import { counted } from './spoken/numbers.ts';

export const forget: Skill = {
  tool: ({ memory }) => ({
    name: 'forget_conversation',
    description: 'Deletes everything that the person and the assistant said to each other.',
    parameters: parameters({}),
    effect: 'asks',
    async call(_input, { device }) {
      const deleted = await memory.forget(device.name);
      forgetHeardWords();
      return deleted === 0 ? 'There was nothing to forget.' : `I deleted ${counted(deleted, 'message')}.`;
    },
  }),
  rules: [
    {
      needs: [
        'forget|delete|erase|wipe|forgive|=clear|=remove|=do not keep|=do not remember|=do not save|=do not store|=not remember|=not keep',
        'what i said|everything|conversation|all i said|i said|i told you|our conversation|history|what we said|my data|all of it|memory|conversations|i have said|what i have|=what was said|=our chat|=anything i said|=all of this|=your memory',
      ],
      also: 'i told you|all|our|my|please|what i said|said|talked about|we|that|said to you|what|about me|me|the',
      whole:
        'forget what i said|forget everything i told you|delete our conversation|forget everything|erase our conversation|forget all i said',
      not: 'timer|alarm|list|reminder|do not forget|let me|shopping',
    },
  ],
  phrasings: [
    'forget what i said',
    'forget everything',
    'delete our conversation',
    'erase my history',
    'forget all that i told you',
  ],
};
