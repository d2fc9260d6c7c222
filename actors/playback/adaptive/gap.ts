/**
 * A missing frame whose successors have arrived. It may only be out of order; after a short wait it counts as lost.
 */

/** Packets on real links are out of order by less than 1 ms; one tick covers that. */
const PATIENCE_MS = 10;

export class Gap {
  /** How much of the lost frame was concealed already, in samples. */
  doneSamples = 0;
  /** Concealment made before the frame counted as lost: part of the frame's duration. */
  waitedSamples = 0;
  private sinceMs = Number.POSITIVE_INFINITY;

  watch(isMissing: boolean, nowMs: number): void {
    if (!isMissing) this.sinceMs = Number.POSITIVE_INFINITY;
    else if (this.sinceMs === Number.POSITIVE_INFINITY) this.sinceMs = nowMs;
  }

  isLost(nowMs: number): boolean {
    return nowMs - this.sinceMs >= PATIENCE_MS;
  }

  clear(): void {
    this.doneSamples = 0;
    this.waitedSamples = 0;
    this.sinceMs = Number.POSITIVE_INFINITY;
  }
}
