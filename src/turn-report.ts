/**
 * What is told of a finished turn: to people as a table, to programs as JSON.
 */

import type { ConversationState, TurnOutcome, TurnRecord } from '../machines/turn-record.ts';
import type { ErrorInfo } from './errors.ts';
import { isoTime } from './iso-time.ts';
import { LATENCY_BUDGET_MS } from './protocol/format.ts';

/** Stages of a turn's latency, in the order in which sound passes them. All in ms; those not measured are left out. */
export interface StageLatencies {
  /** The last sample of the card's block until its frames are handed on. */
  capture?: number;
  /** A frame's wait for its packet to fill, on average; with `echo` the first sample's, from being spoken to being sent. */
  packetFill?: number;
  encode?: number;
  uplink?: number;
  /** The gateway has all (with `echo`: the first) of the utterance, until it sends the first of the reply. */
  cloud?: number;
  downlink?: number;
  /** The first packet's wait for enough to follow. */
  jitterBuffer?: number;
  decode?: number;
  /** A sample given to the card, until it is heard. */
  playback?: number;
  /** The last word spoken until the first word heard (with `echo`: the same word), measured from end to end. */
  total?: number;
}

export interface TurnReport {
  turnId: string;
  outcome: TurnOutcome;
  states: ConversationState[];
  startedAt: string;
  /** A cached reply was played, and the turn is kept until there is a link. */
  offline: boolean;
  sent: { frames: number; packets: number; bytes: number };
  /** `ms` of the reply were played; they sounded for `outMs`. */
  reply: { frames: number; ms: number; outMs: number; underruns: number; concealedMs: number };
  latencyMs: StageLatencies;
  roundTripMs: number;
  transcript?: string;
  replyText?: string;
  error?: ErrorInfo;
}

export function reportTurn(record: TurnRecord): TurnReport {
  const { encoder, playback, transcript, replyText, error } = record;
  return {
    turnId: record.id,
    outcome: record.outcome ?? 'failed',
    states: record.states,
    startedAt: isoTime(record.startedAtMs),
    offline: record.offline === true,
    sent: {
      frames: encoder?.frames ?? 0,
      packets: record.uplink?.packets ?? 0,
      bytes: record.uplink?.bytes ?? 0,
    },
    reply: {
      frames: playback?.frames ?? 0,
      ms: Math.round(playback?.playedMs ?? 0),
      outMs: Math.round(playback?.outMs ?? 0),
      underruns: playback?.underruns ?? 0,
      concealedMs: Math.round(playback?.concealedMs ?? 0),
    },
    latencyMs: stageLatencies(record),
    roundTripMs: round(record.roundTripMs),
    ...(transcript === undefined ? {} : { transcript }),
    ...(replyText === undefined ? {} : { replyText }),
    ...(error === undefined ? {} : { error }),
  };
}

export function stageLatencies(record: TurnRecord): StageLatencies {
  const { capture, encoder, uplink, timing, playbackStart } = record;
  // A reply that begins before the utterance ends (`echo`) is measured from the utterance's first packet.
  const fullDuplex = before(timing?.firstReplySentAtMs, timing?.finalReceivedAtMs);
  const sentAtMs = fullDuplex ? uplink?.firstSentAtMs : uplink?.finalSentAtMs;
  const receivedAtMs = fullDuplex ? timing?.firstReceivedAtMs : timing?.finalReceivedAtMs;
  const heardAtMs = playbackStart && playbackStart.atMs + playbackStart.outputLatencyMs;
  const waitMs = fullDuplex ? between(capture?.firstSampleAtMs, uplink?.firstSentAtMs) : encoder?.packetFillMs;
  const fill = encoder && capture && waitMs && Math.max(0, waitMs - encoder.encodeMs - capture.captureMs);
  return measured({
    capture: capture?.captureMs,
    packetFill: fill,
    encode: encoder?.encodeMs,
    uplink: between(sentAtMs, receivedAtMs),
    cloud: between(receivedAtMs, timing?.firstReplySentAtMs),
    downlink: between(timing?.firstReplySentAtMs, timing?.firstReplyArrivedAtMs),
    jitterBuffer: playbackStart?.bufferedMs,
    decode: playbackStart?.decodeMs,
    playback: playbackStart?.outputLatencyMs,
    total: between(fullDuplex ? capture?.firstSampleAtMs : capture?.lastSampleAtMs, heardAtMs),
  });
}

function before(a: number | undefined, b: number | undefined): boolean {
  return a !== undefined && b !== undefined && a < b;
}

/** One end's clock is known on the other only to within a fraction of the round trip; time does not run backwards. */
function between(fromMs: number | undefined, toMs: number | undefined): number | undefined {
  return fromMs === undefined || toMs === undefined ? undefined : Math.max(0, toMs - fromMs);
}

function measured(stages: { [Stage in keyof StageLatencies]: number | undefined }): StageLatencies {
  const entries = Object.entries(stages).filter((entry): entry is [string, number] => entry[1] !== undefined);
  return Object.fromEntries(entries.map(([stage, ms]) => [stage, round(ms)]));
}

function round(ms: number): number {
  return Math.round(ms * 100) / 100;
}

export const STAGE_NAMES: Record<keyof StageLatencies, string> = {
  capture: 'capture',
  packetFill: 'packet fill',
  encode: 'encode',
  uplink: 'uplink',
  cloud: 'cloud',
  downlink: 'downlink',
  jitterBuffer: 'jitter buffer',
  decode: 'decode',
  playback: 'playback',
  total: 'total',
};

/** The stages beside the specification's budget, as lines of a table. */
export function latencyTable(latencyMs: StageLatencies): string[] {
  const rows = Object.entries(STAGE_NAMES).flatMap(([stage, name]) => {
    const ms = latencyMs[stage as keyof StageLatencies];
    if (ms === undefined) return [];
    const budgetMs: number | undefined = LATENCY_BUDGET_MS[stage as keyof typeof LATENCY_BUDGET_MS];
    const verdict = budgetMs === undefined ? '' : ms <= budgetMs ? 'ok' : 'over';
    const budget = budgetMs === undefined ? '–' : `< ${budgetMs}`;
    return [`  ${name.padEnd(14)}${ms.toFixed(1).padStart(9)}${budget.padStart(10)}   ${verdict}`];
  });
  return [`  ${'stage'.padEnd(14)}${'ms'.padStart(9)}${'budget'.padStart(10)}`, ...rows];
}
