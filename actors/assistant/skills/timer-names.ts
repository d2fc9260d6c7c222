/** Finding timers, reminders and alarms by what they are called. */

import type { Reminder } from '../parts/memory.ts';
import { soundCloseness } from './heard/closeness.ts';
import { phonemesOf } from './heard/phonemes.ts';
import { spokenDuration } from './spoken/times.ts';

const LEAST_CLOSENESS = 0.6;

/** How alike two names sound, 0 to 1: the same name is not always heard in the same way. */
export function nameCloseness(one: string, other: string): number {
  const sounds = (text: string): string =>
    text
      .toLowerCase()
      .split(/[^a-z0-9]+/)
      .map(phonemesOf)
      .join('');
  return soundCloseness(sounds(one), sounds(other), 0.3);
}

/** Those of this kind, and of this name if there is one; the best first. */
export function named(reminders: readonly Reminder[], kind: Reminder['kind'], name: string | undefined): Reminder[] {
  const ofKind = reminders.filter((reminder) => reminder.kind === kind);
  if (name === undefined) return ofKind;
  return ofKind
    .map((reminder) => ({ reminder, closeness: nameCloseness(reminder.label, name) }))
    .filter(({ closeness }) => closeness >= LEAST_CLOSENESS)
    .sort((a, b) => b.closeness - a.closeness)
    .slice(0, 1)
    .map(({ reminder }) => reminder);
}

/** `The pasta timer`, `The 5 minute timer` */
export function timerName({ label, durationMs }: Reminder): string {
  if (label) return `the ${label} timer`;
  return durationMs === undefined ? 'the timer' : `the timer of ${spokenDuration(durationMs / 1_000)}`;
}
