/** Draws a run: connected devices, dials and calls of the cloud, by the second. */
import { writeChart } from '../../src/tools/simulation/chart.ts';
import type { Fleet } from './fleet.ts';

export async function plotFleet(path: string, fleet: Fleet): Promise<void> {
  const { options, connected, dials, cloud, faults } = fleet;
  const dialled: number[] = [];
  for (const { atMs } of dials) {
    const second = Math.floor(atMs / 1_000);
    dialled[second] = (dialled[second] ?? 0) + 1;
  }
  const line = { type: 'line' as const, showSymbol: false, lineStyle: { width: 1.5 } };
  const points = (values: readonly (number | undefined)[]) =>
    Array.from(values, (value, second) => [second, value ?? 0]);
  await writeChart(path, {
    title: {
      text: `${options.devices} devices, ${options.gateways} gateways in ${options.zones} zones, virtual time`,
      left: 'center',
      top: 4,
      textStyle: { fontSize: 15 },
    },
    legend: { top: 30 },
    xAxis: { type: 'value', name: 'seconds', nameLocation: 'middle', nameGap: 26, max: 'dataMax' },
    yAxis: [
      { type: 'value', name: 'devices connected', min: 0 },
      { type: 'value', name: 'a second', min: 0, splitLine: { show: false } },
    ],
    series: [
      {
        ...line,
        name: 'connected',
        data: points(connected),
        markLine: {
          symbol: 'none',
          data: faults.map(({ kind, atMs }) => ({ name: kind, xAxis: atMs / 1_000, label: { formatter: '{b}' } })),
        },
      },
      { ...line, name: 'dials', yAxisIndex: 1, data: points(dialled) },
      { ...line, name: 'calls of the cloud', yAxisIndex: 1, data: points(cloud.calls.perSecond()) },
    ],
  });
}
