/** The model of queues beside the simulation: the same figures, and by how much they differ. */
import type { FleetFigures } from './figures.ts';

const ROWS: [name: string, figure: (figures: FleetFigures) => number | undefined][] = [
  ['utterances', ({ utterances }) => utterances],
  ['reply after the end of speech, p50, ms', ({ replyMs }) => replyMs.p50],
  ['reconnects', ({ reconnects }) => reconnects],
  ['dials', ({ dials }) => dials],
  ['storm: 99 % are back after, ms', ({ stormBackMs }) => stormBackMs && Math.round(stormBackMs)],
  ['storm: most dials in 100 ms', ({ stormPeakDials }) => stormPeakDials],
  ['calls of the cloud', ({ calls }) => calls],
  ['calls of the cloud in the busiest second', ({ peakCalls }) => peakCalls],
];

export function compared(simulated: FleetFigures, modelled: FleetFigures): string {
  const lines = ROWS.map(([name, figure]) => {
    const [one, other] = [figure(simulated), figure(modelled)];
    const percent = one && other !== undefined ? `${(100 * (other / one - 1)).toFixed(1)} %` : '';
    return line(name, one, other, percent);
  });
  return [line('', 'simulation', 'model', 'difference'), ...lines].join('\n');
}

export function modelTable(modelled: FleetFigures): string {
  return ROWS.map(([name, figure]) => `${name.padEnd(42)}${figure(modelled) ?? 'never'}`).join('\n');
}

function line(name: string, ...columns: (number | string | undefined)[]): string {
  return name.padEnd(42) + columns.map((column) => String(column ?? 'never').padStart(12)).join('');
}
