/**
 * Where there is speech in a clean recording: the truth that a detector is compared with. Pure.
 *
 * A window of 10 ms counts when it is within 35 dB of the loud ones and 8 dB above the recording's own floor; gaps below 250 ms are filled,
 * and what is shorter than 50 ms is dropped.
 */
import { SAMPLES_PER_MS } from '../../src/protocol/format.ts';
import { rms } from './sounds.ts';

const WINDOW = 10 * SAMPLES_PER_MS;
const BELOW_LOUD_DB = 35;
const ABOVE_FLOOR_DB = 8;
const LOUD = 0.9;
const FLOOR = 0.02;
const SHORTEST_WINDOWS = 5;
const LONGEST_GAP_WINDOWS = 25;

/** In samples; `to` is not included. */
export interface Stretch {
  from: number;
  to: number;
}

export function speechIn(samples: Int16Array): Stretch[] {
  const levelsDb = Array.from(
    { length: Math.floor(samples.length / WINDOW) },
    (_, i) => 20 * Math.log10(rms(samples, i * WINDOW, (i + 1) * WINDOW) + 1e-3),
  );
  const sorted = levelsDb.toSorted((a, b) => a - b);
  const quantile = (share: number) => sorted[Math.floor(share * (sorted.length - 1))] ?? 0;
  const thresholdDb = Math.max(quantile(LOUD) - BELOW_LOUD_DB, quantile(FLOOR) + ABOVE_FLOOR_DB);
  const runs = runsOf(levelsDb.map((db) => db > thresholdDb)).filter(({ from, to }) => to - from >= SHORTEST_WINDOWS);
  const joined: Stretch[] = [];
  for (const run of runs) {
    const last = joined.at(-1);
    if (last && run.from - last.to < LONGEST_GAP_WINDOWS) last.to = run.to;
    else joined.push({ ...run });
  }
  return joined.map(({ from, to }) => ({ from: from * WINDOW, to: to * WINDOW }));
}

function runsOf(flags: readonly boolean[]): Stretch[] {
  const runs: Stretch[] = [];
  for (const [i, flag] of flags.entries()) {
    if (!flag) continue;
    const last = runs.at(-1);
    if (last?.to === i) last.to = i + 1;
    else runs.push({ from: i, to: i + 1 });
  }
  return runs;
}
