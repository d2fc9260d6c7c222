/** Waiting for what a deployment does by itself: there is no event of it. */
import { WAIT_MS } from '../../support/in-time.ts';

const POLL_MS = 20;

/** Resolves when `assertion` holds. @throws what it threw last */
export async function holdsSoon(assertion: () => Promise<void>): Promise<void> {
  const endMs = performance.now() + WAIT_MS;
  for (;;) {
    const error = await assertion().then(
      () => undefined,
      (thrown: Error) => thrown,
    );
    if (!error) return;
    if (performance.now() > endMs) throw error;
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}
