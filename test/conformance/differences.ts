/**
 * Where backends differ: the only place. `npm run conformance` prints it, docs/embedded-cloud.md has it, and the suite fails where a check
 * does not hold that is not in here, or holds and is.
 */
import type { BackendName } from './backend.ts';

export interface Difference {
  checks: string[];
  backend: BackendName;
  /** What it does. */
  does: string;
  why: string;
  /** How the checks fail. */
  fails: RegExp;
}

export const DIFFERENCES: readonly Difference[] = [];
