import { contract, event, type TypesOf } from './contract.ts';
import { error, id, turn } from './samples.ts';

/** The responder: it receives a turn and answers it. */
export const responderContract = contract('responder', {
  receives: {
    'responder.begin': event('packets of this turn follow', { turn, id }),
    'responder.abort': event('the reply is not needed any more', { turn }),
  },
  sends: {
    'responder.processing': event<{ turn: number; transcript?: string }>(
      'the whole turn has arrived; the reply is being prepared',
      {
        turn,
      },
    ),
    'responder.replying': event<{ turn: number; text?: string }>('the reply begins', { turn }),
    'responder.finished': event('the reply is complete', { turn }),
    'responder.failed': event('the turn cannot be answered', { turn, error }),
  },
});
export type ResponderContract = TypesOf<typeof responderContract>;
