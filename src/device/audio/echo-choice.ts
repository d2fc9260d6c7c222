/** Chooses the echo canceller for the cards of a device, and logs the choice. */
import type { ChosenCanceller } from '../../../actors/echo/port.ts';
import { chooseEchoCanceller } from '../../../actors/echo/providers/choose.ts';
import { audioBackends } from '../../../actors/sound/backends/open.ts';
import type { Log } from '../../core/log/log.ts';
import type { AudioThreadSettings } from './audio-thread.ts';

export async function cancellerFor(
  { microphone, speaker, echoCanceller }: Pick<AudioThreadSettings, 'microphone' | 'speaker' | 'echoCanceller'>,
  log: Log,
): Promise<ChosenCanceller> {
  const listed = await audioBackends.listDevices(microphone, speaker);
  const chosen = await chooseEchoCanceller(echoCanceller, {
    microphone: listed.find(microphone, 'input')?.name,
    speaker: listed.find(speaker, 'output')?.name,
  });
  const { name, why, isMissing } = chosen;
  if (isMissing) log.warn('there is no echo canceller: a reply cannot be interrupted by voice', { reason: why });
  else log.info('the echo canceller was chosen', { canceller: name, reason: why });
  return chosen;
}
