/**
 * A frame that is missing although later ones are there. It may only be out of order; after a little patience it is lost.
 */

/** Packets on real links swap by under 1 ms; one tick covers that. */
const PATIENCE_MS = 10;

export class Gap {
  /** How much of the lost frame has been made up already, in samples. */
  doneSamples = 0;
  /** What was made up while the frame might still have come: counts towards it once it is lost. */
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
