/**
 * Quiet hours: the times of day between which only what is urgent is announced. By the device's local time, which knows about daylight
 * saving. Pure.
 */
import type { Settings } from '../../src/protocol/control.ts';

export type QuietHours = NonNullable<Settings['quietHours']>;

const MINUTE_MS = 60_000;
const DAY_MINUTES = 24 * 60;

/** How long they still last at this time (ms since 1970), to the minute; 0: it is not quiet. They may go over midnight. */
export function quietForMs(hours: QuietHours | undefined, wallMs: number): number {
  if (!hours) return 0;
  const from = minutesOf(hours.from);
  const to = minutesOf(hours.to);
  const date = new Date(wallMs);
  const now = date.getHours() * 60 + date.getMinutes();
  const sinceBegin = (now - from + DAY_MINUTES) % DAY_MINUTES;
  const length = (to - from + DAY_MINUTES) % DAY_MINUTES;
  return sinceBegin < length ? (length - sinceBegin) * MINUTE_MS : 0;
}

function minutesOf(time: string): number {
  const [hours = 0, minutes = 0] = time.split(':').map(Number);
  return hours * 60 + minutes;
}
