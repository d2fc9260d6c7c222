import { contract, event, type TypesOf } from './contract.ts';
import { error } from './samples.ts';

/** `ask` numbers the questions of one utterance, from 1: the last is the one that counts. */
const ask = 1;

/** The brain, for one utterance. What it answers goes over a channel to the speech. */
export const thinkingContract = contract('thinking', {
  receives: {
    'thinking.ask': event('answer this; what was asked before is void', { ask, text: 'what time is it' }),
    'thinking.confirm': event('the utterance is over: the answer may be spoken, and tools may change something', {
      ask,
    }),
    'thinking.cancel': event('no answer is wanted any more'),
  },
  sends: {
    'thinking.begun': event('the first piece of the answer', { ask }),
    'thinking.failed': event('there is no answer, or no more of it', { ask, error }),
  },
});
export type ThinkingContract = TypesOf<typeof thinkingContract>;
