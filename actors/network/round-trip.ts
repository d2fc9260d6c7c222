/**
 * Round-trip time and clock offset from ping and pong, as NTP does it (RFC 5905 §8): of the last exchanges the one with
 * the smallest round trip tells the offset best, because least of it was spent waiting in queues.
 */
const EXCHANGES_KEPT = 8;

export interface RoundTrip {
  /** `t0` sent here, `t1` received and `t2` answered there, `t3` received here; ms since 1970 on each end's clock. */
  add(t0: number, t1: number, t2: number, t3: number): void;
  /** Of the last exchange. */
  readonly roundTripMs: number;
  /** What to add to a time of the other end to get a time of this end. */
  readonly clockOffsetMs: number;
}

export function createRoundTrip(): RoundTrip {
  const exchanges: { roundTripMs: number; offsetMs: number }[] = [];
  return {
    add(t0, t1, t2, t3) {
      const roundTripMs = Math.max(0, t3 - t0 - (t2 - t1));
      exchanges.push({ roundTripMs, offsetMs: (t0 - t1 + t3 - t2) / 2 });
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
