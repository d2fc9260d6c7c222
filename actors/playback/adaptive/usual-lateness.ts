/**
 * How late packets usually are on this path: what only a small share of them exceeds. A packet within it is jitter, which the
 * delay covers anyway; one beyond it is a stall, whose end nobody knows.
 *
 * Running shares of the packets that are later than each of a row of limits; the estimate is the first limit that few enough
 * exceed (the upper tail of a histogram with exponential forgetting, as NetEQ's DelayManager keeps one).
 */

/** Limits in ms, about geometric: a step is what a listener might notice. */
const LIMITS_MS = [
  6, 10, 14, 20, 26, 34, 44, 56, 70, 86, 105, 130, 160, 195, 240, 290, 350, 420, 500, 600, 720, 860, 1030, 1240, 1500,
];
/** Packets that count as later than usual. Between 3 and 4 % the figures of docs/playback.md hardly move. */
const UNUSUAL_SHARE = 0.035;
/** The same memory as the delay manager's: the two judge the same past. */
const MEMORY_SECONDS = 30;
/** Belief before anything is known, worth this much time: no packet is late. */
const PRIOR_SECONDS = 6;

export class UsualLateness {
  /** ms later than the fastest packet; infinite while more than a few packets are later than the last limit. */
  ms = 0;
  private readonly sharesBeyond = new Float64Array(LIMITS_MS.length);
  private seenSeconds = PRIOR_SECONDS;

  /** A packet of `packetMs` came `latenessMs` after the fastest. */
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
