/**
 * Leaves out the silence before the first word. flite begins with 120 to 270 ms of it.
 */
import { SAMPLE_RATE_HZ } from '../../../../src/protocol/format.ts';
import type { Pcm } from '../../parts/synthesizer.ts';

/** Of full scale, −44 dB: above the noise of synthesizers, below every consonant that was measured. */
const LOUD = 200;
/** −54 dB: a soft beginning of a word; below it is the noise of the recordings of which flite's voices are made. */
const SOFT = 66;
/** A beginning is as soft as that for so long at most. */
const LONGEST_SOFT_MS = 40;
/** What remains before it, because a sound does not begin at once. */
const KEPT_MS = 5;

export interface SilenceTrimmer {
  /** The samples that remain. */
  push(samples: Int16Array): Int16Array;
  leftOutMs(): number;
}

export function createSilenceTrimmer(sampleRateHz: number = SAMPLE_RATE_HZ): SilenceTrimmer {
  const inMs = sampleRateHz / 1_000;
  const longest = Math.round((LONGEST_SOFT_MS + KEPT_MS) * inMs);
  let hasBegun = false;
  /** The newest samples before the first loud one. */
  let before = new Int16Array(0);
  let leftOut = 0;

  return {
    push(samples) {
      if (hasBegun) return samples;
      const all = new Int16Array(before.length + samples.length);
      all.set(before);
      all.set(samples, before.length);
      const loud = all.findIndex((sample) => Math.abs(sample) > LOUD);
      hasBegun = loud >= 0;
      const from = hasBegun ? beginning(all, loud) : Math.max(0, all.length - longest);
      leftOut += from;
      const kept = all.slice(from);
      if (hasBegun) return kept;
      before = kept;
      return new Int16Array(0);
    },
    leftOutMs: () => leftOut / inMs,
  };

  /** Where the sound begins that is loud there. */
  function beginning(samples: Int16Array, loud: number): number {
    const earliest = Math.max(0, loud - Math.round(LONGEST_SOFT_MS * inMs));
    const soft = samples.subarray(earliest, loud).findIndex((sample) => Math.abs(sample) > SOFT);
    return Math.max(0, (soft < 0 ? loud : earliest + soft) - Math.round(KEPT_MS * inMs));
  }
}

/** How much of a sentence a trimmer leaves out, for who does not see its samples. */
export interface LeadingSilence {
  /** The next samples, as they come from the synthesizer. */
  add(pcm: Pick<Pcm, 'samples' | 'sampleRateHz'>): void;
  leftOutMs(): number;
}

export function createLeadingSilence(): LeadingSilence {
  let trimmer: SilenceTrimmer | undefined;
  return {
    add({ samples, sampleRateHz }) {
      trimmer ??= createSilenceTrimmer(sampleRateHz);
      trimmer.push(samples);
    },
    leftOutMs: () => trimmer?.leftOutMs() ?? 0,
  };
}
