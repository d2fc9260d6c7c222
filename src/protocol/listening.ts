/**
 * Turns of a device that finds the end of speech itself: it listens instead of waiting for a key. No imports: both ends and the cloud
 * share this file.
 */

/** What begins a turn beside a key: nothing, speech, or the wake word. */
export const LISTEN_MODES = ['push', 'voice', 'wake'] as const;
export type ListenMode = (typeof LISTEN_MODES)[number];

/** Whether a reply can be interrupted by voice; `auto`: while the echo canceller has converged. */
export const INTERRUPTIONS = ['off', 'auto', 'on'] as const;
export type Interruption = (typeof INTERRUPTIONS)[number];

/** Longest time after a reply in which speech begins a turn, in ms. */
export const MAX_FOLLOW_UP_MS = 60_000;

/** Longest time in which speech answers a reply that asks the person something, where it is not looked for after each reply, in ms. */
export const MAX_ANSWER_MS = 15_000;

/** How long a pause may be before it counts as the end. */
export const PATIENCES = ['quick', 'normal', 'patient'] as const;
export type Patience = (typeof PATIENCES)[number];

/** Longest hold, and all that a device waits in one pause because of holds, in ms. */
export const MAX_HOLD_MS = 2_000;

/** Why the gateway ends an utterance: the person has finished, nobody spoke in it, or another device that heard the same wake word answers. */
export const END_REASONS = ['finished', 'no-speech', 'elsewhere'] as const;
export type EndReason = (typeof END_REASONS)[number];

/** Softest level of a wake word, in dB of full scale. */
export const MIN_WAKE_LEVEL_DB = -120;

/** Triggers of such turns: speech, the wake word, speech after a reply. */
const HANDS_FREE_TRIGGERS: readonly string[] = ['voice', 'wake', 'follow-up'];

export function isHandsFree(trigger: string): boolean {
  return HANDS_FREE_TRIGGERS.includes(trigger);
}
