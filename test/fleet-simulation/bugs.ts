/**
 * Faults of the code that the simulation must find: each is put into a copy of the source, and the fleet runs with it. So it is known that the
 * simulation would say something.
 */
import type { Weakening } from '../attack/weakened.ts';
import type { Fault } from './faults.ts';
import type { InvariantName } from './invariants.ts';

export interface Bug {
  name: string;
  change: Weakening;
  /** What finds it. */
  finds: InvariantName;
  faults: readonly Fault[];
}

const STORM: Fault = { kind: 'storm', atMs: 30_000, forMs: 6_000 };

export const BUGS: readonly Bug[] = [
  {
    name: 'a turn is confirmed before it is stored',
    change: {
      file: 'actors/cloud/cloud-recorder.ts',
      from: "        await keep({ kind: 'turn', device, record: told(), durationMs }, file);",
      to: "        void keep({ kind: 'turn', device, record: told(), durationMs }, file);",
    },
    finds: 'every utterance is recorded once and whole, or its device says that it had no room for it',
    faults: [
      { kind: 'slow-disk', atMs: 25_000, forMs: 8_000, operationMs: 5_000 },
      { kind: 'storm', atMs: 32_000, forMs: 2_000 },
    ],
  },
  {
    name: 'a connection takes over without a look at whether it is the newest',
    change: {
      file: 'convex/connections.ts',
      from: 'if (row && !isSame && (!told.isOpen || told.connectedAt < row.connectedAt)) return;',
      to: 'if (row && !isSame && !told.isOpen) return;',
    },
    finds: 'no device loses its newest connection to an older one',
    faults: [
      { kind: 'cloud-cut', atMs: 24_000, zone: 0, forMs: 15_000 },
      { kind: 'links', atMs: 26_000, share: 0.5, isSilent: false },
      { kind: 'links', atMs: 29_000, share: 0.5, isSilent: false },
      { kind: 'links', atMs: 32_000, share: 0.5, isSilent: false },
    ],
  },
  {
    name: 'the backoff has no jitter',
    change: {
      file: 'machines/link.ts',
      from: 'return Math.round(ceilingMs / 2 + (ceilingMs / 2) * jitter);',
      to: 'return Math.round(ceilingMs);',
    },
    finds: 'no herd',
    faults: [STORM],
  },
  {
    name: 'a resumed turn is answered without a question whether it was answered',
    change: {
      file: 'src/gateway/answered-turns.ts',
      from: "told?.outcome === 'done' ? answered(turn, answer, told) : responder(turn, answer);",
      to: 'responder(turn, answer);',
    },
    finds: 'no turn is answered twice',
    faults: [
      { kind: 'links', atMs: 26_000, share: 0.5, isSilent: true },
      { kind: 'zone', atMs: 32_000, zone: 0, forMs: 20_000 },
    ],
  },
];
