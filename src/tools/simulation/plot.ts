/**
 * Draws a simulation: delay, target and concealment over time.
 */
import { writeChart } from './chart.ts';
import type { Tick } from './playout.ts';

/** More points than this across the picture cannot be distinguished. */
const MAX_POINTS = 2_400;

export class DelaySeries {
  readonly #points: { seconds: number; delayMs: number; targetMs: number; concealedMs: number }[] = [];
  #concealedMs = 0;

  add({ atMs, trueDelayMs, stats }: Tick): void {
    const concealedMs = stats.concealedMs - this.#concealedMs;
    this.#concealedMs = stats.concealedMs;
    // The target counts from the fastest arrival; the picture from sending.
    const targetMs = stats.targetMs > 0 ? trueDelayMs - stats.delayMs + stats.targetMs : Number.NaN;
    this.#points.push({ seconds: atMs / 1_000, delayMs: trueDelayMs, targetMs, concealedMs });
  }

  /** Points of the picture: the maximum of each interval, so that no event is lost. */
  thinned(): { delay: Point[]; target: Point[]; concealed: Point[] } {
    const step = Math.max(1, Math.ceil(this.#points.length / MAX_POINTS));
    const series: { delay: Point[]; target: Point[]; concealed: Point[] } = { delay: [], target: [], concealed: [] };
    for (let from = 0; from < this.#points.length; from += step) {
      const part = this.#points.slice(from, from + step);
      const x = round(part[0]?.seconds ?? 0);
      series.delay.push([x, round(Math.max(...part.map(({ delayMs }) => delayMs)))]);
      const targetMs = Math.max(...part.map(({ targetMs }) => targetMs));
      if (Number.isFinite(targetMs)) series.target.push([x, round(targetMs)]);
      series.concealed.push([x, round(part.reduce((sum, { concealedMs }) => sum + concealedMs, 0))]);
    }
    return series;
  }
}

type Point = [x: number, y: number];

/** @throws EarshotError `usage` where the plotting libraries are missing, `file_unwritable` */
export async function writePlot(path: string, title: string, series: DelaySeries): Promise<void> {
  const { delay, target, concealed } = series.thinned();
  const line = { type: 'line' as const, showSymbol: false };
  await writeChart(path, {
    title: { text: title, left: 'center', top: 4, textStyle: { fontSize: 15 } },
    legend: { top: 34 },
    xAxis: {
      type: 'value',
      name: 'seconds',
      nameLocation: 'middle',
      nameGap: 26,
      max: 'dataMax',
      axisLabel: { showMaxLabel: false },
    },
    yAxis: [
      { type: 'value', name: 'delay, ms', min: 0 },
      { type: 'value', name: 'concealed, ms', min: 0, splitLine: { show: false } },
    ],
    series: [
      {
        ...line,
        name: 'delay',
        data: delay,
        lineStyle: { width: 1.5, color: '#1f5fa8' },
        itemStyle: { color: '#1f5fa8' },
      },
      {
        ...line,
        name: 'target',
        data: target,
        lineStyle: { width: 1.2, color: '#d9821b', type: 'dashed' },
        itemStyle: { color: '#d9821b' },
      },
      {
        ...line,
        name: 'concealment',
        yAxisIndex: 1,
        data: concealed,
        lineStyle: { width: 0 },
        areaStyle: { color: '#c0262d', opacity: 0.8 },
        itemStyle: { color: '#c0262d' },
      },
    ],
  });
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}
