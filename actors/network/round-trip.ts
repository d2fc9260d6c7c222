/**
 * Round-trip time and clock offset from ping and pong, as NTP does it (RFC 5905 §8): of the last exchanges the one with
 * the smallest round trip gives the best offset, because it waited least in queues.
 *
 * Each exchange gives the offset with an error of up to half of its round trip. If two contradict each other, one of the clocks was set
 * in between, and the older ones are dropped.
 */
const EXCHANGES_KEPT = 8;
/** How far two clocks may drift apart during these exchanges: 500 ppm of 40 s, and a margin. */
const DRIFT_MS = 50;

export interface RoundTrip {
  /**
   * `t0` sent here, `t1` received and `t2` answered at the other end, `t3` received here; ms on each end's own clock.
   */
  add(t0: number, t1: number, t2: number, t3: number): void;
  /** Of the last exchange. */
  readonly roundTripMs: number;
  /** What to add to a time of the other end to get a time of this end. */
  readonly clockOffsetMs: number;
}

export function createRoundTrip(): RoundTrip {
  let exchanges: { roundTripMs: number; offsetMs: number }[] = [];
  return {
    add(t0, t1, t2, t3) {
      // Limited to the range from 0 to the whole time, whatever times the other end reports.
      const roundTripMs = Math.max(0, Math.min(t3 - t0, t3 - t0 - (t2 - t1)));
      const offsetMs = (t0 - t1 + t3 - t2) / 2;
      exchanges = exchanges.filter(
        (each) => Math.abs(each.offsetMs - offsetMs) <= (each.roundTripMs + roundTripMs) / 2 + DRIFT_MS,
      );
      exchanges.push({ roundTripMs, offsetMs });
      if (exchanges.length > EXCHANGES_KEPT) exchanges.shift();
    },
    get roundTripMs() {
      return exchanges.at(-1)?.roundTripMs ?? 0;
    },
    get clockOffsetMs() {
      let best = exchanges[0];
      for (const exchange of exchanges) if (best && exchange.roundTripMs < best.roundTripMs) best = exchange;
      return best?.offsetMs ?? 0;
    },
  };
}
