/**
 * A recording as the microphone speaks by itself: once, as soon as the line is ready. Its end of file ends the utterance.
 */
import type { OpenTrigger } from './trigger.ts';

/** Begins one turn as soon as the device is ready, for a microphone that is a recording. */
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
