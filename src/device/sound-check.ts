/**
 * Looks for the sound devices before anything is opened, so that a missing one is reported at the start and not during a turn.
 */
import type { AudioAddress } from '../../actors/sound/backend.ts';
import { audioBackends } from '../../actors/sound/backends/open.ts';

/** @throws EarshotError `sound_unavailable`, `device_not_found`, for the devices of the machine among these two. */
export async function checkSound(microphone: AudioAddress, speaker: AudioAddress): Promise<void> {
  const listed = await audioBackends.listDevices(microphone, speaker);
  listed.find(microphone, 'input');
  listed.find(speaker, 'output');
}
