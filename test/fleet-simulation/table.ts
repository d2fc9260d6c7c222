/** What a run shows, as a table. */

import { type FleetFigures, figuresOf } from './figures.ts';
import type { Fleet } from './fleet.ts';
import { callBound, droppedUtterances, finishedUtterances } from './invariants.ts';

export function tableOf(fleet: Fleet, cpuSeconds: number): string {
  const { options, clock, startedMs, cloud, faults, settledAfterMs, fullest, trace } = fleet;
  const figures: FleetFigures = figuresOf(fleet);
  const finished = finishedUtterances(fleet);
  const offline = finished.filter(({ offline }) => offline);
  const again = [...fleet.answers.values()].filter(({ length }) => length > 1);
  const calls = [...cloud.calls.totals()].sort(([, one], [, other]) => other - one);
  const seconds = (ms: number | undefined) => (ms === undefined ? 'never' : `${(ms / 1_000).toFixed(1)} s`);
  const rows: [string, string | number][] = [
    ['devices, gateways, zones, seed', `${options.devices}, ${options.gateways}, ${options.zones}, ${options.seed}`],
    ['virtual time, CPU time', `${seconds(clock.now() - startedMs)}, ${cpuSeconds.toFixed(0)} s`],
    ['faults', faults.map(({ kind, atMs }) => `${kind} ${Math.round(atMs / 1_000)} s`).join(', ')],
    ['utterances, delivered later', `${finished.length}, ${offline.length}`],
    ['dropped by devices that stored ten', droppedUtterances(fleet).length],
    ['begun to be answered twice (their gateway was lost)', again.length],
    ['settled after the last utterance', seconds(settledAfterMs)],
    ['reply after the end of speech, p50, p99', `${figures.replyMs.p50} ms, ${figures.replyMs.p99} ms`],
    ['reconnects, dials', `${figures.reconnects}, ${fleet.dials.length}`],
    ['storm: 99 % are back after', seconds(figures.stormBackMs)],
    ['storm: most dials in 100 ms', figures.stormPeakDials],
    ['calls of the cloud, in the busiest second, bound', `${figures.calls}, ${figures.peakCalls}, ${callBound(fleet)}`],
    ['longest wait of a call at the cloud', seconds(cloud.longestWaitMs)],
    ...calls.map(([name, count]): [string, number] => [`  ${name}`, count]),
    ...[...fullest].map(([name, { depth, limit }]): [string, string] => [`fullest: ${name}`, `${depth} of ${limit}`]),
    ['trace', trace],
  ];
  const width = Math.max(...rows.map(([name]) => name.length));
  return rows.map(([name, value]) => `${name.padEnd(width)}  ${value}`).join('\n');
}
