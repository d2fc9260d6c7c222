/**
 * The playback position: media time of the next sample, its delay after the fastest arrival, and how late the next
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
  /** The current time: earlier than that, when samples are pulled ahead. */
  nowMs = 0;
  /** The target delay, relative to the same reference as {@link delayMs}. */
  targetMs = 0;
  /** Usual lateness of packets. */
  usualLatenessMs = 0;
  /** Length of the newest packet, and how late it was. */
  packetMs = FRAME_MS;
  newestLatenessMs = 0;
  /** The newest packet ended in silence (DTX): nothing is due until the sender sends speech again. */
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

  /** How late the next packet is now, for the sample that is due now. */
  get latenessMs(): number {
    return this.lateAt(Math.min(this.nowMs, this.dueMs));
  }

  /** How much later than the newest packet the next one is now: a path that slows down a little with each packet does not stall. */
  get stallMs(): number {
    return this.latenessMs - this.newestLatenessMs;
  }

  /** How late the next packet is at this time; 0 when no packet is expected. */
  lateAt(ms: number): number {
    if (this.senderIsSilent || this.queue.isComplete) return 0;
    return ms - this.queue.end * FRAME_MS - this.clock.baseMs;
  }
}
