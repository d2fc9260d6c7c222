/**
 * What a device can do beyond the first version of the protocol: the names in `hello.features`. Others come from a later version, and are
 * ignored. No imports: both ends and the cloud share this file.
 */

/** The features that a device of this version has, each with a sentence. docs/protocol.md has the same table. */
export const FEATURES = {
  say: 'announcements: `say`',
  reminders: 'timers, reminders and alarms that ring on the device: `reminders`, `reminder.speech`',
  mute: 'it tells whether its microphone is muted, and can be muted: `mute`, `control` with `mute` and `unmute`',
  press: 'its owner allows it to be pressed from afar: `control` with `press`, `release` and `cancel`',
  listen: 'it finds the end of speech itself: `patience`, `listen.hold`, `listen.end`',
} as const;

/** A feature that this version knows. */
export type KnownFeature = keyof typeof FEATURES;
