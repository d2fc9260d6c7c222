/**
 * One array of samples with a read position: before it are the samples that were played last, after it those that are
 * decoded and pending.
 *
 * All editing (stretching, concealment, merging) happens at or after the read position, so the part before it is always
 * exactly what was played.
 */
/** 50 ms: enough for the longest period that the search needs, and the template. */
const HISTORY_SAMPLES = 800;
/** 1 s: less than 100 ms are pending, so the samples are moved only every half second. */
const CAPACITY_SAMPLES = 16_000;
/** 5 ms over which a step between two unrelated signals is spread. */
const STEP_SAMPLES = 80;

const NO_SAMPLES = new Float32Array(0);
/** Of the reply before: 64 KB that need not be allocated and collected for each reply. */
let spare: Float32Array | undefined;

export class SyncBuffer {
  samples = spare?.fill(0) ?? new Float32Array(CAPACITY_SAMPLES);
  read = HISTORY_SAMPLES;
  write = HISTORY_SAMPLES;

  constructor() {
    spare = undefined;
  }

  /** Nothing is read or written after this. */
  release(): void {
    if (this.samples !== NO_SAMPLES) spare = this.samples;
    this.samples = NO_SAMPLES;
  }

  get pending(): number {
    return this.write - this.read;
  }

  /** Makes room at the end. Indices stay valid within a tick: this is called between ticks only. */
  compact(): void {
    if (this.read <= CAPACITY_SAMPLES / 2) return;
    const moved = this.read - HISTORY_SAMPLES;
    this.samples.copyWithin(0, moved, this.write);
    this.read -= moved;
    this.write -= moved;
  }

  append(frame: Int16Array): void {
    this.samples.set(frame, this.write);
    this.write += frame.length;
  }

  at(index: number): number {
    return this.samples[index] ?? 0;
  }

  removeAt(index: number, count: number): void {
    this.samples.copyWithin(index, index + count, this.write);
    this.write -= count;
  }

  /** Appends space that the caller fills. */
  insertAt(index: number, count: number): void {
    this.samples.copyWithin(index + count, index, this.write);
    this.write += count;
  }

  /** Cross-fades linearly from `before` (its first `count` samples) to the samples at `index`. */
  crossFade(before: Float32Array, index: number, count: number): void {
    for (let i = 0; i < count; i++) {
      const weight = (i + 0.5) / count;
      this.samples[index + i] = (before[i] ?? 0) * (1 - weight) + this.at(index + i) * weight;
    }
  }

  /** Removes the step at a joint at `index`: the step is added to the following samples, with decreasing weight. */
  smoothStep(index: number): void {
    const count = Math.min(STEP_SAMPLES, this.write - index);
    // The previous slope is continued by one sample: a jump of that size is no step.
    const step = 2 * this.at(index - 1) - this.at(index - 2) - this.at(index);
    for (let i = 0; i < count; i++) this.samples[index + i] = this.at(index + i) + step * (1 - (i + 1) / (count + 1));
  }

  /** Writes the next `count` samples for the card, followed by silence. */
  play(out: Int16Array, count: number): void {
    for (let i = 0; i < out.length; i++) {
      const sample = i < count ? Math.round(this.at(this.read + i)) : 0;
      out[i] = Math.max(-32_768, Math.min(32_767, sample));
    }
    this.read += count;
  }
}
