/**
 * Finds the pitch period: the lag at which 10 ms of the signal are most similar, by normalised correlation, first
 * coarsely at a quarter of the sample rate and then exactly.
 */
import type { SyncBuffer } from './sync-buffer.ts';

/** 10 ms: at least one period of any voice above 100 Hz, half a period of the lowest. */
export const TEMPLATE_SAMPLES = 160;
/** 2.5 ms: the period of a 400 Hz voice. */
export const MIN_LAG_SAMPLES = 40;

const DECIMATION = 4;
const REFINE_SAMPLES = 4;
const LONGEST_LAG_SAMPLES = 480;
const TEMPLATE_COARSE = TEMPLATE_SAMPLES / DECIMATION;

export class PitchSearch {
  /** Of the lag found last, −1 to 1. */
  correlation = 0;
  private readonly template = new Float32Array(TEMPLATE_COARSE);
  private readonly region = new Float32Array(LONGEST_LAG_SAMPLES / DECIMATION + TEMPLATE_COARSE + 2);

  /**
   * Compares the 10 ms from `from` with those a lag later (`direction` 1) or earlier (−1). Needs the longest lag and 10 ms
   * more on that side.
   */
  bestLag(syncBuffer: SyncBuffer, from: number, direction: 1 | -1, minLag: number, maxLag: number): number {
    const rough = this.roughLag(syncBuffer, from, direction, minLag, maxLag);
    let best = rough;
    this.correlation = -2;
    const energy = 1 + energyOf(syncBuffer, from);
    const last = Math.min(maxLag, rough + REFINE_SAMPLES);
    for (let lag = Math.max(minLag, rough - REFINE_SAMPLES); lag <= last; lag++) {
      const other = from + direction * lag;
      let product = 0;
      let otherEnergy = 1;
      for (let i = 0; i < TEMPLATE_SAMPLES; i++) {
        const sample = syncBuffer.at(other + i);
        product += syncBuffer.at(from + i) * sample;
        otherEnergy += sample * sample;
      }
      const correlation = product / Math.sqrt(energy * otherEnergy);
      if (correlation > this.correlation) {
        this.correlation = correlation;
        best = lag;
      }
    }
    return best;
  }

  private roughLag(syncBuffer: SyncBuffer, from: number, direction: 1 | -1, minLag: number, maxLag: number): number {
    const { template, region } = this;
    const maxStep = Math.floor(maxLag / DECIMATION);
    decimate(syncBuffer, from, template, TEMPLATE_COARSE);
    decimate(syncBuffer, direction > 0 ? from : from - maxStep * DECIMATION, region, maxStep + TEMPLATE_COARSE);
    let energy = 1;
    for (let i = 0; i < TEMPLATE_COARSE; i++) energy += (template[i] ?? 0) ** 2;
    let best = -2;
    let bestStep = Math.max(1, Math.floor(minLag / DECIMATION));
    for (let step = bestStep; step <= maxStep; step++) {
      const offset = direction > 0 ? step : maxStep - step;
      let product = 0;
      let otherEnergy = 1;
      for (let i = 0; i < TEMPLATE_COARSE; i++) {
        const sample = region[offset + i] ?? 0;
        product += (template[i] ?? 0) * sample;
        otherEnergy += sample * sample;
      }
      const correlation = product / Math.sqrt(energy * otherEnergy);
      if (correlation > best) {
        best = correlation;
        bestStep = step;
      }
    }
    return bestStep * DECIMATION;
  }
}

/** Sums of four neighbours: a simple low-pass, sufficient to find a period. */
function decimate(syncBuffer: SyncBuffer, from: number, into: Float32Array, count: number): void {
  for (let i = 0; i < count; i++) {
    const at = from + i * DECIMATION;
    into[i] = syncBuffer.at(at) + syncBuffer.at(at + 1) + syncBuffer.at(at + 2) + syncBuffer.at(at + 3);
  }
}

function energyOf(syncBuffer: SyncBuffer, from: number): number {
  let energy = 0;
  for (let i = 0; i < TEMPLATE_SAMPLES; i++) energy += syncBuffer.at(from + i) ** 2;
  return energy;
}
