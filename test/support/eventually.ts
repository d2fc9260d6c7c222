/** Polls for a condition without an event: a file, another process. */

import { WAIT_MS } from './in-time.ts';

const POLL_MS = 20;

/** Resolves with the first result that is neither undefined nor false. */
export async function eventually<Answer>(
  ask: () => Answer | undefined | false | Promise<Answer | undefined | false>,
  what: string,
): Promise<Answer> {
  const limitMs = performance.now() + WAIT_MS;
  for (;;) {
    const answer = await ask();
    if (answer !== undefined && answer !== false) return answer;
    if (performance.now() > limitMs) throw new Error(`it did not happen: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}
