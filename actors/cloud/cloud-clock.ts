/**
 * The difference between the cloud's clock and this machine's: gateways order their connections by the cloud's clock, because their own may differ
 * by more than a device needs to go from one to another. Pure.
 */

/** So many of the last answers count: a clock may be set. */
const SAMPLES = 16;

export interface CloudClock {
  readonly isKnown: boolean;
  /** @param ask resolves with the cloud's time while the question was answered, ms since 1970 */
  measure(ask: () => Promise<number>): Promise<void>;
  /** A time of this machine on the cloud's clock. Late by no more than the fastest of the last questions was under way. */
  toCloud(wallMs: number): number;
  /** The other way round. */
  fromCloud(cloudMs: number): number;
}

export function createCloudClock(wallNow: () => number): CloudClock {
  /** By how much the cloud's clock is ahead, plus the time that the question was under way. */
  let aheadMs: number[] = [];
  const leastMs = () => (aheadMs.length > 0 ? Math.min(...aheadMs) : 0);
  return {
    get isKnown() {
      return aheadMs.length > 0;
    },
    async measure(ask) {
      const askedAtMs = wallNow();
      const cloudMs = await ask();
      aheadMs = [...aheadMs, cloudMs - askedAtMs].slice(-SAMPLES);
    },
    toCloud: (wallMs) => wallMs + leastMs(),
    fromCloud: (cloudMs) => cloudMs - leastMs(),
  };
}
