/**
 * Makes pending samples shorter or longer by whole pitch periods (WSOLA), at the read position, without a change of
 * pitch: two similar segments are cross-faded over 10 ms.
 */
import { TICK_SAMPLES } from '../jitter-buffer.ts';
import { MIN_LAG_SAMPLES, type PitchSearch, TEMPLATE_SAMPLES } from './pitch-search.ts';
import type { SyncBuffer } from './sync-buffer.ts';

/**
 * 30 ms: long cuts in pauses need fewer searches. 15 ms: one period of the lowest voice; longer repetitions are
 * audible.
 */
export const LONGEST_CUT_SAMPLES = 480;
export const LONGEST_INSERT_SAMPLES = 240;

export class TimeStretch {
  private readonly syncBuffer: SyncBuffer;
  private readonly pitchSearch: PitchSearch;
  private readonly template = new Float32Array(TEMPLATE_SAMPLES);

  constructor(syncBuffer: SyncBuffer, pitchSearch: PitchSearch) {
    this.syncBuffer = syncBuffer;
    this.pitchSearch = pitchSearch;
  }

  /** Removes up to this many samples where the signal is similar enough (in a pause anywhere). Returns how many. */
  shorten(maxSamples: number, minCorrelation: number, isPause: boolean): number {
    const { syncBuffer, pitchSearch, template } = this;
    // A multiple of 4: the grid of the coarse search.
    const most = Math.min(LONGEST_CUT_SAMPLES, maxSamples, syncBuffer.pending - TEMPLATE_SAMPLES - TICK_SAMPLES) & ~3;
    if (most < MIN_LAG_SAMPLES) return 0;
    const from = syncBuffer.read;
    let lag = most;
    if (!isPause) {
      lag = pitchSearch.bestLag(syncBuffer, from, 1, MIN_LAG_SAMPLES, most);
      if (pitchSearch.correlation < minCorrelation) return 0;
    }
    this.keepTemplate();
    syncBuffer.removeAt(from, lag);
    syncBuffer.crossFade(template, from, TEMPLATE_SAMPLES);
    return lag;
  }

  /** Repeats up to this many of the samples that were played last. Returns how many. */
  lengthen(maxSamples: number, minCorrelation: number, isPause: boolean): number {
    const { syncBuffer, pitchSearch, template } = this;
    const most = Math.min(LONGEST_INSERT_SAMPLES, maxSamples) & ~3;
    if (most < MIN_LAG_SAMPLES || syncBuffer.pending < TEMPLATE_SAMPLES) return 0;
    const from = syncBuffer.read;
    // Short repetitions of noise sound like a tone: in a pause at least half of the limit is inserted.
    const least = isPause ? Math.max(MIN_LAG_SAMPLES, most >> 1) : MIN_LAG_SAMPLES;
    const lag = pitchSearch.bestLag(syncBuffer, from, -1, least, most);
    if (!isPause && pitchSearch.correlation < minCorrelation) return 0;
    this.keepTemplate();
    syncBuffer.insertAt(from, lag);
    // Repeats what was played one lag ago, in ascending order: with a lag shorter than the fade it repeats its own
    // output.
    for (let i = 0; i < lag; i++) syncBuffer.samples[from + i] = syncBuffer.at(from - lag + i);
    syncBuffer.crossFade(template, from, TEMPLATE_SAMPLES);
    return lag;
  }

  private keepTemplate(): void {
    const { syncBuffer, template } = this;
    for (let i = 0; i < TEMPLATE_SAMPLES; i++) template[i] = syncBuffer.at(syncBuffer.read + i);
  }
}
