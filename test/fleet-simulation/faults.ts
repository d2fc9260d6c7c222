/** What fails, and when: derived from the seed. */
import type { Random } from '../support/random.ts';

export type Fault =
  /** A gateway's process ends as by `kill -9`, and another one begins with its disk. */
  | { kind: 'gateway'; atMs: number; slot: number; forMs: number }
  /** The gateways are restarted one after the other, each when the one before is ready again: they drain for so long at most, and end. */
  | { kind: 'rolling-restart'; atMs: number; drainMs: number; forMs: number }
  /** A zone cannot be reached, and reaches nothing; nobody is told. Its processes live on. */
  | { kind: 'zone'; atMs: number; zone: number; forMs: number }
  /** The gateways of a zone cannot reach the cloud. */
  | { kind: 'cloud-cut'; atMs: number; zone: number; forMs: number }
  | { kind: 'cloud'; atMs: number; forMs: number }
  /** Every operation on the disks of all gateways takes so long: nothing is confirmed meanwhile. */
  | { kind: 'slow-disk'; atMs: number; forMs: number; operationMs: number }
  | { kind: 'slow-cloud'; atMs: number; forMs: number; delayMs: number }
  /** Connections of this share of the devices break, or stall. */
  | { kind: 'links'; atMs: number; share: number; isSilent: boolean }
  /** All gateways at once: every device connects again. */
  | { kind: 'storm'; atMs: number; forMs: number };

export interface FaultPlan {
  random: Random;
  fromMs: number;
  toMs: number;
  slots: number;
  zones: number;
}

/** Each kind comes at least once, in an order in which one hits what another has left: a gateway dies while its disk is slow. */
export function planFaults({ random, fromMs, toMs, slots, zones }: FaultPlan): Fault[] {
  const kinds: Fault['kind'][] = ['gateway', 'links', 'cloud', 'zone', 'slow-disk', 'slow-cloud', 'cloud-cut', 'storm'];
  const faults: Fault[] = [];
  const stepMs = (toMs - fromMs) / kinds.length;
  for (const [i, kind] of kinds.entries()) {
    const atMs = Math.round(fromMs + i * stepMs + random.integer(0, stepMs / 4));
    const forMs = random.integer(5_000, 20_000);
    switch (kind) {
      case 'gateway':
        faults.push({ kind, atMs, slot: random.integer(0, slots - 1), forMs });
        break;
      case 'zone':
      case 'cloud-cut':
        faults.push({ kind, atMs, zone: random.integer(0, zones - 1), forMs: forMs + 15_000 });
        break;
      case 'cloud':
        faults.push({ kind, atMs, forMs: 30_000 });
        break;
      case 'slow-disk':
        faults.push(
          { kind, atMs, forMs: 8_000, operationMs: 3_000 },
          { kind: 'gateway', atMs: atMs + 7_000, slot: random.integer(0, slots - 1), forMs: 5_000 },
        );
        break;
      case 'slow-cloud':
        faults.push({ kind, atMs, forMs, delayMs: random.integer(200, 1_000) });
        break;
      case 'links':
        faults.push(
          { kind, atMs, share: 0.1, isSilent: false },
          { kind, atMs: atMs + 3_000, share: 0.05, isSilent: true },
        );
        break;
      case 'storm':
        faults.push({ kind, atMs, forMs: 2_000 });
        break;
    }
  }
  return faults;
}
