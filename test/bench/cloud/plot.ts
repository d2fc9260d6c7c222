/**
 * How the cost of the embedded cloud grows with the number of devices, and of turns: four charts side by side.
 */
import { writeChart } from '../../../src/tools/simulation/chart.ts';
import type { Connected } from './connected.ts';

export interface Stored {
  turns: number;
  lookupMs: number;
  startMs: number;
}

interface Panel {
  title: string;
  axis: string;
  points: [x: number, y: number][];
}

export async function plot(path: string, connected: readonly Connected[], stored: readonly Stored[]): Promise<void> {
  const ofDevices = (title: string, figure: (each: Connected) => number): Panel => {
    return { title, axis: 'devices', points: connected.map((each) => [each.devices, figure(each)]) };
  };
  const ofTurns = (title: string, figure: (each: Stored) => number): Panel => {
    return { title, axis: 'turns', points: stored.map((each) => [each.turns, figure(each)]) };
  };
  const panels = [
    ofDevices('CPU to connect, s', ({ cpuMs }) => cpuMs / 1_000),
    ofDevices('memory, MB', ({ memoryMb }) => memoryMb),
    ofDevices('a change, p95, ms', ({ changeMs }) => changeMs.p95),
    ofTurns('point lookup, ms', ({ lookupMs }) => lookupMs),
    ofTurns('start, s', ({ startMs }) => startMs / 1_000),
  ];
  const width = 100 / panels.length;
  const left = (i: number) => `${3 + i * width}%`;
  await writeChart(path, {
    title: [
      { text: 'The embedded cloud: how its cost grows', left: 'center', top: 4 },
      ...panels.map(({ title }, i) => ({ text: title, left: left(i), top: 50, textStyle: { fontSize: 13 } })),
    ],
    grid: panels.map((_, i) => ({ left: left(i), width: `${width - 5}%`, top: 90, bottom: 60 })),
    xAxis: panels.map(({ axis }, gridIndex) => ({
      type: axis === 'turns' ? ('log' as const) : ('value' as const),
      gridIndex,
      name: axis,
      nameLocation: 'middle' as const,
      nameGap: 28,
    })),
    yAxis: panels.map((_, gridIndex) => ({ type: 'value' as const, gridIndex, min: 0 })),
    series: panels.map(({ title, points }, i) => ({
      name: title,
      type: 'line' as const,
      xAxisIndex: i,
      yAxisIndex: i,
      data: points,
    })),
  });
}
