/**
 * The cost of a server against the number of devices: three charts side by side, a line for each server.
 */
import { writeChart } from '../../../src/tools/simulation/chart.ts';
import type { Comparison, Mode, ServerResult } from './results.ts';

interface Panel {
  title: string;
  figure(figures: ServerResult): number;
}

const CPU: Panel = { title: 'CPU, ms a second of one device', figure: (each) => each.cpuMsPerStreamSecond };
const MEMORY: Panel = { title: 'memory, MB in all', figure: (each) => each.residentMb };
const DELAY: Panel = { title: 'added delay, p99, ms', figure: (each) => each.delayMs.p99 };
const CONNECTED: Panel = { title: 'until all are connected, s', figure: (each) => each.connectMs / 1_000 };

export async function plot(path: string, mode: Mode, comparisons: readonly Comparison[]): Promise<void> {
  const panels = [CPU, MEMORY, mode === 'idle' ? CONNECTED : DELAY];
  const names = comparisons[0]?.servers.map(({ name }) => name) ?? [];
  const pointsOf = (name: string, { figure }: Panel) =>
    comparisons.map(({ devices, servers }) => {
      const of = servers.find((each) => each.name === name);
      return [devices, of ? figure(of.result) : Number.NaN];
    });
  const left = (i: number) => `${5 + (i * 95) / panels.length}%`;
  await writeChart(path, {
    title: [
      { text: `Gateway, ${mode}: cost by number of devices`, left: 'center', top: 4 },
      ...panels.map(({ title }, i) => ({ text: title, left: left(i), top: 60, textStyle: { fontSize: 14 } })),
    ],
    legend: { top: 32, data: names },
    grid: panels.map((_, i) => ({ left: left(i), width: `${95 / panels.length - 6}%`, top: 100, bottom: 60 })),
    xAxis: panels.map((_, gridIndex) => ({
      type: 'value' as const,
      gridIndex,
      name: 'devices',
      nameLocation: 'middle' as const,
      nameGap: 28,
    })),
    yAxis: panels.map((_, gridIndex) => ({ type: 'value' as const, gridIndex })),
    series: panels.flatMap((panel, i) =>
      names.map((name) => ({
        name,
        type: 'line' as const,
        xAxisIndex: i,
        yAxisIndex: i,
        data: pointsOf(name, panel),
      })),
    ),
  });
}
