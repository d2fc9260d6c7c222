/**
 * Looks for the sound cards before anything is opened, so that a missing one is said at the start and not in mid-sentence.
 */
import type { MicrophoneDescription, SpeakerDescription } from '../../actors/sound/open.ts';

/** @throws EarshotError `sound_unavailable`, `device_not_found`, for the cards among these two. */
export async function checkCards(microphone: MicrophoneDescription, speaker: SpeakerDescription): Promise<void> {
  if (microphone.kind !== 'card' && speaker.kind !== 'card') return;
  const { findDevice, listDevices } = await import('../../actors/sound/device-search.ts');
  const list = listDevices();
  if (microphone.kind === 'card') findDevice(list, 'input', microphone.device);
  if (speaker.kind === 'card') findDevice(list, 'output', speaker.device);
}
