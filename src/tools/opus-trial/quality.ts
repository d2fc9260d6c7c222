/**
 * Compares two sample-aligned signals: the encoder's input and the decoder's output. Pure.
 *
 * Both measures compare the short-time spectra of windows of 32 ms, without silence. The waveforms cannot be
 * compared: Opus' voice mode begins with a high-pass filter, whose phase shift alone limits the classic segmental SNR to 3 dB at any bitrate.
 * Neither measure is a perceptual one (PESQ, POLQA), and neither is for comparing codecs.
 */
import { createSpectrum } from '../../core/signal/spectrum.ts';

export interface Quality {
  /**
   * Frequency-weighted segmental signal-to-noise ratio: of the magnitudes in the ear's critical bands, weighted by the
   * signal's magnitude to the power of 0.2, each limited to −10 to 35 dB (Hu & Loizou, IEEE TASLP 16(1), 2008). Higher
   * is better.
   */
  weightedSnrDb: number;
  /** Log-spectral distance: root mean square difference of the spectra in dB (Gray & Markel, IEEE ASSP 1976). 0 is the same. */
  logSpectralDistanceDb: number;
}

const WINDOW_SAMPLES = 512;
const HOP_SAMPLES = WINDOW_SAMPLES / 2;
const FULL_SCALE = 32_768;
/** Mean power that counts as silence: −50 dB of full scale. */
const SILENCE_POWER = FULL_SCALE ** 2 * 1e-5;
/** Spectra are compared down to the resolution of 16 bits: the power of the rounding noise in a bin. */
const BIN_FLOOR = WINDOW_SAMPLES / 12;
const MIN_SNR_DB = -10;
const MAX_SNR_DB = 35;
const WEIGHT_POWER = 0.2;
/** Edges of the critical bands in Hz (Zwicker, JASA 33, 1961), and the bins of a window that lie 31.25 Hz apart. */
const BAND_EDGES_HZ = [
  0, 100, 200, 300, 400, 510, 630, 770, 920, 1_080, 1_270, 1_480, 1_720, 2_000, 2_320, 2_700, 3_150, 3_700, 4_400,
  5_300, 6_400, 7_700,
];
const BAND_EDGES = BAND_EDGES_HZ.map((hz) => Math.round((hz * WINDOW_SAMPLES) / 16_000));

/** Undefined if there is only silence. */
export function compareQuality(original: Int16Array, decoded: Int16Array): Quality | undefined {
  const [one, other] = [createSpectrum(WINDOW_SAMPLES), createSpectrum(WINDOW_SAMPLES)];
  const [a, b] = [new Float64Array(WINDOW_SAMPLES), new Float64Array(WINDOW_SAMPLES)];
  let snrDb = 0;
  let distanceDb = 0;
  let windows = 0;
  for (let from = 0; from + WINDOW_SAMPLES <= original.length; from += HOP_SAMPLES) {
    let energy = 0;
    for (let i = 0; i < WINDOW_SAMPLES; i++) {
      a[i] = original[from + i] ?? 0;
      b[i] = decoded[from + i] ?? 0;
      energy += (a[i] ?? 0) ** 2;
    }
    if (energy < SILENCE_POWER * WINDOW_SAMPLES) continue;
    const [signal, decodedPower] = [one.power(a), other.power(b)];
    snrDb += weightedSnr(signal, decodedPower);
    distanceDb += spectralDistance(signal, decodedPower);
    windows += 1;
  }
  if (windows === 0) return undefined;
  return { weightedSnrDb: snrDb / windows, logSpectralDistanceDb: distanceDb / windows };
}

function weightedSnr(signal: Float64Array, decoded: Float64Array): number {
  let sum = 0;
  let weights = 0;
  for (let band = 0; band + 1 < BAND_EDGES.length; band++) {
    const [from, to] = [BAND_EDGES[band] ?? 0, BAND_EDGES[band + 1] ?? 0];
    const wanted = magnitude(signal, from, to);
    const noise = Math.abs(wanted - magnitude(decoded, from, to));
    const snrDb = wanted === 0 ? MIN_SNR_DB : 20 * Math.log10(wanted / noise);
    const weight = wanted ** WEIGHT_POWER;
    sum += weight * Math.min(MAX_SNR_DB, Math.max(MIN_SNR_DB, snrDb));
    weights += weight;
  }
  return weights === 0 ? MIN_SNR_DB : sum / weights;
}

function magnitude(power: Float64Array, from: number, to: number): number {
  let sum = 0;
  for (let k = from; k < to; k++) sum += power[k] ?? 0;
  return Math.sqrt(sum);
}

function spectralDistance(signal: Float64Array, decoded: Float64Array): number {
  let sum = 0;
  for (let k = 0; k < signal.length; k++) {
    sum += (10 * Math.log10(((signal[k] ?? 0) + BIN_FLOOR) / ((decoded[k] ?? 0) + BIN_FLOOR))) ** 2;
  }
  return Math.sqrt(sum / signal.length);
}
