/**
 * Decodes the buffered frames and appends the samples to the sync buffer. Handles each kind of frame: received, pause
 * of the sender, recovered from its successor, lost.
 */
import { RECOMMENDED_FRAME_SIZE } from '../../../src/protocol/format.ts';
import type { FrameReader } from '../frame-reader.ts';
import { PAUSE, type PacketBuffer, RECOVERABLE } from '../packet-buffer.ts';
import type { PlaybackStatistics } from '../playback-statistics.ts';
import type { BackgroundNoise } from './background-noise.ts';
import type { SyncBuffer } from './sync-buffer.ts';

export class SoundSource {
  /** The next samples do not continue the last ones: the step between them is smoothed. */
  isBroken = true;
  private readonly queue: PacketBuffer;
  private readonly reader: FrameReader;
  private readonly syncBuffer: SyncBuffer;
  private readonly backgroundNoise: BackgroundNoise;
  private readonly statistics: PlaybackStatistics;

  constructor(
    queue: PacketBuffer,
    reader: FrameReader,
    syncBuffer: SyncBuffer,
    backgroundNoise: BackgroundNoise,
    statistics: PlaybackStatistics,
  ) {
    this.queue = queue;
    this.reader = reader;
    this.syncBuffer = syncBuffer;
    this.backgroundNoise = backgroundNoise;
    this.statistics = statistics;
  }

  /** Decodes the next frame, which must be present. */
  decodeNext(): void {
    const { queue } = this;
    const isPcm = queue.isPcm(queue.next);
    const frame = queue.take();
    this.statistics.frames += 1;
    if (frame === PAUSE) this.addNoise(RECOMMENDED_FRAME_SIZE);
    else if (frame === RECOVERABLE) this.addRecovered();
    else if (frame) {
      const samples = this.reader.read(frame, isPcm);
      if (this.reader.wasRejected) this.addMadeUp(samples);
      else this.addReal(samples);
    }
  }

  /** Skips the next frame, which is missing, with the decoder's concealment. */
  concealNext(): void {
    this.queue.take();
    this.statistics.frames += 1;
    this.addLost();
  }

  /** Background noise instead of zeros. */
  addNoise(count: number): void {
    const from = this.syncBuffer.write;
    this.backgroundNoise.fillNoise(this.syncBuffer, count);
    if (!this.isBroken) this.syncBuffer.smoothStep(from);
    this.isBroken = true;
    this.statistics.endConcealment();
  }

  private addRecovered(): void {
    const following = this.queue.peek(this.queue.next);
    const samples = following && this.reader.recover(following);
    if (!samples) return this.addLost();
    this.statistics.recoveredFrames += 1;
    this.addReal(samples);
  }

  private addLost(): void {
    this.statistics.lostFrames += 1;
    this.addMadeUp(this.reader.conceal());
  }

  private addReal(samples: Int16Array): void {
    this.backgroundNoise.listen(samples);
    this.append(samples);
    this.statistics.endConcealment();
  }

  private addMadeUp(samples: Int16Array): void {
    this.append(samples);
    this.statistics.conceal(samples.length);
    this.statistics.lostSamples += samples.length;
  }

  private append(samples: Int16Array): void {
    const from = this.syncBuffer.write;
    this.syncBuffer.append(samples);
    if (this.isBroken) this.syncBuffer.smoothStep(from);
    this.isBroken = false;
  }
}
