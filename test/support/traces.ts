/**
 * Delay traces for tests and measurements: the recorded ones, and synthetic ones of other kinds. The synthetic ones with seeds 1 to 3
 * were used to tune the adaptive buffer: a fair check uses other seeds.
 */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseTrace } from '../../src/tools/simulation/delay-trace.ts';
import { createRandom } from '../../src/tools/simulation/random.ts';

export const RECORDED = {
  jit15_g3: { packetMs: 60 },
  loss5_g1: { packetMs: 20 },
  loss5_g3: { packetMs: 60 },
  loss10_g3: { packetMs: 60 },
} as const;

export function recordedTrace(name: keyof typeof RECORDED): number[] {
  const path = fileURLToPath(new URL(`../../assets/networks/ws_tcp_rtt50_${name}.txt`, import.meta.url));
  return parseTrace(readFileSync(path, 'utf8'), path);
}

export type Generator = (packets: number, packetMs: number, seed: number) => number[];

/** Over TCP packets arrive in order: packets behind a late one are as late. */
export function inOrder(delays: readonly number[], packetMs: number): number[] {
  let last = Number.NEGATIVE_INFINITY;
  return delays.map((delayMs, packet) => {
    last = Math.max(packet * packetMs + delayMs, last);
    return last - packet * packetMs;
  });
}

export function exponential(random: () => number, mean: number): number {
  return -Math.log(1 - random()) * mean;
}

export const SYNTHETIC: Record<string, Generator> = {
  /** Scheduling steps of 8 ms, a slowly wandering base, handovers and retransmissions that stop everything for a while. */
  lte(packets, packetMs, seed) {
    const random = createRandom(seed);
    let stalledUntilMs = -1;
    let nextStallMs = 3_000 + random() * 10_000;
    let baseMs = 35;
    const delays: number[] = [];
    for (let packet = 0; packet < packets; packet++) {
      const atMs = packet * packetMs;
      if (atMs > nextStallMs) {
        stalledUntilMs = atMs + 120 + exponential(random, 250);
        nextStallMs = atMs + 4_000 + exponential(random, 9_000);
      }
      baseMs = Math.max(28, Math.min(60, baseMs + (random() - 0.5) * 2));
      const usualMs = baseMs + 8 * Math.floor(random() * 3) + exponential(random, 4);
      delays.push(atMs < stalledUntilMs ? Math.max(usualMs, stalledUntilMs - atMs + random() * 3) : usualMs);
    }
    return inOrder(delays, packetMs);
  },
  /** Low jitter, with bursts of a second in which other stations use the channel. */
  wifi(packets, packetMs, seed) {
    const random = createRandom(seed);
    let burstMs = 0;
    const delays: number[] = [];
    for (let packet = 0; packet < packets; packet++) {
      if (burstMs <= 0 && random() < packetMs / 2_000) burstMs = 300 + random() * 1_200;
      burstMs -= packetMs;
      delays.push(8 + exponential(random, 2) + (burstMs > 0 ? exponential(random, 35) : 0));
    }
    return inOrder(delays, packetMs);
  },
  /** A queue that fills for seconds and drains (bufferbloat). */
  queue(packets, packetMs, seed) {
    const random = createRandom(seed);
    let queueMs = 0;
    let isFilling = false;
    let turnMs = 5_000;
    const delays: number[] = [];
    for (let packet = 0; packet < packets; packet++) {
      if (packet * packetMs > turnMs) {
        isFilling = !isFilling;
        turnMs = packet * packetMs + (isFilling ? 2_000 + random() * 4_000 : 5_000 + random() * 10_000);
      }
      queueMs = Math.max(0, Math.min(350, queueMs + packetMs * (isFilling ? 0.08 : -0.15)));
      delays.push(30 + queueMs + random() * 10);
    }
    return inOrder(delays, packetMs);
  },
  jitter(packets, packetMs, seed) {
    const random = createRandom(seed);
    return inOrder(
      Array.from({ length: packets }, () => 25 + exponential(random, 30)),
      packetMs,
    );
  },
  /** Pure jitter: nothing is ever later than 60 ms. */
  uniform(packets, packetMs, seed) {
    const random = createRandom(seed);
    return inOrder(
      Array.from({ length: packets }, () => 25 + random() * 60),
      packetMs,
    );
  },
  /** For several seconds the link carries two thirds of the data, and then delivers the rest at once. */
  collapse(packets, packetMs, seed) {
    const random = createRandom(seed);
    let queueMs = 0;
    let isNarrow = false;
    let leftMs = 8_000;
    const delays: number[] = [];
    for (let packet = 0; packet < packets; packet++) {
      leftMs -= packetMs;
      if (leftMs < 0) {
        isNarrow = !isNarrow;
        leftMs = isNarrow ? 2_000 + random() * 8_000 : 8_000 + random() * 12_000;
      }
      queueMs = Math.max(0, queueMs + packetMs * (isNarrow ? 0.5 : -1.5));
      delays.push(30 + queueMs + random() * 8);
    }
    return inOrder(delays, packetMs);
  },
  clean(packets) {
    return new Array<number>(packets).fill(25);
  },
};
