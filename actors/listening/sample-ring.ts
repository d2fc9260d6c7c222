/**
 * The specification's CircularAudioBuffer: the newest samples of the microphone with their true times, in a fixed
 * memory. The oldest are overwritten. Pure.
 */
import { SAMPLES_PER_MS } from '../../src/protocol/format.ts';

/** A block that has been stored. Its first sample is the one after the block before it. */
interface StoredBlock {
  /** Number of samples since the beginning, this block included. */
  end: number;
  lastSampleAtMs: number;
  /** The card dropped samples before this block. */
  afterOverflow: boolean;
}

/** Blocks that are remembered at most: 3 ms each for a ring of 3 s. Only a strange card has shorter ones. */
const MAX_BLOCKS = 1_024;
/** Times are sums of floating point numbers: a sample that is this near to a limit counts as inside. */
const TOLERANCE_SAMPLES = 1e-3;

export class SampleRing {
  readonly #samples: Int16Array;
  readonly #blocks: StoredBlock[] = [];
  #written = 0;
  /** The number of the oldest sample that is stored. */
  #oldest = 0;
  #overflowed = false;

  constructor(capacityMs: number) {
    this.#samples = new Int16Array(capacityMs * SAMPLES_PER_MS);
  }

  get depthMs(): number {
    return (this.#written - this.#oldest) / SAMPLES_PER_MS;
  }

  /** When the oldest sample began; undefined when there is none. */
  get beginsAtMs(): number | undefined {
    const first = this.#blocks[0];
    return first && first.lastSampleAtMs - (first.end - this.#oldest) / SAMPLES_PER_MS;
  }

  /** Stores a copy. Of a block that is longer than the ring, its end. */
  push(block: Int16Array, lastSampleAtMs: number): void {
    if (block.length === 0) return;
    const capacity = this.#samples.length;
    const kept = block.length > capacity ? block.subarray(block.length - capacity) : block;
    const at = (this.#written + block.length - kept.length) % capacity;
    const untilWrap = Math.min(kept.length, capacity - at);
    this.#samples.set(kept.subarray(0, untilWrap), at);
    this.#samples.set(kept.subarray(untilWrap), 0);
    this.#written += block.length;
    this.#blocks.push({ end: this.#written, lastSampleAtMs, afterOverflow: this.#overflowed });
    this.#overflowed = false;
    this.#forget();
  }

  /** The card dropped samples: there is a gap before the next block. */
  noteOverflow(): void {
    this.#overflowed = true;
  }

  /** Calls back with the samples that began at `fromMs` or later, oldest first, in the blocks in which they came. */
  read(fromMs: number, onBlock: (samples: Int16Array, lastSampleAtMs: number, afterOverflow: boolean) => void): void {
    let start = this.#oldest;
    for (const { end, lastSampleAtMs, afterOverflow } of this.#blocks) {
      const beginsAtMs = lastSampleAtMs - (end - start) / SAMPLES_PER_MS;
      const skipped = Math.max(0, Math.ceil((fromMs - beginsAtMs) * SAMPLES_PER_MS - TOLERANCE_SAMPLES));
      if (start + skipped < end) onBlock(this.#copy(start + skipped, end), lastSampleAtMs, afterOverflow);
      start = end;
    }
  }

  #copy(from: number, to: number): Int16Array {
    const at = from % this.#samples.length;
    const copy = new Int16Array(to - from);
    const untilWrap = this.#samples.subarray(at, at + copy.length);
    copy.set(untilWrap);
    copy.set(this.#samples.subarray(0, copy.length - untilWrap.length), untilWrap.length);
    return copy;
  }

  #forget(): void {
    this.#oldest = Math.max(this.#oldest, this.#written - this.#samples.length);
    for (;;) {
      const first = this.#blocks[0];
      if (!first || (first.end > this.#oldest && this.#blocks.length <= MAX_BLOCKS)) return;
      this.#oldest = Math.max(this.#oldest, first.end);
      this.#blocks.shift();
    }
  }
}
