/**
 * How many cores this process may plan with: its share, where several processes do the same work.
 */
import { availableParallelism } from 'node:os';

let processes = 1;

/** Said once, before pools of threads are opened. */
export function shareCores(among: number): void {
  processes = among;
}

/** At least one. */
export function ownCores(): number {
  return Math.max(1, Math.floor(availableParallelism() / processes));
}
