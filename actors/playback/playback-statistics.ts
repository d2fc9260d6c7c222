/**
 * The counters of a jitter buffer, in samples, so that the content identity (jitter-buffer.ts) is exact.
 */
import { SAMPLES_PER_MS } from '../../src/protocol/format.ts';
import type { FrameReader } from './frame-reader.ts';
import type { JitterBufferStats } from './jitter-buffer.ts';
import type { PacketBuffer } from './packet-buffer.ts';

/** A gap of this length is perceived as an interruption (`interruptionsOver150ms`). */
const INTERRUPTION_SAMPLES = 150 * SAMPLES_PER_MS;

type Figures = Omit<JitterBufferStats, 'playedMs' | 'bufferedMs' | 'delayMs' | 'targetMs'>;

export class PlaybackStatistics {
  outSamples = 0;
  frames = 0;
  underruns = 0;
  concealmentEvents = 0;
  interruptions = 0;
  concealedSamples = 0;
  lostSamples = 0;
  acceleratedSamples = 0;
  slowedSamples = 0;
  droppedSamples = 0;
  lostFrames = 0;
  recoveredFrames = 0;
  droppedFrames = 0;
  private runSamples = 0;

  /** This many samples are concealed; the first of a run begins an event. */
  conceal(samples: number): void {
    if (samples === 0) return;
    if (this.runSamples === 0) this.concealmentEvents += 1;
    if (this.runSamples < INTERRUPTION_SAMPLES && this.runSamples + samples >= INTERRUPTION_SAMPLES) {
      this.interruptions += 1;
    }
    this.runSamples += samples;
    this.concealedSamples += samples;
  }

  endConcealment(): void {
    this.runSamples = 0;
  }

  figures(queue: PacketBuffer, reader: FrameReader): Figures {
    return {
      outMs: this.outSamples / SAMPLES_PER_MS,
      frames: this.frames,
      underruns: this.underruns,
      concealmentEvents: this.concealmentEvents,
      interruptions: this.interruptions,
      concealedMs: this.concealedSamples / SAMPLES_PER_MS,
      lostMs: this.lostSamples / SAMPLES_PER_MS,
      acceleratedMs: this.acceleratedSamples / SAMPLES_PER_MS,
      slowedMs: this.slowedSamples / SAMPLES_PER_MS,
      droppedMs: this.droppedSamples / SAMPLES_PER_MS,
      lostFrames: this.lostFrames,
      recoveredFrames: this.recoveredFrames,
      lateFrames: queue.lateFrames,
      duplicateFrames: queue.duplicateFrames,
      reorderedPackets: queue.reorderedPackets,
      droppedFrames: this.droppedFrames + queue.discardedFrames,
      rejectedFrames: reader.rejectedFrames,
      discontinuities: queue.discontinuities,
    };
  }
}
