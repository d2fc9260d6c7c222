/**
 * What the page says of a device's microphone: whether it is muted, by whom, and who may change that.
 */
import type { Muter } from '../../../protocol/remote-control.ts';

export interface MicrophoneStanding {
  isOnline: boolean;
  /** Missing: it is not muted. As the device told last. */
  mutedBy?: Muter | undefined;
}

/** Whether an operator may switch it. A person at the device is above everybody who is not there. */
export function canSwitch({ isOnline, mutedBy }: MicrophoneStanding): boolean {
  return isOnline && mutedBy !== 'person';
}

export function microphoneWords(name: string, { isOnline, mutedBy }: MicrophoneStanding): string {
  if (mutedBy === 'person') return `Somebody at ${name} has muted it, so it can be unmuted only there.`;
  if (!isOnline) {
    return mutedBy
      ? `${name} is away, and stays muted. It can be unmuted when it is connected.`
      : `${name} is away. It can be muted when it is connected.`;
  }
  return mutedBy
    ? 'It was muted from afar. Somebody at the device can unmute it, too.'
    : 'Muting discards what is being recorded. Nothing opens the microphone until it is unmuted, here or at the device.';
}
