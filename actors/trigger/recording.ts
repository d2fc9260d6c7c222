/**
 * The trigger of a microphone that is a recording: one turn begins when the device is ready. The end of the file ends the utterance.
 */
import type { OpenTrigger } from './trigger.ts';

/** Begins one turn when the device is ready, for a microphone that is a recording. */
export function recordingTrigger(): OpenTrigger {
  /** Survives a crash of the trigger: the recording is played once. */
  let hasBegun = false;
  return ({ onPress }) => ({
    ready() {
      if (hasBegun) return;
      hasBegun = true;
      onPress('file');
    },
  });
}
