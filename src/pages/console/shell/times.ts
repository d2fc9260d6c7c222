/**
 * Times for people, by the clock and the language of their browser.
 */
export function shortTime(ms: number): string {
  return new Date(ms).toLocaleTimeString(undefined, { hour: '2-digit', minute: '2-digit' });
}
