/**
 * What can be seen of a running daemon: the specification's `monitor_performance`, and what else tells how it is.
 */
import type { ConversationState } from '../../../machines/turn-record.ts';
import type { QueueMetrics } from '../../core/actor/queue-metrics.ts';
import type { DeviceMetrics } from '../../protocol/control.ts';

export interface Figures {
  /** ms since 1970. */
  atMs: number;
  pid: number;
  version: string;
  upSeconds: number;
  /** Whether sound has a thread of its own. */
  threads: 'two' | 'one';
  state: ConversationState;
  connected: boolean;
  /** Of one core, all threads together, since the last figures. */
  cpuPercent: number;
  /** Resident, all of it. */
  memoryMb: number;
  networkLatencyMs: number;
  /** Bytes of messages, without the headers of WebSocket and below; a second since the last figures, and in all. */
  sent: { bytesPerSecond: number; bytes: number };
  received: { bytesPerSecond: number; bytes: number };
  /** How long before it would run dry the card is given sound; not there as long as no card plays. See docs/playback.md, "The card". */
  guardMs?: number;
  buffers: Pick<QueueMetrics, 'name' | 'unit' | 'depth' | 'limit' | 'dropped'>[];
  totals: Totals;
}

/** Since the daemon was started; a turn counts when it ends. */
export interface Totals {
  turns: number;
  /** Of these, how many were not answered as they should. */
  failedTurns: number;
  framesSent: number;
  /** Frames that never reached the encoder, because its buffer was full. */
  framesDropped: number;
  framesPlayed: number;
  /** Frames of replies that came too late, or for which there was no room. */
  framesLost: number;
  /** What was made up or silent in their place, and in every other hole. */
  concealedMs: number;
  underruns: number;
  /** Times that the card dropped samples, because nobody took them. */
  captureOverflows: number;
  linkLosses: number;
  actorCrashes: number;
}

/** The same as the protocol's report: names and numbers. */
export function toReport(figures: Figures): DeviceMetrics {
  const { upSeconds, cpuPercent, memoryMb, networkLatencyMs, sent, received, guardMs, buffers, totals } = figures;
  return {
    ...{ upSeconds, cpuPercent, memoryMb, networkLatencyMs },
    ...{ bytesSent: sent.bytes, bytesReceived: received.bytes },
    ...(guardMs !== undefined && { guardMs }),
    ...totals,
    ...Object.fromEntries(buffers.map(({ name, dropped }) => [`dropped.${name}`, dropped])),
  };
}
