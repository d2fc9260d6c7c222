/**
 * The echo canceller of one open microphone. It delivers each sample of the microphone once, with its time, cleaned
 * while an echo may be in it:
 *
 * - `idle`: nothing was played lately. Samples pass through, and nothing is computed.
 * - `seeking`: something is played, and how late its echo arrives is measured on the first third of a second of it, or
 *   more. Samples pass through. The times of samples are as exact as the timers of this process, so this is done again
 *   for each reply, and after each gap.
 * - `cancelling`: the canceller runs, first over what was heard since the reply began. From here on both signals are
 *   counted in samples, because the card's clock decides.
 * - `resting`: the reply pauses. Samples pass through and are counted.
 *
 * The canceller, with what it has learnt of the room, is kept between replies. Pure.
 */
import { SAMPLES_PER_MS } from '../../src/protocol/format.ts';
import type { Convergence } from './convergence.ts';
import { COMPARED_SAMPLES, type DelayEstimator, type DelayRange } from './delay.ts';
import type { EchoCanceller } from './port.ts';
import type { Reference } from './reference.ts';

/** How long an echo is heard after its end: the tail of the canceller, and the largest error of the times. */
const TAIL_SAMPLES = 300 * SAMPLES_PER_MS;
/** The strongest path is here in the canceller's filter: others may be earlier. */
const LEAD_SAMPLES = 8 * SAMPLES_PER_MS;
/** An echo is found by this; noise and other speech have up to 7. */
const FOUND_STRENGTH = 9;
/** When the delay is looked for, in samples since the begin; later ever less often. */
const FIRST_SEARCH_SAMPLES = 320 * SAMPLES_PER_MS;
const SEARCH_AGAIN = 1.5;
/** By how much the delay of one reply may differ from that of the one before. */
const SAME_DELAY_SAMPLES = 80 * SAMPLES_PER_MS;
/** For how long only such a delay is looked for. */
const SAME_DELAY_FOR_SAMPLES = 1_000 * SAMPLES_PER_MS;
/** When the delay is measured again, before and after the canceller has converged. */
const CHECK_SOON_SAMPLES = 1_000 * SAMPLES_PER_MS;
const CHECK_SAMPLES = 5_000 * SAMPLES_PER_MS;
/** A difference of less is followed by the filter. */
const MOVED_SAMPLES = 4 * SAMPLES_PER_MS;
/** What is kept of the microphone: the longest search that the canceller catches up with. */
const HISTORY_SAMPLES = 2_000 * SAMPLES_PER_MS;
/** A longer pause ends the reply: the clocks of the card and of this process have moved apart. */
const LONGEST_REST_SAMPLES = 10_000 * SAMPLES_PER_MS;

export interface EchoLineParts {
  reference: Reference;
  /** Undefined as long as there is none. */
  canceller(): EchoCanceller | undefined;
  estimator(): DelayEstimator;
  convergence: Convergence;
  /** Samples of the microphone, cleaned or as they were. Valid during the call. */
  deliver(samples: Int16Array, lastSampleAtMs: number): void;
  /** The delay that was found last; kept when the microphone is opened again. */
  delay: { samples?: number };
}

export class EchoLine {
  readonly #parts: EchoLineParts;
  #state: 'idle' | 'seeking' | 'cancelling' | 'resting' = 'idle';
  /** What the microphone heard last, while not idle. All positions are those of the reference. */
  readonly #history = new Int16Array(HISTORY_SAMPLES);
  /** Since when the microphone is counted in samples. */
  #begin = 0;
  /** After the newest sample, and when that was. */
  #end = 0;
  #endsAtMs = 0;
  /** Up to here samples were delivered. */
  #delivered = 0;
  /** Up to here the canceller has worked. */
  #cancelled = 0;
  #searchAt = 0;
  #stretches = 0;
  #out = new Int16Array(0);
  #blocks: { microphone: Int16Array; reference: Int16Array } | undefined;

  constructor(parts: EchoLineParts) {
    this.#parts = parts;
  }

  /** Whether what is delivered is cleaned. */
  get isCancelling(): boolean {
    return this.#state === 'cancelling' || this.#state === 'resting';
  }

  push(samples: Int16Array, lastSampleAtMs: number): void {
    const begin = Math.round(lastSampleAtMs * SAMPLES_PER_MS) - samples.length;
    if (this.#state === 'idle' && !this.#isHeardAt(begin)) return this.#parts.deliver(samples, lastSampleAtMs);
    const canceller = this.#parts.canceller();
    if (!canceller) return this.#parts.deliver(samples, lastSampleAtMs);
    if (this.#state === 'idle') this.#seekFrom(begin);
    // A long block must not overtake what is kept.
    const step = HISTORY_SAMPLES / 4;
    for (let at = 0; at < samples.length; at += step) {
      const part = samples.subarray(at, at + step);
      this.#keep(part, lastSampleAtMs - (samples.length - at - part.length) / SAMPLES_PER_MS);
      this.#advance(canceller);
    }
  }

  /** Samples of the microphone are missing, or nothing more comes: what was held back is delivered as it is. */
  interrupt(): void {
    this.#deliverRest();
    this.#state = 'idle';
  }

  #isHeardAt(position: number): boolean {
    return position - TAIL_SAMPLES - (this.#parts.delay.samples ?? 0) < this.#parts.reference.audibleUntil;
  }

  #seekFrom(position: number): void {
    this.#state = 'seeking';
    this.#begin = position;
    this.#end = position;
    this.#delivered = position;
    this.#searchAt = position + FIRST_SEARCH_SAMPLES;
    this.#stretches = this.#parts.reference.stretches;
    this.#parts.convergence.reset();
  }

  #keep(samples: Int16Array, lastSampleAtMs: number): void {
    for (let i = 0; i < samples.length; i++) this.#history[(this.#end + i) % HISTORY_SAMPLES] = samples[i] as number;
    this.#end += samples.length;
    this.#endsAtMs = lastSampleAtMs;
  }

  #advance(canceller: EchoCanceller): void {
    if (this.#stretches !== this.#parts.reference.stretches) {
      // The speaker was opened again, or had a gap: the delay is another one.
      this.#deliverRest();
      this.#seekFrom(Math.round(this.#endsAtMs * SAMPLES_PER_MS));
      return;
    }
    const isHeard = this.#isHeardAt(this.#end);
    if (this.#state === 'seeking') this.#advanceSearch(isHeard);
    else if (this.#state === 'resting') this.#advanceRest(canceller, isHeard);
    else if (!isHeard) this.#rest();
    else if (this.#end >= this.#searchAt) this.#check();
    if (this.#state === 'cancelling') this.#cancel(canceller);
  }

  #advanceSearch(isHeard: boolean): void {
    this.#deliverRest();
    if (!isHeard) this.#state = 'idle';
    else if (this.#end >= this.#searchAt) this.#search();
  }

  #search(): void {
    // The delay of the reply before may have been found wrong.
    const isNew = this.#end - this.#begin < SAME_DELAY_FOR_SAMPLES;
    const found = this.#measure(isNew ? rangeAround(this.#parts.delay.samples) : undefined);
    if (found === undefined) {
      this.#searchAt = this.#begin + (this.#end - this.#begin) * SEARCH_AGAIN;
      return;
    }
    this.#parts.delay.samples = found;
    this.#cancelled = Math.max(this.#begin, this.#end - HISTORY_SAMPLES);
    this.#searchAt = this.#end + CHECK_SOON_SAMPLES;
    this.#state = 'cancelling';
  }

  /** The delay may have been found wrong, and another clock drifts away. */
  #check(): void {
    const { delay, convergence } = this.#parts;
    this.#searchAt = this.#end + (convergence.isConverged ? CHECK_SAMPLES : CHECK_SOON_SAMPLES);
    const found = this.#measure();
    if (found === undefined || Math.abs(found - (delay.samples ?? 0)) < MOVED_SAMPLES) return;
    delay.samples = found;
    convergence.reset();
  }

  #measure(range?: DelayRange): number | undefined {
    const from = Math.max(this.#begin, this.#end - COMPARED_SAMPLES);
    const microphone = new Int16Array(this.#end - from);
    this.#copy(from, microphone);
    const found = this.#parts.estimator().estimate(microphone, from, this.#parts.reference.read, range);
    return found.strength < FOUND_STRENGTH ? undefined : found.samples;
  }

  #rest(): void {
    this.#deliverRest();
    this.#state = 'resting';
  }

  #advanceRest({ blockSamples }: EchoCanceller, isHeard: boolean): void {
    if (isHeard) {
      // The block before is the first one, for a canceller that overlaps its blocks.
      this.#cancelled = this.#delivered - blockSamples;
      this.#state = 'cancelling';
      return;
    }
    this.#deliverRest();
    if (!this.#isHeardAt(this.#end - LONGEST_REST_SAMPLES)) this.#state = 'idle';
  }

  #cancel({ blockSamples, delaySamples, process }: EchoCanceller): void {
    this.#blocks ??= { microphone: new Int16Array(blockSamples), reference: new Int16Array(blockSamples) };
    const { microphone, reference } = this.#blocks;
    const shift = (this.#parts.delay.samples ?? 0) - LEAD_SAMPLES;
    const most = this.#end - this.#delivered + blockSamples;
    if (this.#out.length < most) this.#out = new Int16Array(most);
    let count = 0;
    for (; this.#cancelled + blockSamples <= this.#end; this.#cancelled += blockSamples) {
      this.#copy(this.#cancelled, microphone);
      this.#parts.reference.read(this.#cancelled - shift, reference);
      const cleaned = process(microphone, reference);
      this.#parts.convergence.add(microphone, cleaned);
      // What was delivered before the canceller began is not delivered again.
      const fresh = cleaned.subarray(Math.max(0, this.#delivered + count - (this.#cancelled - delaySamples)));
      this.#out.set(fresh, count);
      count += fresh.length;
    }
    this.#deliver(this.#out.subarray(0, count));
  }

  /** As it was: all of its power is left. */
  #deliverRest(): void {
    if (this.#end === this.#delivered) return;
    this.#parts.convergence.residual = 1;
    const rest = new Int16Array(this.#end - this.#delivered);
    this.#copy(this.#delivered, rest);
    this.#deliver(rest);
  }

  #deliver(samples: Int16Array): void {
    if (samples.length === 0) return;
    this.#delivered += samples.length;
    this.#parts.deliver(samples, this.#endsAtMs - (this.#end - this.#delivered) / SAMPLES_PER_MS);
  }

  #copy(position: number, out: Int16Array): void {
    for (let i = 0; i < out.length; i++) out[i] = this.#history[(position + i) % HISTORY_SAMPLES] as number;
  }
}

function rangeAround(samples: number | undefined): DelayRange | undefined {
  if (samples === undefined) return undefined;
  return { least: samples - SAME_DELAY_SAMPLES, most: samples + SAME_DELAY_SAMPLES };
}
