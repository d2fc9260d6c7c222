/**
 * Sees to it that there is sound, whatever it takes: what came, what can be recovered, what can be made up.
 *
 * Late and lost are not the same. While a frame is late, media time stands still and the decoder is left alone; once a
 * frame is lost, media time goes on over it.
 */
import { RECOMMENDED_FRAME_SIZE, SAMPLES_PER_MS } from '../../../src/protocol/format.ts';
import type { FrameReader } from '../frame-reader.ts';
import { TICK_SAMPLES } from '../jitter-buffer.ts';
import type { PacketBuffer } from '../packet-buffer.ts';
import type { PlaybackStatistics } from '../playback-statistics.ts';
import type { Expander } from './expander.ts';
import type { Gap } from './gap.ts';
import { FADE_SAMPLES, merge, SOUND_TO_ALIGN_SAMPLES } from './merge.ts';
import type { Playhead } from './playhead.ts';
import type { SoundSource } from './sound-source.ts';
import type { SyncBuffer } from './sync-buffer.ts';

/** Under a delay this far below the target a gap is not shortened. */
const GAP_LACK_MS = 15;
/** The end of a gap may go missing under the cross-fade: 3 ms less to make up. */
const GAP_CUT_SAMPLES = 48;
/** What was made up while waiting counts towards a gap as far as the delay allows, and this more. */
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

  constructor(parts: PlayoutParts) {
    this.parts = parts;
  }

  /**
   * Until so many samples are pending, or as many as there are before something that may still come in time, or nothing is left
   * to come. Returns how many were made up for late frames.
   */
  provide(samples: number): number {
    const { queue, syncBuffer, source, expander, gap, playhead, statistics } = this.parts;
    while (syncBuffer.pending < samples) {
      if (queue.has(queue.next)) {
        if (expander.isActive) this.merge();
        else source.decodeNext();
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

  /** Real sound is here again. */
  merge(): void {
    const { queue, syncBuffer, source, expander, gap, statistics } = this.parts;
    const { fade } = this;
    const from = syncBuffer.write;
    expander.extend(FADE_SAMPLES);
    for (let i = 0; i < FADE_SAMPLES; i++) fade[i] = syncBuffer.at(from + i);
    syncBuffer.write = from;
    source.isBroken = false;
    while (syncBuffer.write - from < SOUND_TO_ALIGN_SAMPLES && queue.has(queue.next)) source.decodeNext();
    // The frame that was given up for lost came after all: what was made up stands for its beginning.
    const covered = Math.min(gap.doneSamples, syncBuffer.write - from);
    syncBuffer.removeAt(from, covered);
    statistics.lostSamples += covered;
    gap.doneSamples = 0;
    statistics.acceleratedSamples += merge(syncBuffer, fade, from);
    expander.end();
    statistics.endConcealment();
  }

  /** The next frame may still come. */
  private wait(samples: number): number {
    const { expander, gap } = this.parts;
    if (!expander.isActive) gap.waitedSamples = 0;
    gap.waitedSamples += samples;
    this.makeUp(samples);
    return samples;
  }

  private makeUp(samples: number): void {
    this.parts.expander.extend(samples);
    this.parts.statistics.conceal(samples);
  }

  /** The next frame is lost: from its successor, or by the decoder; where sound is being made up already, more of that. */
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

  /** What was made up while the frame might have come has already taken its place. */
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
    // The decoder must know that a frame went missing, or it takes the next one for its continuation.
    reader.conceal();
  }
}
