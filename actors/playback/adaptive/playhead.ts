/**
 * Where playback stands: media time of the next sample, how far that is behind the fastest arrival, and how late the next
 * packet is.
 */
import { FRAME_MS, SAMPLES_PER_MS } from '../../../src/protocol/format.ts';
import type { PacketBuffer } from '../packet-buffer.ts';
import type { Gap } from './gap.ts';
import type { RelativeDelayTracker } from './relative-delay-tracker.ts';
import type { SyncBuffer } from './sync-buffer.ts';

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
  private readonly queue: PacketBuffer;
  private readonly syncBuffer: SyncBuffer;
  private readonly gap: Gap;
  private readonly clock: RelativeDelayTracker;

  constructor(queue: PacketBuffer, syncBuffer: SyncBuffer, gap: Gap, clock: RelativeDelayTracker) {
    this.queue = queue;
    this.syncBuffer = syncBuffer;
    this.gap = gap;
    this.clock = clock;
  }

  /** Media time of the next sample. */
  get mediaMs(): number {
    return this.queue.next * FRAME_MS - (this.syncBuffer.pending - this.gap.doneSamples) / SAMPLES_PER_MS;
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
