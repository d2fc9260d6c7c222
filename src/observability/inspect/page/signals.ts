/**
 * Collects what is plotted from entries into columns: one row per moment, for the window that is shown.
 */

import type { QueueMetrics } from '../../../core/actor/queue-metrics.ts';
import type { Entry } from '../entries.ts';
import type { Timeline } from './timeline.ts';

export const WINDOW_S = 60;
/** Levels come about every 100 ms while there is audio. After a longer silence the line begins again. */
const LEVEL_GAP_S = 0.5;
/** What is plotted as silence: nothing. */
const SILENCE_DB = -80;

/** A plot has a column of times (s) and one for each of its lines; null where nothing was measured. */
export type Columns = [times: number[], ...lines: (number | null)[][]];

export interface Signals {
  levels: Columns;
  delay: Columns;
  concealed: Columns;
  roundTrip: Columns;
  bytes: Columns;
  frames: Columns;
  cpu: Columns;
  memory: Columns;
  queues: readonly QueueRate[];
}

export interface QueueRate extends QueueMetrics {
  /** Events since the sample before. */
  perSecond: number;
}

/** The window ends at the moment that is shown. */
export function gatherSignals({ entries, shown, t }: Timeline): Signals {
  const signals: Signals = {
    levels: [[], [], []],
    delay: [[], [], [], []],
    concealed: [[], []],
    roundTrip: [[], []],
    bytes: [[], [], []],
    frames: [[], [], []],
    cpu: [[], []],
    memory: [[], [], []],
    queues: [],
  };
  const fromMs = t - WINDOW_S * 1_000;
  let first = shown;
  while (first > 0 && timeOf(entries[first - 1]) >= fromMs) first -= 1;
  let lastMs: number | undefined;
  let played: Of<'sample'>['playback'];
  let traffic = noTraffic();
  for (let i = first; i < shown; i++) {
    const entry = entries[i];
    if (entry?.k === 'levels') addLevels(signals, entry);
    if (entry?.k === 'packets') addTraffic(traffic, entry);
    if (entry?.k !== 'sample') continue;
    const seconds = lastMs === undefined ? 0.5 : Math.max(0.1, (entry.t - lastMs) / 1_000);
    addSample(signals, entry, traffic, seconds, played);
    traffic = noTraffic();
    lastMs = entry.t;
    played = entry.playback;
    signals.queues = addRates(entry.queues, signals.queues, seconds);
  }
  return signals;
}

type Of<K extends Entry['k']> = Extract<Entry, { k: K }>;
const noTraffic = () => ({ up: { bytes: 0, frames: 0 }, down: { bytes: 0, frames: 0 } });

function addRates(queues: readonly QueueMetrics[], before: readonly QueueMetrics[], seconds: number): QueueRate[] {
  return queues.map((queue) => {
    const earlier = before.find(({ name }) => name === queue.name);
    const count = earlier ? Math.max(0, queue.sent - earlier.sent) : 0;
    return { ...queue, perSecond: count / seconds };
  });
}

function addLevels({ levels }: Signals, { t, microphone, speaker }: Of<'levels'>): void {
  const lastS = levels[0].at(-1);
  if (lastS !== undefined && t / 1_000 - lastS > LEVEL_GAP_S) add(levels, lastS * 1_000 + 1, null, null);
  add(levels, t, audible(microphone), audible(speaker));
}

function audible(level: { rmsDb: number } | undefined): number | null {
  return level === undefined || level.rmsDb <= SILENCE_DB ? null : level.rmsDb;
}

function addTraffic(traffic: ReturnType<typeof noTraffic>, entry: Of<'packets'>): void {
  for (const way of ['up', 'down'] as const) {
    for (const [, , frames, bytes] of entry[way]) {
      traffic[way].frames += frames;
      traffic[way].bytes += bytes;
    }
  }
}

function addSample(
  signals: Signals,
  { t, cpuMsPerS, rssMb, heapMb, roundTripMs, playback, guardMs }: Of<'sample'>,
  { up, down }: ReturnType<typeof noTraffic>,
  seconds: number,
  before: Of<'sample'>['playback'],
): void {
  add(signals.cpu, t, cpuMsPerS / 10);
  add(signals.memory, t, rssMb, heapMb);
  add(signals.roundTrip, t, roundTripMs ?? null);
  const isPlaying = playback !== undefined && playback.bufferedMs > 0 && playback.playedMs > 0;
  // Values of a reply that has ended are not shown.
  add(signals.delay, t, isPlaying ? playback.delayMs : null, isPlaying ? playback.targetMs : null, guardMs ?? null);
  const concealed = playback === undefined ? null : Math.max(0, playback.concealedMs - (before?.concealedMs ?? 0));
  add(signals.concealed, t, concealed === null ? null : concealed / seconds / 10);
  add(signals.bytes, t, up.bytes / seconds, down.bytes / seconds);
  add(signals.frames, t, up.frames / seconds, down.frames / seconds);
}

function add([times, ...lines]: Columns, t: number, ...values: (number | null)[]): void {
  times.push(t / 1_000);
  for (const [i, line] of lines.entries()) line.push(values[i] ?? null);
}

function timeOf(entry: Entry | undefined): number {
  return entry && 't' in entry ? entry.t : 0;
}
