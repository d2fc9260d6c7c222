/**
 * When each packet of a stream arrives, on the card's clock: packet k is sent at k packet lengths and has the delay of line k of the trace. A
 * longer stream repeats the trace.
 */
import { LOST } from './delay-trace.ts';
import { createRandom } from './random.ts';

export interface PacketArrival {
  packet: number;
  atMs: number;
}

export interface Path {
  trace: readonly number[];
  packetMs: number;
  packets: number;
  /** Lost at random, in addition to the trace's losses. */
  lossPercent: number;
  /** How much faster than the sender's the card's clock runs. */
  driftPpm: number;
  seed: number;
}

export function arrivals({ trace, packetMs, packets, lossPercent, driftPpm, seed }: Path): PacketArrival[] {
  const random = createRandom(seed);
  const cardRate = 1 + driftPpm / 1e6;
  const list: PacketArrival[] = [];
  for (let packet = 0; packet < packets; packet++) {
    const delayMs = trace[packet % trace.length] ?? LOST;
    const isLost = random() * 100 < lossPercent;
    if (delayMs !== LOST && !isLost) list.push({ packet, atMs: (packet * packetMs + delayMs) * cardRate });
  }
  return list.sort((a, b) => a.atMs - b.atMs);
}
