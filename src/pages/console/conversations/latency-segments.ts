/**
 * The latency of a turn as segments of a bar. It begins with the last sample of the person's speech and ends with the first sample of the
 * reply, so the time in which the person speaks is not part of it. Pure.
 */
import { ASSISTANT_BUDGET_MS, LATENCY_BUDGET_MS } from '../../../protocol/format.ts';

/** `latencyMs` of a turn in the cloud, in ms by stage. */
export type LatencyMs = Partial<Record<LatencyStage | 'cloud' | 'total', number>>;

/** In the order in which audio passes them. `gateway`: what the parts of `cloud` leave of it. */
const STAGES = {
  capture: 'Microphone',
  packetFill: 'Filling the packet',
  encode: 'Encoding',
  uplink: 'To the gateway',
  recognition: 'Understanding',
  firstToken: 'First word of the answer',
  firstSentence: 'First sentence',
  firstAudio: 'Voice',
  gateway: 'Gateway',
  downlink: 'To the device',
  jitterBuffer: 'Jitter buffer',
  decode: 'Decoding',
  playback: 'Loudspeaker',
} as const;
export type LatencyStage = keyof typeof STAGES;

const PARTS_OF_CLOUD = ['recognition', 'firstToken', 'firstSentence', 'firstAudio'] as const;
const BUDGET_MS: Partial<Record<LatencyStage, number>> = { ...LATENCY_BUDGET_MS, ...ASSISTANT_BUDGET_MS };

export interface LatencySegment {
  stage: LatencyStage;
  name: string;
  ms: number;
  /** Share of the whole bar, 0 to 1. */
  share: number;
  /** Takes longer than its budget. */
  isOver: boolean;
}

export interface LatencyBarModel {
  totalMs: number;
  segments: LatencySegment[];
}

/** Undefined when no stage was measured. */
export function latencyBar(latencyMs: LatencyMs | undefined): LatencyBarModel | undefined {
  const stages = stagesOf(latencyMs ?? {});
  const sumMs = stages.reduce((sum, [, ms]) => sum + ms, 0);
  if (sumMs <= 0) return undefined;
  const segments = stages.map(([stage, ms]) => ({
    stage,
    name: STAGES[stage],
    ms,
    share: ms / sumMs,
    isOver: ms > (BUDGET_MS[stage] ?? Number.POSITIVE_INFINITY),
  }));
  return { totalMs: latencyMs?.total ?? sumMs, segments };
}

function stagesOf(latencyMs: LatencyMs): [LatencyStage, number][] {
  const parts = PARTS_OF_CLOUD.reduce((sum, part) => sum + positive(latencyMs[part]), 0);
  const withRest = { ...latencyMs, gateway: Math.max(0, positive(latencyMs.cloud) - parts) };
  return (Object.keys(STAGES) as LatencyStage[])
    .map((stage): [LatencyStage, number] => [stage, positive(withRest[stage])])
    .filter(([, ms]) => ms > 0);
}

/** A figure from a device: anything but a positive number counts as not measured. */
function positive(ms: number | undefined): number {
  return ms !== undefined && Number.isFinite(ms) && ms > 0 ? ms : 0;
}

/** For screen readers and as the title of the bar. */
export function latencyInWords({ totalMs, segments }: LatencyBarModel): string {
  const parts = segments.map(({ name, ms }) => `${name} ${Math.round(ms)} ms`);
  return `${Math.round(totalMs)} ms from the end of speech to the reply: ${parts.join(', ')}`;
}
