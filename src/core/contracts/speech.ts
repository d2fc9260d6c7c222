import { contract, event, type TypesOf } from './contract.ts';
import { error } from './samples.ts';

/** Speaks the answer of one utterance. The text comes over a channel, the frames go to the responder's answer. */
export const speechContract = contract('speech', {
  receives: {
    'speech.open': event('speak the text as it comes'),
    'speech.apologize': event('say in one sentence what went wrong, in place of the rest', { error }),
  },
  sends: {
    'speech.started': event('the first frames of the answer are on their way'),
    'speech.sentence': event('the next sentence begins'),
    'speech.done': event('all of the answer is on its way'),
    'speech.apologized': event('the apology is on its way'),
    'speech.failed': event('the answer, or the apology, cannot be spoken', { error }),
  },
});
export type SpeechContract = TypesOf<typeof speechContract>;
