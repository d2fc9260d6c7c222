/** What is measured where sound is made, and told to whoever watches. */
import type { QueueMetrics } from './queue-metrics.ts';

/** Root mean square and peak since the last report, in dB of full scale. */
export interface AudioLevels {
  microphone?: { rmsDb: number; peakDb: number };
  speaker?: { rmsDb: number; peakDb: number };
}

export type TimedLevels = AudioLevels & { atMs: number };

/** What the audio thread says of itself when it is asked. */
export interface AudioQueueMetrics {
  queues: QueueMetrics[];
  /** How long before it would run dry the card is given sound (actors/sound/wake-guard.ts); undefined where nothing runs dry. */
  guardMs?: number;
}

/** What the audio thread says of itself while somebody inspects. */
export interface AudioMetrics extends AudioQueueMetrics {
  /** Since the last metrics, oldest first. */
  levels: TimedLevels[];
  /** Of the reply that is played, or was last. */
  playback?: PlaybackMetrics;
}

export interface PlaybackMetrics {
  bufferedMs: number;
  /** Its delay now, and what it aims at. */
  delayMs: number;
  targetMs: number;
  concealedMs: number;
  playedMs: number;
  underruns: number;
  lateFrames: number;
  droppedFrames: number;
}
