/**
 * The signal `SIGUSR1` begins an utterance and ends it: for a button that is handled by a script.
 */
import type { OpenTrigger } from './trigger.ts';

/** `SIGUSR1` begins an utterance, and the next one ends it. */
export const signalTrigger: OpenTrigger = ({ onPress }, { guard, onEnd }) => {
  const guardedPress = guard(() => onPress('signal'));
  process.on('SIGUSR1', guardedPress);
  onEnd(() => process.off('SIGUSR1', guardedPress));
  return {};
};
