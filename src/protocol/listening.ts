/**
 * Turns of a device that finds the end of speech itself: it listens instead of waiting for a key. No imports: both ends and the cloud
 * share this file.
 */

/** How long a pause may be before it counts as the end. */
export const PATIENCES = ['quick', 'normal', 'patient'] as const;
export type Patience = (typeof PATIENCES)[number];

/** Longest hold, and all that a device waits in one pause because of holds, in ms. */
export const MAX_HOLD_MS = 2_000;

/** Why the gateway ends an utterance: the person has finished, or nobody spoke in it. */
export const END_REASONS = ['finished', 'no-speech'] as const;
export type EndReason = (typeof END_REASONS)[number];

/** Triggers of such turns: speech, the wake word, speech after a reply. */
const HANDS_FREE_TRIGGERS: readonly string[] = ['voice', 'wake', 'follow-up'];

export function isHandsFree(trigger: string): boolean {
  return HANDS_FREE_TRIGGERS.includes(trigger);
}
