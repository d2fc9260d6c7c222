/**
 * Results of runs as lines for people.
 */

import type { NamedAttack } from './attack.ts';
import { DISK_LIMIT_BYTES, LOG_LIMIT_BYTES, MEMORY_LIMIT_BYTES } from './limited-gateway.ts';
import type { RunResult } from './run.ts';
import { BOUNDS } from './verdict.ts';

export function runTable(result: RunResult): string[] {
  const { title, seconds, enforcement, honest, hostile, peaks, stopMs, heldDescriptors, problems } = result;
  const { delayMs, floorMs, addedMs } = honest;
  const rows: [string, string, string?][] = [
    ['honest turns', String(honest.turns)],
    ['honest frames', String(honest.frames)],
    ['  lost', String(honest.lost), '0'],
    ['  duplicated or changed', String(honest.duplicated + honest.changed), '0'],
    ['  confirmed and not stored', String(honest.unrecorded), '0'],
    ['delay p50 / p99 / max', triple(delayMs), `p99 ${BOUNDS.delayP99Ms} ms`],
    ['  floor: plain echo server', triple(floorMs)],
    ['  added by the gateway', triple(addedMs)],
    ['longest time to connect', `${Math.round(honest.connectMs)} ms`, `${BOUNDS.connectMs} ms`],
    ['handshakes refused', String(honest.refusals), honest.refusalReasons.join('; ')],
    ['memory, peak', megabytes(peaks.memoryBytes), megabytes(MEMORY_LIMIT_BYTES)],
    ['  gateway / embedded cloud', `${megabytes(peaks.gatewayBytes)} / ${megabytes(peaks.cloudBytes)}`],
    ['disk, peak', megabytes(peaks.diskBytes), megabytes(DISK_LIMIT_BYTES)],
    ['write-ahead log, peak', megabytes(peaks.writeAheadBytes), megabytes(LOG_LIMIT_BYTES)],
    ['log', `${Math.round(peaks.logBytes / 1e3)} KB`, `${BOUNDS.logBytes / 1e3} KB/min`],
    ['descriptors, peak / held', `${peaks.descriptors} / ${heldDescriptors}`, `held ${BOUNDS.descriptors}`],
    ['SIGTERM to the end', stopMs === undefined ? 'killed' : `${Math.round(stopMs)} ms`, `${BOUNDS.stopMs} ms`],
  ];
  return [
    `${title}: ${Math.round(seconds)} s`,
    `  ${enforcement}`,
    '',
    ...rows.map(([name, value, limit = '']) => `  ${name.padEnd(32)}${value.padStart(24)}   ${limit}`),
    '',
    ...Object.entries(hostile).map(([name, { done, breaches }]) => {
      return `  ${name.padEnd(24)}${String(done).padStart(10)} times   ${breaches.join('; ')}`;
    }),
    '',
    ...(problems.length === 0 ? ['  no breaches'] : problems.map(({ what, detail }) => `  ✗ ${what}: ${detail}`)),
    '',
  ];
}

/** One attack by itself, and its damage. */
export function attackRow({ name, defence }: NamedAttack, result: RunResult, isUndefended: boolean): string[] {
  const { problems, peaks, honest, seconds } = result;
  const { limits = [], code = [] } = defence;
  const parts = [...limits, ...code.map(({ file, from }) => `${file}: ${from}`)];
  const without = isUndefended ? `without ${parts.join(', ')}` : '';
  const figures = [
    `${Math.round(seconds)} s`,
    `${result.hostile[name]?.done ?? 0} times`,
    `memory ${megabytes(peaks.memoryBytes)}`,
    `disk ${megabytes(peaks.diskBytes)}`,
    `p99 ${Math.round(honest.delayMs.p99)} ms (floor ${Math.round(honest.floorMs.p99)})`,
    `lost ${honest.lost}`,
    `held ${result.heldDescriptors}`,
    `log ${Math.round(peaks.logBytes / 1e3)} KB`,
  ];
  const broke = problems.slice(0, 4).map(({ what, detail }) => `    ✗ ${what}: ${detail}`);
  return [
    `${name.padEnd(22)} ${figures.join(', ')}${without && `   [${without}]`}`,
    ...(broke.length > 0 ? broke : ['    held']),
  ];
}

const triple = ({ p50, p99, max }: { p50: number; p99: number; max: number }) =>
  `${[p50, p99, max].map((value) => (value < 10 ? value.toFixed(1) : Math.round(value))).join(' / ')} ms`;
const megabytes = (bytes: number) => `${(bytes / 1e6).toFixed(0)} MB`;
