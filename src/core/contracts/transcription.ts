import { contract, event, type TypesOf } from './contract.ts';
import { error } from './samples.ts';

const text = 'what time is it';

/** The recogniser of one utterance. Its audio comes over a channel. */
export const transcriptionContract = contract('transcription', {
  receives: {
    'transcription.finish': event('the utterance is complete'),
  },
  sends: {
    'transcription.paused': event('a pause: perhaps the end of the utterance', { text }),
    'transcription.resumed': event('the person goes on after a pause'),
    'transcription.done': event('the whole utterance is recognised', { text }),
    'transcription.passed': event('whoever answers hears the speech itself: there is no text before the answer'),
    'transcription.failed': event('the utterance cannot be recognised', { error }),
  },
});
export type TranscriptionContract = TypesOf<typeof transcriptionContract>;
