import { contract, event, type TypesOf } from './contract.ts';
import { error, id, turn } from './samples.ts';

/** Who answers. */
export const responderContract = contract('responder', {
  receives: {
    'responder.begin': event('packets of this turn follow', { turn, id }),
    'responder.abort': event('nobody listens to the reply any more', { turn }),
  },
  sends: {
    'responder.processing': event<{ turn: number; transcript?: string }>('all was heard; the answer is being made', {
      turn,
    }),
    'responder.replying': event<{ turn: number; text?: string }>('the answer begins', { turn }),
    'responder.finished': event('the answer is complete', { turn }),
    'responder.failed': event('there will be no answer', { turn, error }),
  },
});
export type ResponderContract = TypesOf<typeof responderContract>;
