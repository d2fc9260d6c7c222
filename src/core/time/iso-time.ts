/**
 * Times as text, ISO 8601. Never throws: an invalid number from outside must not break a whole list.
 */

/** For ms since 1970. */
export function isoTime(ms: number): string {
  const date = new Date(ms);
  return Number.isNaN(date.getTime()) ? 'no time' : date.toISOString();
}

/** The day alone. */
export function isoDay(ms: number): string {
  return isoTime(ms).split('T')[0] ?? '';
}
