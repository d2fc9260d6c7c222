/** Metrics of the audio actors, for observers. */
import type { QueueMetrics } from './queue-metrics.ts';

/** Root mean square and peak since the last report, in dB of full scale. */
export interface AudioLevels {
  microphone?: { rmsDb: number; peakDb: number };
  speaker?: { rmsDb: number; peakDb: number };
}

export type TimedLevels = AudioLevels & { atMs: number };

/** What the audio thread reports on request. */
export interface AudioQueueMetrics {
  queues: QueueMetrics[];
  /** How long before its buffer is empty the card is written to (actors/sound/wake-guard.ts); undefined for a speaker without a buffer. */
  guardMs?: number;
  /** Undefined before the listener had the microphone open. */
  echo?: EchoMetrics;
}

export interface EchoMetrics {
  /** Name of the echo canceller; `none` without one. */
  canceller: string;
  /** Whether a reply can be interrupted by voice: speech can be told from what is left of the echo. */
  isConverged: boolean;
  /** How much of the echo is removed, in dB; 0 when it is not known. */
  erleDb: number;
  /** From the time at which a sample should be audible until it is in the microphone. */
  delayMs: number;
}

/** What the audio thread reports while an inspector is attached. */
export interface AudioMetrics extends AudioQueueMetrics {
  /** Since the last metrics, oldest first. */
  levels: TimedLevels[];
  /** Of the current or last reply. */
  playback?: PlaybackMetrics;
}

export interface PlaybackMetrics {
  bufferedMs: number;
  /** The delay now, and the target delay. */
  delayMs: number;
  targetMs: number;
  concealedMs: number;
  playedMs: number;
  underruns: number;
  lateFrames: number;
  droppedFrames: number;
}
