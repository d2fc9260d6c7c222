/**
 * What a gateway may do with this device for people who are not beside it. The microphone is the person's: nobody presses from afar unless
 * the owner allows it, and what a person at the device has muted stays muted.
 */
import { errorFields } from '../core/errors.ts';
import type { Log } from '../core/log/log.ts';
import type { ControlAction, Muter } from '../protocol/remote-control.ts';

/** Who has muted the microphone after somebody wants it muted or not; undefined: nobody. Pure. */
export function muterAfter(before: Muter | undefined, wanted: { muted: boolean; by: Muter }): Muter | undefined {
  if (wanted.by === 'person') return wanted.muted ? 'person' : undefined;
  if (before === 'person') return before;
  return wanted.muted ? 'gateway' : undefined;
}

export interface RemoteControlTarget {
  /** The owner allows presses. */
  readonly allowsPress: boolean;
  mutedBy(): Muter | undefined;
  /** For the gateway. @throws EarshotError `store_failed`, `store_full`: it applies until the next restart only */
  mute(muted: boolean): void;
  press(): void;
  release(): void;
  cancel(): void;
  log: Log;
}

/** Carries it out, or logs why not. */
export function carryOut(action: ControlAction, target: RemoteControlTarget): void {
  const refusal = refusalOf(action, target);
  if (refusal !== undefined) return target.log.warn('a control of the gateway is refused', { action, reason: refusal });
  target.log.info('the gateway controls this device', { action });
  try {
    if (action === 'mute' || action === 'unmute') target.mute(action === 'mute');
    else target[action]();
  } catch (error) {
    target.log.warn('the settings of the device cannot be stored', errorFields(error));
  }
}

function refusalOf(action: ControlAction, { allowsPress, mutedBy }: RemoteControlTarget): string | undefined {
  if (action === 'mute') return undefined;
  if (action === 'unmute') return mutedBy() === 'person' ? 'a person at the device has muted it' : undefined;
  if (!allowsPress) return 'its owner does not allow it (--allow-remote-press)';
  return action === 'press' && mutedBy() !== undefined ? 'the microphone is muted' : undefined;
}
