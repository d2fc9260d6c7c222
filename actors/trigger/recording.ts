/**
 * A recording as the microphone speaks by itself: once, as soon as the line is ready. Its end of file ends the utterance.
 */
import type { OpenTrigger } from './trigger.ts';

export function recordingTrigger(): OpenTrigger {
  /** Also of a trigger before this one, that crashed. */
  let spoken = false;
  return ({ onPress }) => ({
    ready() {
      if (spoken) return;
      spoken = true;
      onPress('file');
    },
  });
}
