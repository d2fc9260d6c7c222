/**
 * Provides samples in any case: received ones, recovered ones, or concealment.
 *
 * Late and lost frames are handled differently. While a frame is late, media time stops and the decoder is not used.
 * When a frame is lost, media time continues past it.
 */
import { FRAME_MS, RECOMMENDED_FRAME_SIZE, SAMPLES_PER_MS } from '../../../src/protocol/format.ts';
import type { FrameReader } from '../frame-reader.ts';
import { TICK_SAMPLES } from '../jitter-buffer.ts';
import type { PacketBuffer } from '../packet-buffer.ts';
import type { PlaybackStatistics } from '../playback-statistics.ts';
import type { Expander } from './expander.ts';
import type { Gap } from './gap.ts';
import { FADE_SAMPLES, merge, SOUND_TO_ALIGN_SAMPLES } from './merge.ts';
import type { Playhead } from './playhead.ts';
import { RepeatedStall } from './repeated-stall.ts';
import type { SoundSource } from './sound-source.ts';
import type { SyncBuffer } from './sync-buffer.ts';

/** When the delay is below the target by this, a gap is not shortened. */
const GAP_LACK_MS = 15;
/** The end of a gap is covered by the cross-fade: 3 ms less to conceal. */
const GAP_CUT_SAMPLES = 48;
/** Concealment made while waiting counts as part of a gap as far as the delay allows, plus this much. */
const GAP_CREDIT_MS = 10;

export interface PlayoutParts {
  queue: PacketBuffer;
  reader: FrameReader;
  syncBuffer: SyncBuffer;
  source: SoundSource;
  expander: Expander;
  gap: Gap;
  playhead: Playhead;
  statistics: PlaybackStatistics;
}

export class PlayoutEngine {
  private readonly parts: PlayoutParts;
  private readonly fade = new Float32Array(FADE_SAMPLES);
  private readonly repeatedStall = new RepeatedStall();

  constructor(parts: PlayoutParts) {
    this.parts = parts;
  }

  /**
   * Until this many samples are pending, or until only samples remain that may still arrive in time, or until the end.
   * Returns how many samples of concealment were made for late frames.
   */
  provide(samples: number): number {
    const { queue, syncBuffer, source, expander, gap, playhead, statistics } = this.parts;
    while (syncBuffer.pending < samples) {
      if (queue.has(queue.next)) {
        if (!expander.isActive) source.decodeNext();
        else if (this.mayMerge()) this.merge();
        else return this.wait(samples - syncBuffer.pending);
      } else if (queue.isFinished) break;
      else if (gap.isLost(playhead.nowMs)) this.passGap();
      else if (syncBuffer.pending > 0 && !expander.isActive) break;
      else {
        const missing = samples - syncBuffer.pending;
        if (!playhead.senderIsSilent || expander.isActive) return this.wait(missing);
        source.addNoise(missing);
        statistics.slowedSamples += missing;
      }
    }
    return 0;
  }

  /** Whether there is enough again to end the concealment. */
  mayMerge(): boolean {
    const { queue, playhead } = this.parts;
    if (!queue.has(queue.next)) return false;
    const bufferedMs = (queue.end - queue.next) * FRAME_MS;
    return queue.isComplete || !this.repeatedStall.isToLast(playhead.dueMs, bufferedMs, playhead.packetMs);
  }

  /** There are decoded samples again. */
  merge(): void {
    const { queue, syncBuffer, source, expander, gap, playhead, statistics } = this.parts;
    const { fade } = this;
    const from = syncBuffer.write;
    expander.extend(FADE_SAMPLES);
    for (let i = 0; i < FADE_SAMPLES; i++) fade[i] = syncBuffer.at(from + i);
    syncBuffer.write = from;
    source.isBroken = false;
    while (syncBuffer.write - from < SOUND_TO_ALIGN_SAMPLES && queue.has(queue.next)) source.decodeNext();
    // The frame that counted as lost has arrived: the concealment replaces its beginning.
    const covered = Math.min(gap.doneSamples, syncBuffer.write - from);
    syncBuffer.removeAt(from, covered);
    statistics.lostSamples += covered;
    gap.doneSamples = 0;
    statistics.acceleratedSamples += merge(syncBuffer, fade, from);
    expander.end();
    this.repeatedStall.end(playhead.dueMs);
    statistics.endConcealment();
  }

  /** The next frame may still arrive. */
  private wait(samples: number): number {
    const { expander, gap, playhead } = this.parts;
    if (!expander.isActive) {
      gap.waitedSamples = 0;
      this.repeatedStall.begin(playhead.dueMs);
    }
    gap.waitedSamples += samples;
    this.makeUp(samples);
    return samples;
  }

  private makeUp(samples: number): void {
    this.parts.expander.extend(samples);
    this.parts.statistics.conceal(samples);
  }

  /**
   * The next frame is lost: it is recovered from its successor or concealed by the decoder; during concealment, the
   * concealment continues.
   */
  private passGap(): void {
    const { queue, reader, syncBuffer, source, expander, gap, playhead } = this.parts;
    const following = queue.peek(queue.next + 1);
    const mayRecover = gap.doneSamples === 0 && following !== undefined && reader.mayRecover(following);
    if (mayRecover) return queue.markRecoverable(queue.next);
    if (!expander.isActive) return source.concealNext();
    this.creditWait();
    const mayCut = queue.has(queue.next + 1) && playhead.delayMs > playhead.targetMs - GAP_LACK_MS;
    const wholeSamples = RECOMMENDED_FRAME_SIZE - (mayCut ? GAP_CUT_SAMPLES : 0);
    const samples = Math.max(0, Math.min(TICK_SAMPLES - syncBuffer.pending, wholeSamples - gap.doneSamples));
    this.makeUp(samples);
    gap.doneSamples += samples;
    if (gap.doneSamples >= wholeSamples) this.closeGap();
  }

  /** The concealment made while waiting has already replaced it. */
  private creditWait(): void {
    const { gap, playhead } = this.parts;
    const allowedMs = Math.max(0, playhead.delayMs - playhead.targetMs + GAP_CREDIT_MS);
    const openSamples = RECOMMENDED_FRAME_SIZE - gap.doneSamples;
    gap.doneSamples += Math.min(gap.waitedSamples, openSamples, Math.floor(allowedMs * SAMPLES_PER_MS));
    gap.waitedSamples = 0;
  }

  private closeGap(): void {
    const { queue, reader, gap, statistics } = this.parts;
    statistics.lostSamples += RECOMMENDED_FRAME_SIZE;
    statistics.lostFrames += 1;
    gap.doneSamples = 0;
    queue.take();
    // The decoder must be notified of the lost frame, otherwise it treats the next frame as its continuation.
    reader.conceal();
  }
}
