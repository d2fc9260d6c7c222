/** What is measured of a recording. */
import type { Stretch } from './silence.ts';

export interface Measures {
  sampleRateHz: number;
  channels: number;
  seconds: number;
  /** In dB of full scale, −120 for nothing at all. */
  level: { rmsDb: number; peakDb: number };
  /** Mean of the samples, in percent of full scale. */
  dcOffsetPercent: number;
  /** Level below which a tenth of the windows lie; absent in a recording shorter than one. */
  noiseFloorDb?: number;
  silence: { thresholdDb: number; minMs: number; share: number; stretches: Stretch[] };
  clipping: {
    runs: number;
    samples: number;
    share: number;
    longestMs: number;
    first: { atMs: number; channel: number }[];
  };
}
