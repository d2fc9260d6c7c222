/**
 * Leaves out the silence before the first word. flite begins with 170 ms of it.
 */
import { SAMPLES_PER_MS } from '../../../../src/protocol/format.ts';
import type { Pcm } from '../../parts/synthesizer.ts';

/** Of full scale, −44 dB: above the noise of synthesizers, below every consonant that was measured. */
const SILENT = 200;
/** What remains before the first louder sample: a soft beginning of a word. */
const KEPT_MS = 40;
const KEPT_SAMPLES = KEPT_MS * SAMPLES_PER_MS;

export interface SilenceTrimmer {
  /** The samples that remain, at 16 kHz. */
  push(samples: Int16Array): Int16Array;
}

export function createSilenceTrimmer(isOn: boolean): SilenceTrimmer {
  let hasBegun = !isOn;
  /** The newest silent samples. */
  let silence = new Int16Array(0);
  return {
    push(samples) {
      if (hasBegun) return samples;
      const loud = samples.findIndex((sample) => Math.abs(sample) > SILENT);
      hasBegun = loud >= 0;
      const all = new Int16Array(silence.length + samples.length);
      all.set(silence);
      all.set(samples, silence.length);
      const kept = all.slice(Math.max(0, (hasBegun ? silence.length + loud : all.length) - KEPT_SAMPLES));
      if (hasBegun) return kept;
      silence = kept;
      return new Int16Array(0);
    },
  };
}

/** How much of a sentence a trimmer leaves out, for who does not see its samples. */
export interface LeadingSilence {
  /** The next samples, as they come from the synthesizer. */
  add(pcm: Pick<Pcm, 'samples' | 'sampleRateHz'>): void;
  leftOutMs(): number;
}

export function createLeadingSilence(): LeadingSilence {
  let silentMs = 0;
  let hasBegun = false;
  return {
    add({ samples, sampleRateHz }) {
      if (hasBegun) return;
      const loud = samples.findIndex((sample) => Math.abs(sample) > SILENT);
      hasBegun = loud >= 0;
      silentMs += ((hasBegun ? loud : samples.length) * 1_000) / sampleRateHz;
    },
    leftOutMs: () => Math.max(0, silentMs - KEPT_MS),
  };
}
