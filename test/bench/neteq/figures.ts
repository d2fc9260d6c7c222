/** The figures of one buffer on one path, and NetEQ's from what Chromium tells of it. */
import type { SimulationResult } from '../../../src/tools/simulation/simulate.ts';
import type { NetEqSample, PlayedStream } from './in-page.ts';

const SAMPLES_PER_MS = 48;
/** Of the few thousand of a path: the system drops some on a busy machine, and NetEQ does not hear of them. */
export const MOST_LOST = 3;
/** Of a second: where one buffer conceals nothing, the ratio is of these. */
const LEAST_CONCEALED_PERCENT = 0.05;
const LEAST_EVENTS_PER_MINUTE = 0.5;

export interface Figures {
  meanMs: number;
  p95Ms: number;
  concealedPercent: number;
  eventsPerMinute: number;
  removedPercent: number;
  insertedPercent: number;
  /** Speech that was never played. */
  skippedPercent: number;
}

/** How many packets did not come from the relay to the browser. */
export function lostPackets(played: PlayedStream | undefined, delaysMs: readonly number[]): number {
  return delaysMs.filter((delay) => delay !== undefined).length - (played?.receivedPackets ?? 0);
}

/**
 * NetEQ's delay is that of the path and the wait of a packet until it is decoded. What is decoded and not played yet, up to 15 ms, is not in
 * it.
 * @param delaysMs of the path, by packet
 */
export function neteqFigures(played: PlayedStream | undefined, delaysMs: readonly number[], packetMs: number): Figures {
  const samples = played?.samples ?? [];
  // Chromium tells nothing before the first packet; what it had concealed until then does not count.
  const [first] = samples;
  const last = samples.at(-1);
  if (!first || !last) throw new Error('Chromium told nothing of its jitter buffer');
  const windows: { delayMs: number; weight: number }[] = [];
  for (const [i, sample] of samples.slice(1).entries()) {
    const before = samples[i] ?? first;
    const weight = sample.emittedSamples - before.emittedSamples;
    if (weight <= 0) continue;
    const waitMs = (1_000 * (sample.waitedSeconds - before.waitedSeconds)) / weight;
    const from = packetsOut(before, packetMs);
    const path = delaysMs.slice(from, Math.max(from + 1, packetsOut(sample, packetMs))).filter(Number.isFinite);
    if (path.length === 0) continue;
    windows.push({ weight, delayMs: waitMs + path.reduce((sum, delay) => sum + delay, 0) / path.length });
  }
  const total = windows.reduce((sum, { weight }) => sum + weight, 0);
  const counted = (name: keyof NetEqSample) => last[name] - first[name];
  const percent = (samples: number) => (100 * samples) / counted('receivedSamples');
  return {
    meanMs: windows.reduce((sum, { delayMs, weight }) => sum + delayMs * weight, 0) / total,
    p95Ms: weightedQuantile(windows, 0.95 * total),
    concealedPercent: percent(counted('concealedSamples')),
    eventsPerMinute: counted('concealmentEvents') / (counted('receivedSamples') / SAMPLES_PER_MS / 60_000),
    removedPercent: percent(counted('removedSamples')),
    insertedPercent: percent(counted('insertedSamples')),
    skippedPercent: percent(counted('discardedPackets') * packetMs * SAMPLES_PER_MS),
  };
}

/** Packets that have left the buffer. */
function packetsOut(sample: NetEqSample, packetMs: number): number {
  return Math.round(sample.emittedSamples / SAMPLES_PER_MS / packetMs) + sample.discardedPackets;
}

function weightedQuantile(values: { delayMs: number; weight: number }[], upTo: number): number {
  let passed = 0;
  for (const { delayMs, weight } of values.toSorted((a, b) => a.delayMs - b.delayMs)) {
    passed += weight;
    if (passed >= upTo) return delayMs;
  }
  return Number.NaN;
}

export function ownFigures(result: SimulationResult): Figures {
  return {
    meanMs: result.delayMs.mean,
    p95Ms: result.delayMs.p95,
    concealedPercent: result.concealedPercent,
    eventsPerMinute: result.eventsPerMinute,
    removedPercent: result.acceleratedPercent,
    insertedPercent: result.deceleratedPercent,
    skippedPercent: result.droppedPercent,
  };
}

/** Mean, p95, concealed or skipped, events: of the first over the second. */
export function ratios(own: Figures, neteq: Figures): [number, number, number, number] {
  const lost = ({ concealedPercent, skippedPercent }: Figures) =>
    Math.max(LEAST_CONCEALED_PERCENT, concealedPercent + skippedPercent);
  const events = ({ eventsPerMinute }: Figures) => Math.max(LEAST_EVENTS_PER_MINUTE, eventsPerMinute);
  return [own.meanMs / neteq.meanMs, own.p95Ms / neteq.p95Ms, lost(own) / lost(neteq), events(own) / events(neteq)];
}

export function geometricMeans(rows: readonly (readonly number[])[]): number[] {
  return (rows[0] ?? []).map((_, figure) =>
    Math.exp(rows.reduce((sum, row) => sum + Math.log(row[figure] ?? Number.NaN), 0) / rows.length),
  );
}
