/**
 * Draws a load test over time, and a ramp over the number of devices.
 */
import type { EChartsOption } from 'echarts';
import { writeChart } from '../simulation/chart.ts';
import type { LoadResult } from './load-result.ts';
import { type RampResult, type RampStep, replyDelayOf } from './ramp.ts';

/** Points without a value are left out: the line goes on at the next one. */
type Point = [x: number, y: number];

interface Panel {
  title: string;
  lines: { name: string; points: Point[] }[];
}

/** @throws EarshotError (by rejection) `usage` where the plotting libraries are missing, `file_unwritable` */
export async function plotLoad(path: string, result: LoadResult): Promise<void> {
  const { timeline, devices, network, arrivals, gatewayUrl } = result;
  const line = (name: string, of: (point: (typeof timeline)[number]) => number | null) => ({
    name,
    points: pointsOf(timeline, (point) => [point.atMs / 1_000, of(point)]),
  });
  const title = `${gatewayUrl}: ${devices} devices, ${arrivals.pattern}, network ${network}`;
  await writePanels(path, title, 'seconds', [
    {
      title: 'devices',
      lines: [line('connected', (each) => each.connected), line('in a turn', (each) => each.talking)],
    },
    { title: 'delay of a reply, p99, ms', lines: [line('delay', (each) => each.delayP99Ms)] },
    {
      title: 'in half a second',
      lines: [
        line('turns', (each) => each.turnsOver),
        line('not answered', (each) => each.turnsFailed),
        line('attempts to connect', (each) => each.attempts),
        line('calls of the cloud', (each) => each.cloudCalls),
      ],
    },
  ]);
}

/** @throws EarshotError (by rejection) `usage` where the plotting libraries are missing, `file_unwritable` */
export async function plotRamp(
  path: string,
  { steps, knee, gatewayUrl, arrivals, network }: RampResult,
): Promise<void> {
  const line = (name: string, of: (step: RampStep) => number | null | undefined) => ({
    name,
    points: pointsOf(steps, (step) => [step.devices, of(step)]),
  });
  const found = knee && knee.bend !== 'loader' ? `knee at ${knee.devices}` : 'no knee';
  const title = `${gatewayUrl}: ${found}, ${arrivals.pattern}, network ${network}`;
  await writePanels(path, title, 'devices', [
    {
      title: 'delay of a reply, ms',
      lines: [
        line('p99', replyDelayOf),
        line('p50', ({ delayMs }) => (delayMs.reply ?? delayMs.added)?.p50),
        line('late by itself, p99', ({ loader }) => loader.lateMs?.p99),
      ],
    },
    {
      title: 'CPU, percent of a core',
      lines: [
        line('gateway', ({ gateway }) => gateway?.cpuPercent),
        line('this program', ({ loader }) => loader.cpuPercent),
      ],
    },
    { title: 'memory of the gateway, MB', lines: [line('memory', ({ gateway }) => gateway?.residentMb)] },
  ]);
}

function pointsOf<T>(all: readonly T[], of: (each: T) => [x: number, y: number | null | undefined]): Point[] {
  return all.map(of).filter((point): point is Point => typeof point[1] === 'number');
}

async function writePanels(path: string, title: string, xName: string, panels: readonly Panel[]): Promise<void> {
  const left = (i: number) => `${5 + (i * 95) / panels.length}%`;
  const lastX = Math.ceil(
    Math.max(...panels.flatMap(({ lines }) => lines.flatMap(({ points }) => points.map(([x]) => x)))),
  );
  const option: EChartsOption = {
    title: [
      { text: title, left: 'center', top: 4, textStyle: { fontSize: 15 } },
      ...panels.map((panel, i) => ({ text: panel.title, left: left(i), top: 60, textStyle: { fontSize: 14 } })),
    ],
    legend: { top: 32 },
    grid: panels.map((_, i) => ({ left: left(i), width: `${95 / panels.length - 6}%`, top: 100, bottom: 60 })),
    xAxis: panels.map((_, gridIndex) => ({
      ...{ type: 'value' as const, gridIndex, name: xName, nameLocation: 'middle' as const, nameGap: 28 },
      max: lastX,
    })),
    yAxis: panels.map((_, gridIndex) => ({ type: 'value' as const, gridIndex, min: 0 })),
    series: panels.flatMap(({ lines }, i) =>
      lines.map(({ name, points }) => ({
        ...{ name, type: 'line' as const, xAxisIndex: i, yAxisIndex: i, data: points },
        showSymbol: points.length < 30,
      })),
    ),
  };
  await writeChart(path, option);
}
