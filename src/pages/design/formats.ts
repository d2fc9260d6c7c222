/**
 * Times, durations and sizes as people read them. The pages are in English, so dates are too: `14:05`, `26 Nov 2026`.
 */
const LOCALE = 'en-GB';
const SECOND_MS = 1_000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

const time = /* @__PURE__ */ new Intl.DateTimeFormat(LOCALE, { timeStyle: 'short' });
const timeWithSeconds = /* @__PURE__ */ new Intl.DateTimeFormat(LOCALE, { timeStyle: 'medium' });
const day = /* @__PURE__ */ new Intl.DateTimeFormat(LOCALE, { day: 'numeric', month: 'short' });
const dayOfYear = /* @__PURE__ */ new Intl.DateTimeFormat(LOCALE, { day: 'numeric', month: 'short', year: 'numeric' });
const relative = /* @__PURE__ */ new Intl.RelativeTimeFormat('en', { numeric: 'auto' });

/** `14:05`. @param ms since 1970 */
export function timeText(ms: number): string {
  return time.format(ms);
}

/** `14:05` today, `26 Nov 14:05` this year, `26 Nov 2025` before. For a `title` or a table. @param ms since 1970 */
export function momentText(ms: number, nowMs: number): string {
  const [then, now] = [new Date(ms), new Date(nowMs)];
  if (then.toDateString() === now.toDateString()) return timeText(ms);
  return then.getFullYear() === now.getFullYear() ? `${day.format(then)} ${timeText(ms)}` : dayOfYear.format(then);
}

/** `26 Nov 2026, 14:05:09`: the whole of it, for a `title`. @param ms since 1970 */
export function wholeMomentText(ms: number): string {
  return `${dayOfYear.format(ms)}, ${timeWithSeconds.format(ms)}`;
}

/** `now`, `5 minutes ago`, `in 2 hours`, `yesterday`. @param ms since 1970 */
export function relativeText(ms: number, nowMs: number): string {
  const apartMs = ms - nowMs;
  const size = Math.abs(apartMs);
  if (size < 10 * SECOND_MS) return 'now';
  if (size < MINUTE_MS) return relative.format(Math.trunc(apartMs / SECOND_MS), 'second');
  if (size < HOUR_MS) return relative.format(Math.trunc(apartMs / MINUTE_MS), 'minute');
  if (size < DAY_MS) return relative.format(Math.trunc(apartMs / HOUR_MS), 'hour');
  if (size < 30 * DAY_MS) return relative.format(Math.trunc(apartMs / DAY_MS), 'day');
  return dayOfYear.format(ms);
}

/** `0.6 ms`, `115 ms`, `2.4 s`, `1:05`, `1:02:03`. */
export function durationText(ms: number): string {
  if (!Number.isFinite(ms)) return '–';
  if (ms < 10) return `${Math.max(0, ms).toFixed(1)} ms`;
  if (ms < 999.5) return `${Math.round(ms)} ms`;
  if (ms < 9_950) return `${(ms / SECOND_MS).toFixed(1)} s`;
  const seconds = Math.round(ms / SECOND_MS);
  if (seconds < 60) return `${seconds} s`;
  return clockDurationText(ms);
}

/** `0:04`, `1:05`, `1:02:03`: the place in a recording. */
export function clockDurationText(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / SECOND_MS));
  const [hours, minutes] = [Math.floor(seconds / 3_600), Math.floor((seconds % 3_600) / 60)];
  const two = (n: number) => String(n).padStart(2, '0');
  return hours > 0 ? `${hours}:${two(minutes)}:${two(seconds % 60)}` : `${minutes}:${two(seconds % 60)}`;
}

const UNITS = ['B', 'kB', 'MB', 'GB', 'TB'];

/** `0 B`, `512 B`, `1.5 kB`, `20 MB`: in powers of 1,000. */
export function bytesText(bytes: number): string {
  let value = Math.max(0, bytes);
  let unit = 0;
  while (value >= 999.5 && unit < UNITS.length - 1) {
    value /= 1_000;
    unit += 1;
  }
  return `${unit > 0 && value < 9.95 ? value.toFixed(1) : Math.round(value)} ${UNITS[unit]}`;
}

/** `1 turn`, `1,024 turns`. */
export function countText(count: number, one: string, many = `${one}s`): string {
  return `${count.toLocaleString(LOCALE)} ${count === 1 ? one : many}`;
}
