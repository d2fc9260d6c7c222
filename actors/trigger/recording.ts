/**
 * A recording as the microphone speaks by itself: once, as soon as the line is ready. Its end of file ends the utterance.
 */
import type { OpenTrigger } from './trigger.ts';

export const recordingTrigger: OpenTrigger = ({ onPress }) => {
  let spoken = false;
  return {
    ready() {
      if (spoken) return;
      spoken = true;
      onPress('file');
    },
    stop() {},
  };
};
