/**
 * Where the suite runs.
 */
import type { Backend, BackendName } from '../suite/backend.ts';
import { openConvexTest } from './convex-test.ts';
import { openEmbedded } from './embedded.ts';
import { openReal, realIsMissing } from './real.ts';

interface Offered {
  /** Why it cannot be tried. */
  missing?: string;
  open(): Promise<Backend>;
}

export const BACKENDS: Record<BackendName, Offered> = {
  'convex-test': { open: openConvexTest },
  embedded: { open: openEmbedded },
  real: { ...(realIsMissing() && { missing: realIsMissing() as string }), open: openReal },
};
