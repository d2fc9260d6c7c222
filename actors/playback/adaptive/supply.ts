/**
 * Sees to it that there is sound, whatever it takes: what came, what can be recovered, what can be made up.
 *
 * Late and lost are not the same. While a frame is late, media time stands still and the decoder is left alone; once a
 * frame is lost, media time goes on over it.
 */
import { RECOMMENDED_FRAME_SIZE, SAMPLES_PER_MS } from '../../../src/protocol/format.ts';
import type { FrameQueue } from '../frame-queue.ts';
import type { FrameReader } from '../frame-reader.ts';
import { TICK_SAMPLES } from '../jitter-buffer.ts';
import type { PlaybackTally } from '../playback-tally.ts';
import type { Concealer } from './concealer.ts';
import type { Hole } from './hole.ts';
import type { Playhead } from './playhead.ts';
import { FADE_SAMPLES, rejoin, SOUND_TO_ALIGN_SAMPLES } from './rejoin.ts';
import type { SampleStore } from './sample-store.ts';
import type { SoundSource } from './sound-source.ts';

/** Under a delay this far below the target a hole is not shortened. */
const HOLE_LACK_MS = 15;
/** The end of a hole may go missing under the cross-fade: 3 ms less to make up. */
const HOLE_CUT_SAMPLES = 48;
/** What was made up while waiting counts towards a hole as far as the delay allows, and this more. */
const HOLE_CREDIT_MS = 10;

export interface SupplyParts {
  queue: FrameQueue;
  reader: FrameReader;
  store: SampleStore;
  source: SoundSource;
  concealer: Concealer;
  hole: Hole;
  playhead: Playhead;
  tally: PlaybackTally;
}

export class Supply {
  private readonly parts: SupplyParts;
  private readonly fade = new Float32Array(FADE_SAMPLES);

  constructor(parts: SupplyParts) {
    this.parts = parts;
  }

  /**
   * Until so many samples are pending, or as many as there are before something that may still come in time, or nothing is left
   * to come. Returns how many were made up for late frames.
   */
  provide(samples: number): number {
    const { queue, store, source, concealer, hole, playhead, tally } = this.parts;
    while (store.pending < samples) {
      if (queue.has(queue.next)) {
        if (concealer.isActive) this.rejoin();
        else source.decodeNext();
      } else if (queue.isFinished) break;
      else if (hole.isLost(playhead.nowMs)) this.passHole();
      else if (store.pending > 0 && !concealer.isActive) break;
      else {
        const missing = samples - store.pending;
        if (!playhead.senderIsSilent || concealer.isActive) return this.wait(missing);
        source.addNoise(missing);
        tally.slowedSamples += missing;
      }
    }
    return 0;
  }

  /** Real sound is here again. */
  rejoin(): void {
    const { queue, store, source, concealer, hole, tally } = this.parts;
    const { fade } = this;
    const from = store.write;
    concealer.extend(FADE_SAMPLES);
    for (let i = 0; i < FADE_SAMPLES; i++) fade[i] = store.at(from + i);
    store.write = from;
    source.isBroken = false;
    while (store.write - from < SOUND_TO_ALIGN_SAMPLES && queue.has(queue.next)) source.decodeNext();
    // The frame that was given up for lost came after all: what was made up stands for its beginning.
    const covered = Math.min(hole.doneSamples, store.write - from);
    store.removeAt(from, covered);
    tally.lostSamples += covered;
    hole.doneSamples = 0;
    tally.acceleratedSamples += rejoin(store, fade, from);
    concealer.end();
    tally.endConcealment();
  }

  /** The next frame may still come. */
  private wait(samples: number): number {
    const { concealer, hole } = this.parts;
    if (!concealer.isActive) hole.waitedSamples = 0;
    hole.waitedSamples += samples;
    this.makeUp(samples);
    return samples;
  }

  private makeUp(samples: number): void {
    this.parts.concealer.extend(samples);
    this.parts.tally.conceal(samples);
  }

  /** The next frame is lost: from its successor, or by the decoder; where sound is being made up already, more of that. */
  private passHole(): void {
    const { queue, reader, store, source, concealer, hole, playhead } = this.parts;
    const following = queue.peek(queue.next + 1);
    const mayRecover = hole.doneSamples === 0 && following !== undefined && reader.mayRecover(following);
    if (mayRecover) return queue.markRecoverable(queue.next);
    if (!concealer.isActive) return source.concealNext();
    this.creditWait();
    const mayCut = queue.has(queue.next + 1) && playhead.delayMs > playhead.targetMs - HOLE_LACK_MS;
    const wholeSamples = RECOMMENDED_FRAME_SIZE - (mayCut ? HOLE_CUT_SAMPLES : 0);
    const samples = Math.max(0, Math.min(TICK_SAMPLES - store.pending, wholeSamples - hole.doneSamples));
    this.makeUp(samples);
    hole.doneSamples += samples;
    if (hole.doneSamples >= wholeSamples) this.closeHole();
  }

  /** What was made up while the frame might have come has already taken its place. */
  private creditWait(): void {
    const { hole, playhead } = this.parts;
    const allowedMs = Math.max(0, playhead.delayMs - playhead.targetMs + HOLE_CREDIT_MS);
    const openSamples = RECOMMENDED_FRAME_SIZE - hole.doneSamples;
    hole.doneSamples += Math.min(hole.waitedSamples, openSamples, Math.floor(allowedMs * SAMPLES_PER_MS));
    hole.waitedSamples = 0;
  }

  private closeHole(): void {
    const { queue, reader, hole, tally } = this.parts;
    tally.lostSamples += RECOMMENDED_FRAME_SIZE;
    tally.lostFrames += 1;
    hole.doneSamples = 0;
    queue.take();
    // The decoder must know that a frame went missing, or it takes the next one for its continuation.
    reader.conceal();
  }
}
