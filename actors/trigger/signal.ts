/**
 * `SIGUSR1`: begins and ends an utterance, for buttons wired to a script.
 */
import type { OpenTrigger } from './trigger.ts';

export const signalTrigger: OpenTrigger = ({ onPress }) => {
  const onSignal = () => onPress('signal');
  process.on('SIGUSR1', onSignal);
  return { stop: () => process.off('SIGUSR1', onSignal) };
};
