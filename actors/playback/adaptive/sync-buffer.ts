/**
 * One line of samples with the read point in it: behind it what was heard of late, before it what is decoded and pending.
 *
 * All editing (stretching, concealing, joining) happens at or after the read point, so the part behind it is always what
 * the listener really heard.
 */
/** 50 ms: enough for the longest period looked back for, and the template. */
const HISTORY_SAMPLES = 800;
/** 1 s: pending stays below 100 ms, so the line is moved back only every half a second. */
const CAPACITY_SAMPLES = 16_000;
/** 5 ms in which a step between two sounds that do not belong together is spread. */
const STEP_SAMPLES = 80;

const NO_SAMPLES = new Float32Array(0);
/** Of the reply before: 64 KB that need not be made, and collected, for each. */
let spare: Float32Array | undefined;

export class SyncBuffer {
  samples = spare?.fill(0) ?? new Float32Array(CAPACITY_SAMPLES);
  read = HISTORY_SAMPLES;
  write = HISTORY_SAMPLES;

  constructor() {
    spare = undefined;
  }

  /** Nothing is read or written any more. */
  release(): void {
    if (this.samples !== NO_SAMPLES) spare = this.samples;
    this.samples = NO_SAMPLES;
  }

  get pending(): number {
    return this.write - this.read;
  }

  /** Makes room at the end. Indices stay valid inside a tick: called between ticks only. */
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

  /** Opens a space whose contents the caller writes. */
  insertAt(index: number, count: number): void {
    this.samples.copyWithin(index + count, index, this.write);
    this.write += count;
  }

  /** Blends from `before` (its first `count` samples) into what stands at `index`, linearly. */
  crossFade(before: Float32Array, index: number, count: number): void {
    for (let i = 0; i < count; i++) {
      const weight = (i + 0.5) / count;
      this.samples[index + i] = (before[i] ?? 0) * (1 - weight) + this.at(index + i) * weight;
    }
  }

  /** Takes the step out of a joint at `index`: it is added to what follows, less and less. */
  smoothStep(index: number): void {
    const count = Math.min(STEP_SAMPLES, this.write - index);
    // The slope of what was heard goes on for one sample: a jump as large as the sound's own is none.
    const step = 2 * this.at(index - 1) - this.at(index - 2) - this.at(index);
    for (let i = 0; i < count; i++) this.samples[index + i] = this.at(index + i) + step * (1 - (i + 1) / (count + 1));
  }

  /** Gives the next `count` samples to the card, silence after them. */
  play(out: Int16Array, count: number): void {
    for (let i = 0; i < out.length; i++) {
      const sample = i < count ? Math.round(this.at(this.read + i)) : 0;
      out[i] = Math.max(-32_768, Math.min(32_767, sample));
    }
    this.read += count;
  }
}
