/**
 * What a device can do beyond the first version of the protocol: the names in `hello.features`. Others come from a later version, and are
 * ignored. No imports: both ends and the cloud share this file.
 */

/** The features that a device of this version has, each with a sentence. docs/protocol.md has the same table. */
export const FEATURES = {
  say: 'announcements: `say`',
  reminders: 'timers, reminders and alarms that ring on the device: `reminders`, `reminder.speech`',
  listen: 'it finds the end of speech itself: `patience`, `listen.hold`, `listen.end`',
} as const;

/** A feature that this version knows. */
export type KnownFeature = keyof typeof FEATURES;
