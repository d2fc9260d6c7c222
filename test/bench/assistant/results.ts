/**
 * The results of the assistant's bench, as tables. Pure.
 */
import { STAGE_NAMES, type StageLatencies } from '../../../src/observability/turn-report.ts';
import type { Percentiles, StageName } from '../../../src/tools/latency/statistics.ts';
import type { AtOnceResult } from './at-once.ts';
import type { EmbeddedResult } from './embedded.ts';
import type { PeerResult, PeerTurn } from './with-peer.ts';

export interface AssistantResults {
  embedded?: EmbeddedResult;
  peer?: PeerResult;
  atOnce?: AtOnceResult;
}

/** The stage whose floor it is. */
const FLOOR_OF = { recognition: 'recognition', firstSentence: 'synthesis', total: 'line' } as const;

export function tables({ embedded, peer, atOnce }: AssistantResults): string[] {
  return [
    ...(embedded ? embeddedTable(embedded) : []),
    ...(peer ? peerTable(peer) : []),
    ...(atOnce ? atOnceTable(atOnce) : []),
  ];
}

function embeddedTable({ turns, answered, understood, latencyMs, floorsMs, slowest }: EmbeddedResult): string[] {
  const rows = (Object.keys(latencyMs) as StageName[]).map((stage) => {
    const floor = stage in FLOOR_OF ? floorsMs[FLOOR_OF[stage as keyof typeof FLOOR_OF]] : undefined;
    return row(STAGE_NAMES[stage], latencyMs[stage], floor);
  });
  return [
    `${answered} of ${turns} turns answered, ${understood} understood word for word; release of the button to first sample, ms`,
    head(['p50', 'p95', 'floor p50', 'floor p95']),
    ...rows,
    row('encoding', undefined, floorsMs.encoding),
    'floors: recognition at once after the end, flite on the first sentence, the line with the parrot',
    ...(slowest ? [`the latest answer, to “${slowest.text}”:`, stagesOf(slowest.latencyMs)] : []),
    '',
  ];
}

function peerTable({ turns, totalMs, peerMs, addedMs, slowest }: PeerResult): string[] {
  return [
    `OpenAI-compatible peer, ${turns} turns, ms`,
    head(['p50', 'p95']),
    row('release to first sample', totalMs),
    row("the peer's own delays", peerMs),
    row('added', addedMs),
    ...slowestTurn(slowest),
    '',
  ];
}

/** In a row, so that one late turn can be explained. */
function stagesOf(latencyMs: StageLatencies): string {
  const stages = Object.entries(latencyMs).map(([stage, ms]) => `${STAGE_NAMES[stage as StageName].trim()} ${ms}`);
  return `  ${stages.join(', ')}`;
}

function slowestTurn({ text, latencyMs, requests, peerMs, addedMs }: PeerTurn): string[] {
  const [first] = requests;
  const asked = requests.map(({ path, atMs, ms }) => {
    const answered = ms === undefined ? 'not answered' : `${ms.toFixed(0)} ms`;
    return `${path.replace('/v1/', '')} at ${(atMs - (first?.atMs ?? 0)).toFixed(0)}: ${answered}`;
  });
  return [
    `the most was added to “${text}”: ${addedMs.toFixed(1)} ms to ${peerMs.toFixed(1)}`,
    stagesOf(latencyMs),
    `  ${asked.join('; ')}`,
  ];
}

function atOnceTable(result: AtOnceResult): string[] {
  const { devices, seconds, turns, failedTurns, firstAudioMs, residentMb, processesMb, queues } = result;
  return [
    `${devices} conversations at once for ${seconds} s: ${turns} turns, ${failedTurns} without a reply; ${residentMb.toFixed(0)} MB in all (${processesMb.map((mb) => mb.toFixed(0)).join(' + ')})`,
    head(['p50', 'p95', 'p99']),
    row('first audio, ms', firstAudioMs, undefined, true),
    row('echo alone, ms', result.echoAloneMs, undefined, true),
    row('echo beside them, ms', result.echoBesideMs, undefined, true),
    `the echo's frames are delayed by ${result.echoAddedP99Ms.toFixed(1)} ms more (p99)`,
    ...queues.map(({ name, dropped }) => `${name}: ${dropped} dropped`),
    '',
  ];
}

function head(names: string[]): string {
  return `${''.padEnd(26)}${names.map((name) => name.padStart(11)).join('')}`;
}

function row(name: string, of: Percentiles | undefined, floor?: Percentiles, withP99 = false): string {
  const figures = [of?.p50, of?.p95, ...(withP99 ? [of?.p99] : []), ...(floor ? [floor.p50, floor.p95] : [])];
  return `${name.padEnd(26)}${figures.map((ms) => (ms === undefined ? '–' : ms.toFixed(1)).padStart(11)).join('')}`;
}
