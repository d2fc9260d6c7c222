/**
 * The paths on which the adaptive buffer is compared with NetEQ. Nobody has tuned anything on the unseen ones: four kinds that are used for
 * nothing else, and the kinds of test/support/traces.ts with seeds that are used for nothing else.
 */
import { createRandom } from '../../../src/tools/simulation/random.ts';
import { exponential, type Generator, inOrder, RECORDED, recordedTrace, SYNTHETIC } from '../../support/traces.ts';

export interface ComparedPath {
  name: string;
  kind: 'unseen' | 'recorded' | 'clean';
  packetMs: number;
  delaysMs: readonly number[];
}

const UNSEEN_KINDS: Record<string, Generator> = {
  /** A long way; every some seconds a beam is handed over: half a second of silence, then everything at once. */
  satellite(packets, packetMs, seed) {
    const random = createRandom(seed);
    let nextMs = 4_000 + random() * 6_000;
    let untilMs = -1;
    const delays = Array.from({ length: packets }, (_, packet) => {
      const atMs = packet * packetMs;
      if (atMs > nextMs) {
        untilMs = atMs + 150 + random() * 350;
        nextMs = atMs + 6_000 + exponential(random, 8_000);
      }
      return Math.max(280 + exponential(random, 6), untilMs - atMs);
    });
    return inOrder(delays, packetMs);
  },
  /** A mobile link that fades and recovers: the delay swings within 20 s, with jitter that grows with it. */
  train(packets, packetMs, seed) {
    const random = createRandom(seed);
    const phase = random() * 2 * Math.PI;
    const delays = Array.from({ length: packets }, (_, packet) => {
      const fade = (1 + Math.sin(phase + (2 * Math.PI * packet * packetMs) / 20_000)) / 2;
      return 40 + 120 * fade ** 2 + exponential(random, 3 + 25 * fade);
    });
    return inOrder(delays, packetMs);
  },
  /** The route changes: the delay steps up or down by up to 80 ms. */
  steps(packets, packetMs, seed) {
    const random = createRandom(seed);
    let baseMs = 60;
    let leftMs = 6_000;
    const delays = Array.from({ length: packets }, () => {
      leftMs -= packetMs;
      if (leftMs < 0) {
        leftMs = 5_000 + random() * 7_000;
        baseMs = Math.max(20, Math.min(160, baseMs + (random() - 0.5) * 160));
      }
      return baseMs + random() * 8;
    });
    return inOrder(delays, packetMs);
  },
  /** Rare packets are very late (a Pareto distribution). */
  tail(packets, packetMs, seed) {
    const random = createRandom(seed);
    const delays = Array.from({ length: packets }, () => 25 + Math.min(800, 4 * ((1 - random()) ** (-1 / 1.5) - 1)));
    return inOrder(delays, packetMs);
  },
};
/** On a clean path there is no difference in events to compare. */
const KNOWN_KINDS = ['lte', 'wifi', 'queue', 'jitter', 'uniform', 'collapse'] as const;
const SEEDS = { unseenKinds: 701, knownKinds: 801 };
const PACKETS_MS = [20, 60] as const;

/** @param otherSeeds added to the seeds: other paths of the same kinds */
export function comparedPaths(seconds: number, otherSeeds = 0): ComparedPath[] {
  const generated = (name: string, generate: Generator, seed: number) =>
    PACKETS_MS.map((packetMs, i) => ({
      name: `${name}, ${packetMs} ms`,
      kind: 'unseen' as const,
      packetMs,
      delaysMs: generate(Math.ceil((seconds * 1_000) / packetMs), packetMs, seed + i + otherSeeds),
    }));
  return [
    ...Object.entries(UNSEEN_KINDS).flatMap(([name, generate], i) =>
      generated(name, generate, SEEDS.unseenKinds + 10 * i),
    ),
    ...KNOWN_KINDS.flatMap((name, i) => generated(name, SYNTHETIC[name] as Generator, SEEDS.knownKinds + 10 * i)),
    ...(Object.keys(RECORDED) as (keyof typeof RECORDED)[]).map((name) => ({
      name,
      kind: 'recorded' as const,
      packetMs: RECORDED[name].packetMs,
      delaysMs: recordedTrace(name),
    })),
    // What this machine adds: NetEQ alone has 40 and 72 ms.
    ...PACKETS_MS.map((packetMs) => ({
      name: `clean, ${packetMs} ms`,
      kind: 'clean' as const,
      packetMs,
      delaysMs: [25],
    })),
  ];
}
