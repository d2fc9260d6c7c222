/**
 * What begins a turn. An end that reads a trigger which is not listed here takes it and keeps it as it is: the other end is of a later
 * version. No imports: both ends, the cloud and a browser share this file.
 */

/** The triggers that this version sends, each with a sentence. docs/protocol.md has the same table. */
export const TRIGGERS = {
  key: 'a person pressed a key of the keyboard',
  signal: 'the process received SIGUSR1, from a button or a script',
  file: 'a recording takes the place of the microphone, and begins by itself',
  page: 'a person pressed the button of the inspector',
} as const;

/** What a device of this version sends. */
export type KnownTrigger = keyof typeof TRIGGERS;
/** What a turn may carry: a {@link KnownTrigger}, or the trigger of another version. */
export type Trigger = string;

const TRIGGER = /^[a-z0-9][a-z0-9-]{0,63}$/;

/** Whether a text can be a trigger: 1 to 64 of a–z, 0–9 and -, not beginning with -. */
export function isTrigger(text: string): boolean {
  return TRIGGER.test(text);
}
