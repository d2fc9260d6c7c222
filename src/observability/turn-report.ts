/**
 * The report of a finished turn: a table for people, JSON for programs.
 */

import type { ConversationState, TurnOutcome, TurnRecord } from '../../machines/turn-record.ts';
import type { ErrorInfo } from '../core/errors.ts';
import { isoTime } from '../core/time/iso-time.ts';
import { latencyBudget } from '../protocol/latency-budget.ts';
import type { Trigger } from '../protocol/triggers.ts';

/**
 * Stages of a turn's latency, in the order in which audio passes them, in ms, to a tenth. They are measured from the last sample of
 * the utterance to the first sample of the reply; with a reply that begins before the utterance ends (`echo`), from the first sample to the
 * same sample in the reply. If `total` is known, they add up to it exactly.
 */
export interface StageLatencies {
  /** From the last sample of the card's block until its frames are passed on. */
  capture?: number;
  /** Until the packet is full and sent. */
  packetFill?: number;
  encode?: number;
  uplink?: number;
  /** From the last packet of the utterance at the gateway (with `echo`: the first) to the first packet of the reply. */
  cloud?: number;
  /**
   * Parts of `cloud`, of a responder that names its stages: until it knew what was said, until the first piece of its answer, until its
   * first sentence, until its first frame. A stage that was over before the utterance took no time.
   */
  recognition?: number;
  firstToken?: number;
  firstSentence?: number;
  firstAudio?: number;
  downlink?: number;
  /** How long the first packet waits in the buffer. */
  jitterBuffer?: number;
  decode?: number;
  /** From writing a sample to the card until it is audible. */
  playback?: number;
  /** End to end. Undefined for a cached reply. */
  total?: number;
}

export interface TurnReport {
  turnId: string;
  trigger: Trigger;
  outcome: TurnOutcome;
  states: ConversationState[];
  startedAt: string;
  /** A cached reply was played, and the turn is stored until there is a link. */
  offline: boolean;
  sent: { frames: number; packets: number; bytes: number };
  /** `ms` of the reply were played; with time stretch and concealment this took `outMs`. `text`: its words, if the gateway sent them. */
  reply: { frames: number; ms: number; outMs: number; underruns: number; concealedMs: number; text?: string };
  latencyMs: StageLatencies;
  roundTripMs: number;
  /** What the gateway understood. */
  transcript?: string;
  error?: ErrorInfo;
}

export function reportTurn(record: TurnRecord): TurnReport {
  const { encoder, playback, transcript, replyText: text, error } = record;
  return {
    turnId: record.id,
    trigger: record.trigger,
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
      ...(text === undefined ? {} : { text }),
    },
    latencyMs: stageLatencies(record),
    roundTripMs: round(record.roundTripMs),
    ...(transcript === undefined ? {} : { transcript }),
    ...(error === undefined ? {} : { error }),
  };
}

export function stageLatencies(record: TurnRecord): StageLatencies {
  const { capture, encoder, playbackStart } = record;
  const { spokenAtMs, sentAtMs, receivedAtMs, answeredAtMs } = wayThere(record);
  const givenAtMs = playbackStart?.atMs;
  if (!playbackStart || givenAtMs === undefined || spokenAtMs === undefined || sentAtMs === undefined)
    return parts(record);
  const arrivedAtMs = givenAtMs - playbackStart.bufferedMs;
  const isTimed = receivedAtMs !== undefined && answeredAtMs !== undefined;
  const {
    sending = 0,
    buffer = 0,
    ...between
  } = partition(spokenAtMs, [
    ['sending', sentAtMs],
    // Without times of the gateway, gateway and both directions are one stage.
    ['uplink', isTimed ? receivedAtMs : undefined],
    ['cloud', isTimed ? answeredAtMs : arrivedAtMs],
    ['downlink', isTimed ? arrivedAtMs : undefined],
    ['buffer', givenAtMs],
    ['playback', givenAtMs + playbackStart.outputLatencyMs],
  ]);
  const { rest: packetFill, ...taken } = split(sending, { capture: capture?.captureMs, encode: encoder?.encodeMs });
  const { rest: jitterBuffer, ...decoding } = split(buffer, { decode: playbackStart.decodeMs });
  return inMs({ ...between, ...responderStages(record), ...taken, packetFill, jitterBuffer, ...decoding });
}

/**
 * Where the gateway finds the end of speech, the device hears of it and of the reply at the same time: the reply may sound some ms before the
 * microphone ends. One that begins while the person speaks is earlier by all the rest of the utterance, and by the silence after it.
 */
const SAME_TIME_MS = 200;

/**
 * When the measured sample was recorded, sent, received and answered. It is the last one of the utterance, or the first one where the
 * reply begins while the person speaks (`echo`).
 */
function wayThere({ patience, capture, uplink, timing, playbackStart, offline }: TurnRecord) {
  if (offline) return {};
  const answeredAtMs = timing?.firstReplySentAtMs;
  const isWhileSpeaking = patience
    ? before(playbackStart?.atMs, capture && capture.lastSampleAtMs - SAME_TIME_MS)
    : before(answeredAtMs, timing?.finalReceivedAtMs);
  return isWhileSpeaking
    ? {
        spokenAtMs: capture?.firstSampleAtMs,
        sentAtMs: uplink?.firstSentAtMs,
        receivedAtMs: timing?.firstReceivedAtMs,
        answeredAtMs,
      }
    : {
        spokenAtMs: capture?.lastSampleAtMs,
        sentAtMs: uplink?.finalSentAtMs,
        receivedAtMs: timing?.finalReceivedAtMs,
        answeredAtMs,
      };
}

function before(a: number | undefined, b: number | undefined): boolean {
  return a !== undefined && b !== undefined && a < b;
}

type Tenths = Partial<Record<string, number>>;

/**
 * Divides the time from the start to the last end at the ends between, in tenths of a ms, with the total. Times of the gateway are
 * accurate to a fraction of the round trip: each is limited to the range between its neighbours.
 */
function partition(startsAtMs: number, ends: [stage: string, endsAtMs: number | undefined][]): Tenths {
  const known = ends.filter((end): end is [string, number] => end[1] !== undefined);
  const total = tenths(Math.max(0, (known.at(-1)?.[1] ?? startsAtMs) - startsAtMs));
  const stages: Tenths = {};
  let at = 0;
  for (const [stage, endsAtMs] of known) {
    const end = Math.min(total, Math.max(at, tenths(endsAtMs - startsAtMs)));
    stages[stage] = end - at;
    at = end;
  }
  return { ...stages, total };
}

/** Divides a stage into parts, whose means over the turn are known. Their sum is at most the stage. */
function split(stage: number, meansMs: Record<string, number | undefined>): Tenths & { rest: number } {
  const known = Object.entries(meansMs).filter((part): part is [string, number] => part[1] !== undefined);
  const sumMs = known.reduce((sum, [, ms]) => sum + ms, 0);
  const scale = Math.min(1, stage / Math.max(1e-9, 10 * sumMs));
  const parts = Object.fromEntries(known.map(([part, ms]) => [part, Math.floor(10 * ms * scale)]));
  const rest = stage - Object.values(parts).reduce((sum, part) => sum + part, 0);
  return { ...parts, rest };
}

/** How the responder spent the time after the utterance. Its clock is the gateway's, so the differences are exact. */
function responderStages({ timing }: TurnRecord): Tenths {
  let at = timing?.finalReceivedAtMs;
  const stages: Tenths = {};
  for (const [stage, endsAtMs] of [
    ['recognition', timing?.transcribedAtMs],
    ['firstToken', timing?.firstTokenAtMs],
    ['firstSentence', timing?.firstSentenceAtMs],
    ['firstAudio', timing?.firstAudioAtMs],
  ] as const) {
    if (at === undefined || endsAtMs === undefined) continue;
    stages[stage] = tenths(Math.max(0, endsAtMs - at));
    at = Math.max(at, endsAtMs);
  }
  return stages;
}

/** In the order in which audio passes them. */
function inMs(stages: Tenths): StageLatencies {
  const known = Object.keys(STAGE_NAMES).filter((stage) => stages[stage] !== undefined);
  return Object.fromEntries(known.map((stage) => [stage, (stages[stage] ?? 0) / 10]));
}

/** The stages of a turn without an end-to-end time. */
function parts({ capture, encoder, playbackStart }: TurnRecord): StageLatencies {
  const measured = {
    capture: capture?.captureMs,
    packetFill: encoder && capture && encoder.packetFillMs - encoder.encodeMs - capture.captureMs,
    encode: encoder?.encodeMs,
    jitterBuffer: playbackStart && playbackStart.bufferedMs - playbackStart.decodeMs,
    decode: playbackStart?.decodeMs,
    playback: playbackStart?.outputLatencyMs,
  };
  const known = Object.entries(measured).filter((entry): entry is [string, number] => entry[1] !== undefined);
  return Object.fromEntries(known.map(([stage, ms]) => [stage, tenths(Math.max(0, ms)) / 10]));
}

function tenths(ms: number): number {
  return Math.round(ms * 10);
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
  recognition: '  recognition',
  firstToken: '  first token',
  firstSentence: '  sentence',
  firstAudio: '  first audio',
  downlink: 'downlink',
  jitterBuffer: 'jitter buffer',
  decode: 'decode',
  playback: 'playback',
  total: 'total',
};

/** The stages beside their budget, as lines of a table. */
export function latencyTable(latencyMs: StageLatencies): string[] {
  const budgets = latencyBudget(latencyMs);
  const rows = Object.entries(STAGE_NAMES).flatMap(([stage, name]) => {
    const ms = latencyMs[stage as keyof StageLatencies];
    if (ms === undefined) return [];
    const budgetMs = budgets[stage as keyof StageLatencies];
    const verdict = budgetMs === undefined ? '' : ms <= budgetMs ? 'ok' : 'over';
    const budget = budgetMs === undefined ? '–' : `< ${budgetMs}`;
    return [`  ${name.padEnd(14)}${ms.toFixed(1).padStart(9)}${budget.padStart(10)}   ${verdict}`];
  });
  return [`  ${'stage'.padEnd(14)}${'ms'.padStart(9)}${'budget'.padStart(10)}`, ...rows];
}
