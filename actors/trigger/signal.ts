/**
 * `SIGUSR1`: begins and ends an utterance, for buttons wired to a script.
 */
import type { OpenTrigger } from './trigger.ts';

/** Begins and ends an utterance with `SIGUSR1`. */
export const signalTrigger: OpenTrigger = ({ onPress }, { guard, onEnd }) => {
  const guardedPress = guard(() => onPress('signal'));
  process.on('SIGUSR1', guardedPress);
  onEnd(() => process.off('SIGUSR1', guardedPress));
  return {};
};
