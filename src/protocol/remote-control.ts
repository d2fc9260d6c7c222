/**
 * Controls: what a gateway may have a device do for people who are not beside it. No imports of values: both ends and the cloud share this file.
 */
import type { KnownFeature } from './features.ts';

/**
 * - `press`, `release`, `cancel`: as a key of the device; only where the device's owner allows it
 * - `mute`: closes the microphone; `unmute`: opens what `mute` has closed, never what a person at the device has muted
 */
export const CONTROL_ACTIONS = ['press', 'release', 'cancel', 'mute', 'unmute'] as const;
export type ControlAction = (typeof CONTROL_ACTIONS)[number];

/** The feature that a device must have for it. */
export const FEATURE_OF_ACTION: Readonly<Record<ControlAction, KnownFeature>> = {
  press: 'press',
  release: 'press',
  cancel: 'press',
  mute: 'mute',
  unmute: 'mute',
};

/** Who has muted the microphone. A person at the device is above the gateway. */
export const MUTERS = ['person', 'gateway'] as const;
export type Muter = (typeof MUTERS)[number];
