/**
 * Decodes waiting frames onto the end of the sample line, each as its kind asks for: sound, a pause of the sender, a frame
 * to be recovered from its successor, one that was lost.
 */
import { RECOMMENDED_FRAME_SIZE } from '../../../src/protocol/format.ts';
import { type FrameQueue, PAUSE, RECOVERABLE } from '../frame-queue.ts';
import type { FrameReader } from '../frame-reader.ts';
import type { PlaybackTally } from '../playback-tally.ts';
import type { Background } from './background.ts';
import type { SampleStore } from './sample-store.ts';

export class SoundSource {
  /** What comes next does not continue what stands at the end: the step between them is to be smoothed. */
  isBroken = true;
  private readonly queue: FrameQueue;
  private readonly reader: FrameReader;
  private readonly store: SampleStore;
  private readonly background: Background;
  private readonly tally: PlaybackTally;

  constructor(
    queue: FrameQueue,
    reader: FrameReader,
    store: SampleStore,
    background: Background,
    tally: PlaybackTally,
  ) {
    this.queue = queue;
    this.reader = reader;
    this.store = store;
    this.background = background;
    this.tally = tally;
  }

  /** Decodes the next frame, which must be there. */
  decodeNext(): void {
    const { queue } = this;
    const isPcm = queue.isPcm(queue.next);
    const frame = queue.take();
    this.tally.frames += 1;
    if (frame === PAUSE) this.addNoise(RECOMMENDED_FRAME_SIZE);
    else if (frame === RECOVERABLE) this.addRecovered();
    else if (frame) {
      const samples = this.reader.read(frame, isPcm);
      if (this.reader.wasRejected) this.addMadeUp(samples);
      else this.addReal(samples);
    }
  }

  /** Passes over the next frame, which did not come, with the decoder's concealment. */
  concealNext(): void {
    this.queue.take();
    this.tally.frames += 1;
    this.addLost();
  }

  /** Background in place of nothing. */
  addNoise(count: number): void {
    const from = this.store.write;
    this.background.fillNoise(this.store, count);
    if (!this.isBroken) this.store.smoothStep(from);
    this.isBroken = true;
    this.tally.endConcealment();
  }

  private addRecovered(): void {
    const following = this.queue.peek(this.queue.next);
    const samples = following && this.reader.recover(following);
    if (!samples) return this.addLost();
    this.tally.recoveredFrames += 1;
    this.addReal(samples);
  }

  private addLost(): void {
    this.tally.lostFrames += 1;
    this.addMadeUp(this.reader.conceal());
  }

  private addReal(samples: Int16Array): void {
    this.background.listen(samples);
    this.append(samples);
    this.tally.endConcealment();
  }

  private addMadeUp(samples: Int16Array): void {
    this.append(samples);
    this.tally.conceal(samples.length);
    this.tally.lostSamples += samples.length;
  }

  private append(samples: Int16Array): void {
    const from = this.store.write;
    this.store.append(samples);
    if (this.isBroken) this.store.smoothStep(from);
    this.isBroken = false;
  }
}
