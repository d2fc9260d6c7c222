import { contract, event, type TypesOf } from './contract.ts';
import { speechContract } from './speech.ts';
import { hosting } from './supervision.ts';
import { thinkingContract } from './thinking.ts';
import { transcriptionContract } from './transcription.ts';

/** The machine of the assistant's answer to one utterance. An actor that crashes is not restarted: the answer fails. */
export const answerContract = contract('answer', {
  receives: {
    ...transcriptionContract.sends,
    ...thinkingContract.sends,
    ...speechContract.sends,
    ...hosting,
    'answer.final': event('the utterance is complete'),
    'answer.abort': event('the answer is not needed any more'),
  },
  sends: {},
});
export type AnswerContract = TypesOf<typeof answerContract>;
