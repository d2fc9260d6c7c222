/**
 * A conversation in the room as a picture: what was said, what the microphone heard, the echo, what the device did; and how long ends of
 * speech waited.
 */
import { writeChart } from '../../../src/tools/simulation/chart.ts';
import type { HeardBlock } from '../../room/acoustics.ts';
import { LIVING_ROOM } from '../../room/plans.ts';
import { doorSlam, rms } from '../../room/sounds.ts';
import { startVirtualLine } from '../../room/virtual-line.ts';
import { type BenchContext, SPEECH_DB, VOICE } from './context.ts';
import { sayAt } from './scene.ts';

const SECONDS = 24;
const FLOOR_DB = -90;
const COLOURS: Record<string, string> = {
  waiting: '#e8eef5',
  recording: '#cfe8cf',
  paused: '#f5e6c8',
  'follow-up': '#e3d8f0',
};
const BIN_MS = 50;

export async function plot(path: string, { speech, seed }: BenchContext, delaysMs: readonly number[]): Promise<void> {
  const levels: { atMs: number; microphoneDb: number; echoDb: number }[] = [];
  const tap = ({ microphone, echo }: HeardBlock, atMs: number) =>
    levels.push({ atMs, microphoneDb: decibels(microphone), echoDb: decibels(echo) });
  const line = await startVirtualLine({ settings: VOICE, seed, tap });
  const startMs = line.clock.now();
  const plan = LIVING_ROOM;
  const said = [sayAt(line, speech.next(), startMs + 1_000, { plan, levelDb: SPEECH_DB })];
  line.room.play(doorSlam(seed), { atMs: startMs + 11_000, levelDb: -25, from: [0.3, 3.7, 1.2] });
  said.push(sayAt(line, speech.next(), startMs + 14_000, { plan, levelDb: SPEECH_DB }));
  await line.clock.run(SECONDS * 1_000);
  line.stop();

  const seconds = (atMs: number) => (atMs - startMs) / 1_000;
  const bands = line.told.map(({ atMs, is }, i) => ({
    is,
    from: seconds(atMs),
    to: seconds(line.told[i + 1]?.atMs ?? startMs + SECONDS * 1_000),
  }));
  const series = (name: string, color: string, db: (level: (typeof levels)[number]) => number) => ({
    ...{ type: 'line' as const, name, showSymbol: false, lineStyle: { width: 1, color }, itemStyle: { color } },
    data: levels.map((level) => [seconds(level.atMs), db(level)]),
  });
  const counts = histogram(delaysMs);
  await writeChart(path, {
    title: [
      {
        text: 'A conversation in the room: levels at the microphone, dB of full scale, and what the person is told',
        left: 60,
        top: 4,
        textStyle: { fontSize: 14 },
      },
      {
        text: `End of speech → turn ended, device alone: ${delaysMs.length} sentences`,
        left: 60,
        top: 370,
        textStyle: { fontSize: 14 },
      },
    ],
    legend: { top: 28 },
    grid: [
      { left: 60, right: 30, top: 60, height: 260 },
      { left: 60, right: 30, top: 405, height: 110 },
    ],
    xAxis: [
      { type: 'value', gridIndex: 0, min: 0, max: SECONDS, name: 's' },
      { type: 'category', gridIndex: 1, data: counts.map(({ fromMs }) => `${fromMs}`), name: 'ms' },
    ],
    yAxis: [
      { type: 'value', gridIndex: 0, min: FLOOR_DB, max: 0 },
      { type: 'value', gridIndex: 1, min: 0 },
    ],
    series: [
      {
        ...series('microphone', '#1f5fa8', ({ microphoneDb }) => microphoneDb),
        markArea: {
          label: { position: 'insideTop', fontSize: 11 },
          data: bands.map(({ is, from, to }) => [
            { name: is, xAxis: Math.max(0, from), itemStyle: { color: COLOURS[is] ?? '#f0d0d0' } },
            { xAxis: Math.max(0, to) },
          ]),
        },
      },
      series('echo of the reply', '#d9821b', ({ echoDb }) => echoDb),
      {
        ...{
          type: 'line' as const,
          name: 'said',
          showSymbol: false,
          lineStyle: { width: 6, color: '#2b8a3e' },
          itemStyle: { color: '#2b8a3e' },
        },
        data: said.flatMap(({ fromMs, toMs }) => [
          [seconds(fromMs), -4],
          [seconds(toMs), -4],
          [seconds(toMs), '-'],
        ]),
      },
      {
        type: 'bar',
        name: 'sentences',
        xAxisIndex: 1,
        yAxisIndex: 1,
        itemStyle: { color: '#1f5fa8' },
        data: counts.map(({ count }) => count),
      },
    ],
  });
}

function decibels(samples: Float64Array): number {
  return Math.max(FLOOR_DB, 20 * Math.log10(rms(samples) + 1e-9));
}

function histogram(values: readonly number[]): { fromMs: number; count: number }[] {
  const last = Math.floor(Math.max(0, ...values) / BIN_MS);
  return Array.from({ length: last + 1 }, (_, i) => ({
    fromMs: i * BIN_MS,
    count: values.filter((value) => Math.floor(value / BIN_MS) === i).length,
  }));
}
