/** What a person is told of a finished turn. */
import type { TurnRecord } from '../../../machines/turn-record.ts';
import { latencyTable, reportTurn, type TurnReport } from '../../observability/turn-report.ts';

/** Turns without an utterance, by their trigger: nothing was sent, and no latency is measured. */
const UNASKED = new Map([
  ['announcement', 'announcement'],
  ['reminder', 'reminder'],
]);

/** Its lines. */
export function describeTurn(record: TurnRecord): string[] {
  const report = reportTurn(record);
  const { outcome, trigger, transcript, reply, latencyMs } = report;
  const unasked = UNASKED.get(trigger);
  const figures = [unasked ? '' : sentText(report), unasked && reply.frames === 0 ? '' : playedText(report)];
  const told = figures.filter(Boolean).join(', ');
  return [
    `${unasked ?? 'turn'} ${outcome}${told && `: ${told}`}`,
    ...(transcript ? [`you: ${transcript}`] : []),
    ...(reply.text ? [`reply: ${reply.text}`] : []),
    ...(outcome === 'done' && !unasked ? latencyTable(latencyMs) : []),
  ];
}

function sentText({ sent: { frames, packets, bytes } }: TurnReport): string {
  const seconds = (frames * 20) / 1_000;
  return `sent ${seconds.toFixed(1)} s of speech (${counted(packets, 'packet')}, ${counted(bytes, 'byte')})`;
}

function playedText({ reply: { ms, underruns, concealedMs } }: TurnReport): string {
  return `played ${(ms / 1_000).toFixed(1)} s of reply (${counted(underruns, 'underrun')}, ${concealedMs} ms concealed)`;
}

const counted = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? '' : 's'}`;
