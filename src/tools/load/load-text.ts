/**
 * The result of a load test in lines for people.
 */
import type { DelaySummary, LoadResult, LoadSummary } from './load-result.ts';
import { sum } from './measurement.ts';
import { type RampResult, type RampStep, replyDelayOf } from './ramp.ts';

const NOT_TOLD = 'not told (no /metrics)';

export function loadLines(result: LoadResult): string[] {
  const { turns, frames, connections, delayMs, gateway, loader, unconfirmed } = result;
  const lost = sum(connections.lost);
  return [
    row(
      'devices',
      `${result.devices}${result.kind === 'light' ? ' light ones' : ''}, ${result.talking} in a turn at a time; ${result.seconds} s`,
    ),
    ...turnLines(turns),
    ...(unconfirmed > 0 ? [row('unconfirmed', `${unconfirmed} turns were not confirmed as stored`)] : []),
    row(
      'frames',
      `${frames.said} said, ${frames.received} received, ${frames.lost} lost, ${frames.duplicated} twice, ${frames.wrong} wrong`,
    ),
    row(
      'connections',
      `${connections.attempts} tried${lost > 0 ? `, ${lost} lost (${countsOf(connections.lost)})` : ''}`,
    ),
    ...delayLines(delayMs),
    row(
      'gateway',
      gateway
        ? `CPU ${gateway.cpuPercent} % of a core${perSecond(gateway.cpuMsPerTalkSecond)}, ${gateway.residentMb} MB`
        : NOT_TOLD,
    ),
    row('cloud', gateway ? cloudOf(gateway) : NOT_TOLD),
    row(
      'this program',
      `CPU ${loader.cpuPercent} % of a core in ${processesOf(loader)}${perSecond(loader.cpuMsPerTalkSecond)}, ${loader.residentMb} MB, late p99 ${loader.lateMs?.p99 ?? 0} ms`,
    ),
    ...(loader.isLate ? [row('', LATE)] : []),
  ];
}

/** How each turn ended that began. */
function turnLines(turns: LoadSummary['turns']): string[] {
  const { started, answered, notAnswered, notEnded, errors, offline, stored, inCloud, skipped } = turns;
  return [
    row(
      'turns',
      `${started} begun, ${answered} answered, ${stored} stored${inCloud ? ` (${inCloud} in the cloud)` : ''}`,
    ),
    ...(sum(notAnswered) > 0 ? [row('not answered', countsOf(notAnswered))] : []),
    ...(notEnded > 0 ? [row('not ended', `${notEnded} turns had not ended within the time`)] : []),
    ...(offline > 0 ? [row('offline', `${offline} were said without a connection, and delivered later`)] : []),
    ...(sum(errors) > 0 ? [row('errors', countsOf(errors))] : []),
    ...(skipped > 0 ? [row('skipped', `${skipped} could not begin: no device was free`)] : []),
  ];
}

const LATE =
  'It was too late itself: the delays are not those of the gateway. Use more --processes, or another machine.';

const DELAYS: [keyof LoadSummary['delayMs'], string][] = [
  ['reply', 'reply'],
  ['added', 'added delay'],
  ['stored', 'stored'],
  ['connect', 'connect'],
  ['reconnect', 'reconnect'],
];

function delayLines(delayMs: LoadSummary['delayMs']): string[] {
  return DELAYS.flatMap(([name, label]) => {
    const delay = delayMs[name];
    return delay ? [row(label, delayText(delay))] : [];
  });
}

function delayText({ count, p50, p95, p99, max }: NonNullable<DelaySummary>): string {
  return `p50 ${p50}, p95 ${p95}, p99 ${p99}, max ${max} ms (${count})`;
}

function cloudOf({ cloudCalls, cloudCallsPerTurn }: NonNullable<LoadSummary['gateway']>): string {
  const asked = Object.fromEntries(Object.entries(cloudCalls).filter(([, count]) => count > 0));
  const total = sum(asked);
  if (total === 0) return 'was not asked';
  const perTurn = cloudCallsPerTurn === null ? '' : `, ${cloudCallsPerTurn} a turn`;
  return `${total} calls${perTurn}: ${countsOf(asked)}`;
}

function perSecond(cpuMs: number | null): string {
  return cpuMs === null ? '' : ` (${cpuMs} ms for a second of one device in a turn)`;
}

function processesOf({ processes }: LoadSummary['loader']): string {
  return processes === 1 ? 'one process' : `${processes} processes`;
}

/** The most frequent first. */
function countsOf(counts: Record<string, number>): string {
  const sorted = Object.entries(counts).sort(([, a], [, b]) => b - a);
  return sorted.map(([name, count]) => `${count} ${name}`).join(', ');
}

function row(label: string, text: string): string {
  return `${label.padEnd(14)}${text}`;
}

const COLUMNS = ['devices', 'in a turn', 'turns', 'failed', 'p50 ms', 'p99 ms', 'CPU %', 'MB', 'late p99'];

export const RAMP_HEAD = `${COLUMNS.map((name) => name.padStart(10)).join('')}  bends`;

export function rampLine(step: RampStep): string {
  const { devices, talking, turns, delayMs, gateway, loader, bend } = step;
  const p50 = (delayMs.reply ?? delayMs.added)?.p50;
  const cells = [
    ...[devices, talking, turns.started, sum(turns.notAnswered), p50, replyDelayOf(step)],
    ...[gateway?.cpuPercent, gateway?.residentMb, loader.lateMs?.p99],
  ];
  const line = cells.map((cell) => String(cell ?? '–').padStart(10)).join('');
  const ends = sum(turns.notAnswered) > 0 ? `(${countsOf(turns.notAnswered)})` : '';
  return `${line}  ${bend ?? ''} ${ends}`.trimEnd();
}

export function rampLines(result: RampResult): string[] {
  return [...turnLines(result.turns), ...kneeLines(result)];
}

function kneeLines({ knee, steps }: RampResult): string[] {
  if (!knee) return [withoutKnee(steps)];
  const { devices, bendsFromDevices, bend } = knee;
  if (bend === 'loader')
    return [`no knee up to ${devices} devices; with ${bendsFromDevices} this program is the limit`, LATE];
  return [`knee at ${devices} devices: it bends at ${bendsFromDevices} (${bend})`];
}

function withoutKnee(steps: readonly RampStep[]): string {
  const last = steps.at(-1);
  if (!last) return 'no step was measured';
  if (last.bend) return `it bends with ${steps[0]?.devices} devices already: try fewer --devices`;
  return `no knee up to ${last.devices} devices`;
}
