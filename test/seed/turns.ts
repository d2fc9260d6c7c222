/**
 * Turns as a household has them: most by day, one in twenty aborted, one in twenty-five failed, latencies with a long tail. The same seed gives the
 * same turns.
 */
import { v7 as uuidv7 } from 'uuid';
import type { CloudTurnRecord } from '../../convex/turns.ts';
import { exchange } from './conversations.ts';

const DAY_MS = 24 * 60 * 60_000;
const UUID_RANDOM_BYTES = 16;

const TRIGGERS = ['key', 'voice', 'wake', 'wake', 'wake', 'follow-up', 'page'];
const ERRORS = [
  { code: 'cloud_timeout', message: 'The assistant did not answer within 10 s', hint: 'Try again.' },
  {
    code: 'assistant_failed',
    message: 'The language model answered with HTTP 503',
    hint: 'It is tried again with the next turn.',
  },
  { code: 'assistant_busy', message: 'Too many turns wait for the assistant', hint: 'Wait a moment.' },
  { code: 'link_dead', message: 'The connection was lost in the middle of the turn' },
];
/** Typical ms of each stage. */
const STAGES = {
  ...{ capture: 21, packetFill: 30, encode: 0.4, uplink: 14, cloud: 720, recognition: 210, firstToken: 260 },
  ...{ firstSentence: 140, firstAudio: 110, downlink: 13, jitterBuffer: 62, decode: 0.3, playback: 24 },
};
const PARTS = new Set(['recognition', 'firstToken', 'firstSentence', 'firstAudio']);

export interface SeededTurn {
  device: string;
  record: CloudTurnRecord;
}

export interface TurnPlan {
  turns: number;
  devices: readonly string[];
  /** They began within so many days before `nowMs`. */
  days: number;
  nowMs: number;
  /** From 0 to below 1. */
  random: () => number;
}

/** Oldest first. */
export function seededTurns({ turns, devices, days, nowMs, random }: TurnPlan): SeededTurn[] {
  const times = Array.from({ length: turns }, () => timeOf(days, nowMs, random)).sort((a, b) => a - b);
  return times.map((startedAt) => {
    // Some are used more than others.
    const device = devices[Math.floor(random() ** 2 * devices.length)] ?? '';
    return { device, record: recordOf(startedAt, device, random) };
  });
}

function timeOf(days: number, nowMs: number, random: () => number): number {
  const day = Math.floor(random() * days);
  // The mean of three is most often in the middle of the day.
  const share = (random() + random() + random()) / 3;
  const midnight = Math.floor(nowMs / DAY_MS) * DAY_MS - day * DAY_MS;
  const time = midnight + Math.round(share * DAY_MS);
  return time > nowMs ? time - DAY_MS : time;
}

function recordOf(startedAt: number, device: string, random: () => number): CloudTurnRecord {
  const fate = random();
  const outcome = fate < 0.05 ? 'aborted' : fate < 0.09 ? 'failed' : 'done';
  const said = exchange(random);
  const bytes = Uint8Array.from({ length: UUID_RANDOM_BYTES }, () => Math.floor(random() * 256));
  const one = <T>(of: readonly T[]) => of[Math.floor(random() * of.length)] as T;
  const latencyMs = latenciesOf(random);
  return {
    turn: uuidv7({ msecs: startedAt, random: bytes }),
    session: `seeded-${device}`,
    trigger: one(TRIGGERS),
    offline: random() < 0.02,
    startedAt,
    endedAt: startedAt + 1_500 + Math.round(random() * 4_000),
    state: outcome === 'failed' ? 'error' : 'idle',
    outcome,
    transcript: said.transcript,
    ...(outcome === 'done' && { replyText: said.replyText, latencyMs }),
    ...(outcome === 'done' && said.tools && { tools: said.tools }),
    ...(outcome === 'failed' && { error: one(ERRORS) }),
  };
}

function latenciesOf(random: () => number): NonNullable<CloudTurnRecord['latencyMs']> {
  const spread = () => Math.exp(0.45 * (random() + random() + random() + random() - 2) * 1.7);
  const stages = Object.entries(STAGES).map(([stage, ms]) => [stage, Math.round(ms * spread() * 10) / 10] as const);
  const total = stages.reduce((sum, [stage, ms]) => (PARTS.has(stage) ? sum : sum + ms), 0);
  return { ...Object.fromEntries(stages), total: Math.round(total * 10) / 10 };
}
