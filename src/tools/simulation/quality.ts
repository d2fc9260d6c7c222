/**
 * The quality of a damaged copy of speech, sample-aligned: two objective measures, no opinion scores. The spectral distance ranks silence,
 * concealment and recovery as PESQ does. The SNR distinguishes recovery from the rest, but rates silence better than good concealment with
 * a wrong phase.
 */
import { createSpectrum } from '../../core/signal/spectrum.ts';

/** 20 ms, and the usual limits of a frame's share in the segmental SNR (Hansen & Pellom 1998). */
const SEGMENT_SAMPLES = 320;
const LEAST_SNR_DB = -10;
const MOST_SNR_DB = 35;
/** Frames 40 dB below the loudest are pauses, where nothing can be lost. */
const PAUSE_BELOW_LOUDEST = 1e-4;

/** 32 ms with half overlap. */
const SPECTRUM_SAMPLES = 512;
const HOP_SAMPLES = 256;
/** 60 dB below full scale: softer sound is not audible beside speech. */
const FLOOR_POWER = (32_768 * SPECTRUM_SAMPLES) ** 2 / 1e6;

/** Mean over the frames of speech of the signal-to-noise ratio, in dB. Higher is better; 35 is identical. */
export function segmentalSnrDb(reference: Int16Array, damaged: Int16Array): number {
  const frames = Math.floor(Math.min(reference.length, damaged.length) / SEGMENT_SAMPLES);
  const energies = Array.from({ length: frames }, (_, frame) => energy(reference, frame * SEGMENT_SAMPLES));
  const pause = Math.max(...energies, 0) * PAUSE_BELOW_LOUDEST;
  let sum = 0;
  let count = 0;
  for (const [frame, signal] of energies.entries()) {
    if (signal <= pause) continue;
    let error = 1e-9;
    for (let i = frame * SEGMENT_SAMPLES; i < (frame + 1) * SEGMENT_SAMPLES; i++) {
      error += ((reference[i] ?? 0) - (damaged[i] ?? 0)) ** 2;
    }
    sum += Math.min(MOST_SNR_DB, Math.max(LEAST_SNR_DB, 10 * Math.log10(signal / error)));
    count += 1;
  }
  return count > 0 ? sum / count : MOST_SNR_DB;
}

/** Mean difference of the power spectra, in dB. Lower is better; 0 is the same spectrum, whatever the phase. */
export function logSpectralDistanceDb(reference: Int16Array, damaged: Int16Array): number {
  const end = Math.min(reference.length, damaged.length) - SPECTRUM_SAMPLES;
  const [ofReference, ofDamaged] = [createSpectrum(SPECTRUM_SAMPLES), createSpectrum(SPECTRUM_SAMPLES)];
  let sum = 0;
  let count = 0;
  for (let from = 0; from <= end; from += HOP_SAMPLES) {
    const wanted = ofReference.power(reference.subarray(from, from + SPECTRUM_SAMPLES));
    const damagedPower = ofDamaged.power(damaged.subarray(from, from + SPECTRUM_SAMPLES));
    let squares = 0;
    for (let bin = 1; bin < wanted.length; bin++) {
      squares += (10 * Math.log10(((wanted[bin] ?? 0) + FLOOR_POWER) / ((damagedPower[bin] ?? 0) + FLOOR_POWER))) ** 2;
    }
    sum += Math.sqrt(squares / (wanted.length - 1));
    count += 1;
  }
  return count > 0 ? sum / count : 0;
}

function energy(samples: Int16Array, from: number): number {
  let sum = 0;
  for (let i = from; i < from + SEGMENT_SAMPLES; i++) sum += (samples[i] ?? 0) ** 2;
  return sum;
}
