/**
 * The metrics of a running daemon: those of the specification's `monitor_performance`, and the project's own.
 */
import type { ConversationState } from '../../../machines/turn-record.ts';
import type { EchoMetrics } from '../../core/actor/audio-metrics.ts';
import type { QueueMetrics } from '../../core/actor/queue-metrics.ts';
import type { Attention, MicrophoneState } from '../../core/contracts/index.ts';
import type { DeviceMetrics } from '../../protocol/control.ts';

export interface MonitorMetrics {
  /** When they were collected, by the wall clock: ISO 8601. */
  at: string;
  pid: number;
  version: string;
  upSeconds: number;
  /** Number of threads: `two` if audio has its own. */
  threads: 'two' | 'one';
  state: ConversationState;
  connected: boolean;
  /** What the person is told about the microphone. */
  microphone: MicrophoneState;
  /** What is looked for in its sound. */
  attention: Attention;
  /** Of one core, all threads together, since the last metrics. */
  cpuPercent: number;
  /** Of all threads since the start of the process. */
  cpuSeconds: number;
  /** Resident memory of the process. */
  memoryMb: number;
  networkLatencyMs: number;
  /** Bytes of messages, without headers of WebSocket and TCP: per second since the last metrics, and in total. */
  sent: { bytesPerSecond: number; bytes: number };
  received: { bytesPerSecond: number; bytes: number };
  /** How long before an underrun the card is written to; undefined while no card plays. See docs/playback.md, "The card". */
  guardMs?: number;
  /** Undefined before the listener had the microphone open. */
  echo?: EchoMetrics;
  buffers: Pick<QueueMetrics, 'name' | 'unit' | 'depth' | 'limit' | 'dropped'>[];
  totals: Totals;
}

/** Since the daemon was started; a turn counts when it ends. */
export interface Totals {
  turns: number;
  /** Those of them that failed or had no answer. */
  failedTurns: number;
  framesSent: number;
  /** Frames that were dropped before the encoder, because its buffer was full. */
  framesDropped: number;
  framesPlayed: number;
  /** Frames of replies that were late, or dropped because the buffer was full. */
  framesLost: number;
  /** Concealment and silence in place of missing frames. */
  concealedMs: number;
  underruns: number;
  /** Times that the card dropped samples because they were not read in time. */
  captureOverflows: number;
  linkLosses: number;
  actorCrashes: number;
}

/** As names and numbers, as the protocol's report has them. */
export function toDeviceMetrics(metrics: MonitorMetrics): DeviceMetrics {
  const { upSeconds, cpuPercent, memoryMb, networkLatencyMs, sent, received, guardMs, echo, buffers, totals } = metrics;
  return {
    ...{ upSeconds, cpuPercent, memoryMb, networkLatencyMs },
    ...{ bytesSent: sent.bytes, bytesReceived: received.bytes },
    ...(guardMs !== undefined && { guardMs }),
    ...(echo && { echoReductionDb: echo.erleDb }),
    ...totals,
    ...Object.fromEntries(buffers.map(({ name, dropped }) => [`dropped.${name}`, dropped])),
  };
}
