/**
 * Everything that the inspector observes, as one sequence of entries in the order of events. The page shows it, the flight recorder writes it,
 * a replay reads it: one format for all three.
 *
 * Times (`t`) are ms on the process's monotonic clock, which never jumps; `clock` entries have the wall clock's time.
 * An actor is named by a number (`a`): the same for all its starts.
 */

import type { AudioLevels, PlaybackMetrics } from '../../core/actor/audio-metrics.ts';
import type { QueueMetrics } from '../../core/actor/queue-metrics.ts';
import type { TurnReport } from '../turn-report.ts';
import type { Chart } from './chart.ts';

/** A running time-out. */
export interface Timer {
  event: string;
  startedAt: number;
  delayMs: number;
}

/** Sequence of the first frame, frames, bytes, FINAL; then with `--record-audio` the packet itself in base64. */
export type PacketHead = [turn: number, sequence: number, frames: number, bytes: number, final: 0 | 1, packet?: string];

export type Entry =
  /** The wall clock's time (ms since 1970): at the beginning, and whenever it was set. */
  | { k: 'clock'; t: number; wallMs: number }
  /** A machine's chart, before its first actor. */
  | { k: 'chart'; chart: Chart }
  /** An actor was started or restarted. `counts` exists only where a sequence begins in the middle. */
  | {
      k: 'actor';
      t: number;
      a: number;
      name: string;
      parent?: number;
      chart?: string;
      input?: unknown;
      counts?: { received: number; sent: number; restarts: number; running: boolean; since: number };
    }
  /** An actor has ended. */
  | { k: 'gone'; t: number; a: number }
  /** An event was sent to an actor. `n` numbers messages. */
  | { k: 'msg'; t: number; n: number; from?: number; to: number; event: { type: string } }
  /**
   * A machine has processed a message. `context` is omitted where it is unchanged; `taken` are ids of transitions; `n` is omitted where
   * no message caused the step.
   */
  | { k: 'step'; t: number; a: number; n?: number; value: unknown; context?: unknown; taken: string[]; timers: Timer[] }
  /** Packets since the last such entry. */
  | { k: 'packets'; t: number; up: PacketHead[]; down: PacketHead[] }
  | ({ k: 'levels'; t: number } & AudioLevels)
  /** Twice a second. CPU is that of the process, in ms per second. */
  | {
      k: 'sample';
      t: number;
      cpuMsPerS: number;
      rssMb: number;
      heapMb: number;
      roundTripMs?: number;
      playback?: PlaybackMetrics;
      guardMs?: number;
      queues: QueueMetrics[];
    }
  | { k: 'turn'; t: number; report: TurnReport }
  /** A mark on the time line. */
  | { k: 'mark'; t: number; level: 'info' | 'error'; text: string };

/**
 * What to add to a `t` to get ms since 1970, by the last `clock` entry: if a device gets the time only after its start, that entry is right for
 * all before it, too. 0 without such an entry: in recordings of version 1, `t` is ms since 1970.
 */
export function wallOffsetOf(entries: readonly Entry[]): number {
  const last = entries.findLast((entry) => entry.k === 'clock');
  return last ? last.wallMs - last.t : 0;
}
