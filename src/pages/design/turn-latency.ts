/**
 * The latency of a turn by stage, for the bar. It begins with the last sample of the person's speech and ends with the first sample of the
 * reply, so the time in which the person speaks is not part of it. Pure.
 */
import { ASSISTANT_BUDGET_MS } from '../../protocol/format.ts';
import { latencyBudget } from '../../protocol/latency-budget.ts';

/** In the order in which audio passes them. `cloud`: what its parts leave of it. */
export const STAGE_LABELS = {
  capture: 'Microphone',
  packetFill: 'Filling the packet',
  encode: 'Encoding',
  uplink: 'To the gateway',
  recognition: 'Understanding',
  firstToken: 'First word',
  firstSentence: 'First sentence',
  firstAudio: 'Voice',
  cloud: 'Gateway',
  downlink: 'To the device',
  jitterBuffer: 'Jitter buffer',
  decode: 'Decoding',
  playback: 'Loudspeaker',
} as const;
type LatencyStage = keyof typeof STAGE_LABELS;
const STAGES = Object.keys(STAGE_LABELS) as LatencyStage[];
const PARTS_OF_CLOUD = Object.keys(ASSISTANT_BUDGET_MS) as (keyof typeof ASSISTANT_BUDGET_MS)[];

/** `latencyMs` of a turn in the cloud. */
type LatencyMs = Partial<Record<LatencyStage | 'total', number>>;

export interface TurnLatency {
  totalMs: number;
  /** Of the whole. */
  budgetMs: number;
  stages: { stage: LatencyStage; label: string; ms: number; isOver: boolean }[];
}

/** Undefined when no stage was measured. */
export function turnLatency(latencyMs: LatencyMs = {}): TurnLatency | undefined {
  const partsMs = PARTS_OF_CLOUD.reduce((sum, part) => sum + measured(latencyMs[part]), 0);
  const budgets = latencyBudget(latencyMs);
  const stages = STAGES.map((stage) => {
    const wholeMs = measured(latencyMs[stage]);
    const ms = stage === 'cloud' ? Math.max(0, wholeMs - partsMs) : wholeMs;
    return { stage, label: STAGE_LABELS[stage], ms, isOver: ms > (budgets[stage] ?? Number.POSITIVE_INFINITY) };
  }).filter(({ ms }) => ms > 0);
  if (stages.length === 0) return undefined;
  const sumMs = stages.reduce((sum, { ms }) => sum + ms, 0);
  return { totalMs: measured(latencyMs.total) || sumMs, budgetMs: budgets.total, stages };
}

/** A figure from a device: anything but a positive number counts as not measured. */
function measured(ms: number | undefined): number {
  return ms !== undefined && Number.isFinite(ms) && ms > 0 ? ms : 0;
}
