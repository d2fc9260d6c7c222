/**
 * Where playback stands: media time of the next sample, how far that is behind the fastest arrival, and how late the next
 * packet is.
 */
import { FRAME_MS, SAMPLES_PER_MS } from '../../../src/protocol/format.ts';
import type { FrameQueue } from '../frame-queue.ts';
import type { ArrivalClock } from './arrival-clock.ts';
import type { Hole } from './hole.ts';
import type { SampleStore } from './sample-store.ts';

export class Playhead {
  /** When the next sample is due. */
  dueMs = 0;
  /** What time it is: earlier, where samples are pulled before they are due. */
  nowMs = 0;
  /** The delay to aim at, counted like {@link delayMs}. */
  targetMs = 0;
  /** How late packets usually are. */
  usualLatenessMs = 0;
  /** The newest packet ended in silence (DTX): nothing is due until the sender speaks again. */
  senderIsSilent = false;
  private readonly queue: FrameQueue;
  private readonly store: SampleStore;
  private readonly hole: Hole;
  private readonly clock: ArrivalClock;

  constructor(queue: FrameQueue, store: SampleStore, hole: Hole, clock: ArrivalClock) {
    this.queue = queue;
    this.store = store;
    this.hole = hole;
    this.clock = clock;
  }

  /** Media time of the next sample. */
  get mediaMs(): number {
    return this.queue.next * FRAME_MS - (this.store.pending - this.hole.doneSamples) / SAMPLES_PER_MS;
  }

  /** From the fastest arrival until the next sample is played. */
  get delayMs(): number {
    return this.dueMs - this.mediaMs - this.clock.baseMs;
  }

  /** How late the next packet is already, for what is due next: what is not due yet is not late. */
  get latenessMs(): number {
    return this.lateAt(Math.min(this.nowMs, this.dueMs));
  }

  /** How late the next packet is at this time; nothing is late when nothing is to come. */
  lateAt(ms: number): number {
    if (this.senderIsSilent || this.queue.isComplete) return 0;
    return ms - this.queue.end * FRAME_MS - this.clock.baseMs;
  }
}
