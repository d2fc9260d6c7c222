/** Plays speech to a card, without a pause, until it is ended: `play-speech.ts CARD`. */
import { cardSpeaker } from '../../actors/sound/card-speaker.ts';
import { systemClock } from '../../src/core/time/clock.ts';
import { testScope } from '../support/test-scope.ts';
import { denseSpeech } from './dense-speech.ts';

const speech = denseSpeech();
let at = 0;
await cardSpeaker({ device: process.argv[2] ?? 'mouth' })(
  {
    onDemand(block) {
      if (at + block.length > speech.length) at = 0;
      block.set(speech.subarray(at, at + block.length));
      at += block.length;
      return block.length;
    },
    onUnderflow() {},
    onLost(error) {
      throw error;
    },
  },
  testScope(systemClock),
);
process.stdout.write('speaking\n');
