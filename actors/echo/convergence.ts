/**
 * Whether an echo canceller has converged: how much of the echo it removes (echo return loss enhancement, ERLE), in
 * short windows. A person who speaks over the reply lowers it in most windows but not in the pauses of the words: the
 * better windows count. Pure.
 */
import { SAMPLES_PER_MS } from '../../src/protocol/format.ts';

const WINDOW_SAMPLES = 100 * SAMPLES_PER_MS;
/** Two seconds of echo. */
const WINDOWS = 20;
/** The share of the windows that are worse than the figure. */
const QUANTILE = 0.7;
/** Windows until the figure counts. */
const LEAST_WINDOWS = 5;
const CONVERGED_DB = 12;
const LOST_DB = 6;
/** A window with less of an echo, as the power of its samples, says nothing: −56 dB of full scale. */
const LEAST_POWER = 52 ** 2;

export class Convergence {
  isConverged = false;
  /** How much of the power was left in the last block, 0 to 1. */
  residual = 1;
  #lastBefore = 0;
  #windows: number[] = [];
  #samples = 0;
  #before = 0;
  #after = 0;

  /** How much of the echo is removed, in dB; 0 when it is not known. */
  get erleDb(): number {
    if (this.#windows.length === 0) return 0;
    const sorted = [...this.#windows].sort((a, b) => a - b);
    return sorted[Math.floor(sorted.length * QUANTILE)] ?? 0;
  }

  /** A block of the microphone with an echo in it, and the same block without. */
  add(before: Int16Array, after: Int16Array): void {
    const [powerBefore, powerAfter] = [powerOf(before), powerOf(after)];
    // A canceller that overlaps its blocks gives a part of the block before.
    this.residual = Math.min(1, powerAfter / (Math.max(powerBefore, this.#lastBefore) + 1));
    this.#lastBefore = powerBefore;
    this.#before += powerBefore;
    this.#after += powerAfter;
    this.#samples += before.length;
    if (this.#samples < WINDOW_SAMPLES) return;
    if (this.#before >= LEAST_POWER * this.#samples) this.#note(10 * Math.log10(this.#before / (this.#after + 1)));
    this.#samples = 0;
    this.#before = 0;
    this.#after = 0;
  }

  /** The echo is at another place now, or was not looked at for a time. */
  reset(): void {
    this.isConverged = false;
    this.residual = 1;
    this.#windows = [];
    this.#samples = 0;
    this.#before = 0;
    this.#after = 0;
  }

  #note(erleDb: number): void {
    this.#windows.push(erleDb);
    if (this.#windows.length > WINDOWS) this.#windows.shift();
    if (this.#windows.length < LEAST_WINDOWS) return;
    this.isConverged = this.erleDb >= (this.isConverged ? LOST_DB : CONVERGED_DB);
  }
}

function powerOf(samples: Int16Array): number {
  let power = 0;
  for (let i = 0; i < samples.length; i++) power += (samples[i] as number) ** 2;
  return power;
}
