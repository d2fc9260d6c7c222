/**
 * The triggers: what starts a turn. A trigger that is not in this list comes from a later version: it is accepted and
 * stored unchanged. No imports: both ends, the cloud and the browser share this file.
 */

/** The triggers that this version sends, each with a sentence. docs/protocol.md has the same table. */
export const TRIGGERS = {
  key: 'a person pressed a key of the keyboard',
  signal: 'the process received SIGUSR1, from a button or a script',
  voice: 'a person began to speak',
  wake: 'a person said the wake word',
  'follow-up': 'a person began to speak soon after a reply',
  file: 'a recording replaces the microphone and starts the turn automatically',
  page: 'a person pressed the button of a page',
  api: 'a program on the device used its local API',
  remote: 'somebody who is not beside the device pressed it through the gateway, which its owner allows',
  announcement: 'the gateway has something to say; there is no utterance',
  reminder: 'a reminder rings; only the device has this turn',
} as const;

/** A trigger that a device of this version sends. */
export type KnownTrigger = keyof typeof TRIGGERS;
/** The trigger of a turn: a {@link KnownTrigger}, or one of a later version. */
export type Trigger = string;

const TRIGGER = /^[a-z0-9][a-z0-9-]{0,63}$/;

/** Whether a text can be a trigger: 1 to 64 of a–z, 0–9 and -, not beginning with -. */
export function isTrigger(text: string): boolean {
  return TRIGGER.test(text);
}
