/**
 * The usual lateness of packets on this path: only a small share of them is later. Lateness below it is jitter, which
 * the delay covers; above it is a stall of unknown length.
 *
 * Running shares of the packets that are later than each of a list of limits; the estimate is the first limit that few
 * enough packets exceed (the upper tail of a histogram with exponential forgetting, like that of NetEQ's DelayManager).
 */

/** Limits in ms, about geometric: one step is about the smallest audible difference. */
const LIMITS_MS = [
  6, 10, 14, 20, 26, 34, 44, 56, 70, 86, 105, 130, 160, 195, 240, 290, 350, 420, 500, 600, 720, 860, 1030, 1240, 1500,
];
/** Share of packets that count as later than usual. Between 3 and 4 % the results of docs/playback.md hardly change. */
const UNUSUAL_SHARE = 0.035;
/** The time constant of the delay manager: both judge the same past. */
const MEMORY_SECONDS = 30;
/** Prior, before there are measurements; it has the weight of this much time: no packet is late. */
const PRIOR_SECONDS = 6;

export class UsualLateness {
  /** ms later than the fastest packet; infinite while more than a few packets are later than the last limit. */
  ms = 0;
  private readonly sharesBeyond = new Float64Array(LIMITS_MS.length);
  private seenSeconds = PRIOR_SECONDS;

  /** A packet of `packetMs` arrived `latenessMs` after the fastest. */
  observe(latenessMs: number, packetMs: number): void {
    const seconds = packetMs / 1_000;
    this.seenSeconds = Math.min(MEMORY_SECONDS, this.seenSeconds + seconds);
    const weight = seconds / this.seenSeconds;
    this.ms = Number.POSITIVE_INFINITY;
    for (let i = LIMITS_MS.length - 1; i >= 0; i--) {
      const limitMs = LIMITS_MS[i] ?? 0;
      const before = this.sharesBeyond[i] ?? 0;
      const share = before + weight * ((latenessMs > limitMs ? 1 : 0) - before);
      this.sharesBeyond[i] = share;
      if (share < UNUSUAL_SHARE) this.ms = limitMs;
    }
  }
}
