/**
 * What the gateway finds in an utterance, and when: the voice, and the words in pauses, by the real detector and the real recogniser. Rules of
 * any patience are tried on these timelines afterwards. The time is virtual, so that neither the load of this machine nor its speed counts: a
 * pass of the recogniser takes what it takes on a quiet machine.
 */
import { VOICE_WINDOW } from '../../../actors/assistant/endpointing/end-decision.ts';
import type { JudgedText } from '../../../actors/assistant/endpointing/pause-state.ts';
import findVoice from '../../../actors/assistant/endpointing/voice-worker.ts';
import type { PassScheduler } from '../../../actors/assistant/recognition/pass-scheduler.ts';
import recognise, {
  type Hearing,
  type RecognitionTask,
} from '../../../actors/assistant/recognition/recogniser-worker.ts';
import { createRecognitionWindow } from '../../../actors/assistant/recognition/recognition-window.ts';
import { createOpusDecoder, createOpusEncoder } from '../../../actors/codec/opus.ts';
import { openVoiceDetector } from '../../../actors/listening/voice-detector.ts';
import { systemClock } from '../../../src/core/time/clock.ts';
import { FRAME_MS, RECOMMENDED_FRAME_SIZE, SAMPLES_PER_MS } from '../../../src/protocol/format.ts';
import type { PausedUtterance } from './utterances.ts';

const FRAMES_PER_PACKET = 3;
/** From a pause that is found until the device sends each frame at once, and for how long then: the first hold. */
const HASTE_AFTER_MS = 25;
const HASTE_MS = 900;
/** Of a pass, for each second of its window and in any case, with the removal of reverberation (docs/recognition.md). */
const PASS_MS_PER_SECOND = 60;
/** Of two that run at the same time, because there are two processors. */
const HEARINGS_AT_ONCE = 2;
const TWO_AT_ONCE = 1.3;
const SHORTEST_PASS_MS = 60;
/** Of the voice detector. */
const DETECTION_MS = 5;

/** `hearings`: the text in a pause, and what else was heard. */
export type Found = { atMs: number } & ({ voice: Uint8Array } | { hearings: JudgedText[] });

/** What both sides find in some sound. */
export interface Findings {
  /** Of the device's detector, for each frame. */
  deviceVoice: boolean[];
  /** Of the gateway. */
  found: Found[];
}

export interface Timeline {
  utterance: PausedUtterance;
  whole: Findings;
  /** Where the person does not go on after the pause. */
  untilPause: Findings;
  /** What is recognised of the rest, in a turn of its own. */
  rest: string;
  /** The same, of both parts. */
  both: string;
}

export interface TimelineModels {
  moonshine: RecognitionTask['model'];
  silero: string;
  understands(text: string): Promise<number>;
}

let utterances = 0;

export async function findTimeline(
  utterance: PausedUtterance,
  models: TimelineModels,
  withMending: boolean,
): Promise<Timeline> {
  const whole = await listenTo(utterance.samples, models);
  const untilPause = await listenTo(utterance.samplesUntilPause, models);
  if (!withMending) return { utterance, whole, untilPause, rest: '', both: '' };
  const rest = lastWords(await listenTo(utterance.samplesAfterPause, models));
  const both = lastWords(await listenTo(utterance.samplesOfBoth, models));
  return { utterance, whole, untilPause, rest, both };
}

/** What was recognised at last. */
export function lastWords({ found }: Findings): string {
  return found.flatMap((each) => ('hearings' in each && each.hearings[0]?.text) || []).at(-1) ?? '';
}

async function listenTo(speech: Int16Array, models: TimelineModels): Promise<Findings> {
  const { frames, deviceVoice } = await deviceSide(speech);
  const found: Found[] = [];
  const pauses: { atMs: number; texts: string[] }[] = [];
  const decoder = createOpusDecoder();
  const passes = createPasses(models.moonshine);
  const window = createRecognitionWindow({
    clock: { ...systemClock, now: () => passes.nowMs },
    scheduler: passes,
    hearingsAtOnce: HEARINGS_AT_ONCE,
    isDistant: true,
    understands: (hearing) => passes.meanwhile(understoodOf(hearing)),
    signal: new AbortController().signal,
    onPartial() {},
    onPause: ({ text, alternatives = [] }) => pauses.push({ atMs: passes.nowMs, texts: [text, ...alternatives] }),
  });
  const understoodOf = async (hearing: string) => await models.understands(await passes.textOf(hearing));
  utterances += 1;
  let hasSpoken = false;
  let pausedAtMs = Number.NaN;
  const isHasty = (nowMs: number) => nowMs >= pausedAtMs + HASTE_AFTER_MS && nowMs < pausedAtMs + HASTE_MS;
  for (let i = 0, length = 0; i < frames.length; i += length) {
    length = isHasty((i + 1) * FRAME_MS) ? 1 : FRAMES_PER_PACKET;
    const packet = frames.slice(i, i + length);
    const nowMs = (i + packet.length) * FRAME_MS;
    await passes.advance(nowMs);
    for (const frame of packet) window.add(decoder.decode(frame).slice());
    const task = { utterance: utterances, frames: packet, gapSamples: 0, isLast: i + packet.length === frames.length };
    const voice = findVoice({ ...task, model: models.silero });
    found.push({ atMs: nowMs + DETECTION_MS, voice });
    for (const window of voice) {
      if (window !== VOICE_WINDOW && hasSpoken) pausedAtMs = nowMs;
      hasSpoken = window === VOICE_WINDOW;
    }
  }
  await passes.advance(Number.POSITIVE_INFINITY);
  for (const { atMs, texts } of pauses) {
    const hearings: JudgedText[] = [];
    for (const hearing of texts) {
      const text = await passes.textOf(hearing);
      hearings.push({ text, understood: await models.understands(text) });
    }
    found.push({ atMs, hearings });
  }
  return { deviceVoice, found: found.toSorted((a, b) => a.atMs - b.atMs) };
}

async function deviceSide(samples: Int16Array) {
  const detector = await openVoiceDetector();
  const encoder = createOpusEncoder();
  const frames: Uint8Array[] = [];
  const deviceVoice: boolean[] = [];
  for (let at = 0; at + RECOMMENDED_FRAME_SIZE <= samples.length; at += RECOMMENDED_FRAME_SIZE) {
    const frame = samples.slice(at, at + RECOMMENDED_FRAME_SIZE);
    deviceVoice.push(detector.isVoice(frame));
    frames.push(encoder.encode(frame));
  }
  detector.close();
  return { frames, deviceVoice };
}

/** A hearing resolves with its number: what is recognised is found when somebody asks, since nobody needs the text of most passes. */
interface Passes extends Pick<PassScheduler, 'request'> {
  readonly nowMs: number;
  /** Ends the passes that are complete at that time. */
  advance(toMs: number): Promise<void>;
  textOf(hearing: string): Promise<string>;
  /** The time does not go on before this is done. */
  meanwhile<T>(work: Promise<T>): Promise<T>;
}

/** One recogniser: a pass begins when the one before has ended. */
function createPasses(model: RecognitionTask['model']): Passes {
  const waiting: { dueAtMs: number; end(): void }[] = [];
  const heard: Hearing[] = [];
  const texts = new Map<string, Promise<string>>();
  const works = new Set<Promise<unknown>>();
  let nowMs = 0;
  let freeAtMs = 0;

  /** The window goes on in promises. */
  async function settle(): Promise<void> {
    do {
      await Promise.all(works);
      await new Promise(setImmediate);
    } while (works.size > 0);
  }

  return {
    get nowMs() {
      return nowMs;
    },
    request(_kind, take) {
      const hearings = take();
      const longest = Math.max(...hearings.map(({ samples, pace }) => samples.length / pace));
      const durationMs = Math.max(SHORTEST_PASS_MS, (longest / SAMPLES_PER_MS / 1_000) * PASS_MS_PER_SECOND);
      freeAtMs = Math.max(nowMs, freeAtMs) + durationMs * (hearings.length > 1 ? TWO_AT_ONCE : 1);
      const dueAtMs = freeAtMs;
      const numbers = hearings.map((hearing) => String(heard.push(hearing) - 1));
      return new Promise((resolve) => {
        waiting.push({ dueAtMs, end: () => resolve(numbers) });
      });
    },
    textOf(number) {
      const hearing = heard[Number(number)];
      const text =
        texts.get(number) ?? recognise({ model, hearings: hearing ? [hearing] : [] }).then(([first = '']) => first);
      texts.set(number, text);
      return text;
    },
    async meanwhile(work) {
      works.add(work);
      try {
        return await work;
      } finally {
        works.delete(work);
      }
    },
    async advance(toMs) {
      await settle();
      for (let next = waiting[0]; next && next.dueAtMs <= toMs; next = waiting[0]) {
        waiting.shift();
        nowMs = next.dueAtMs;
        next.end();
        await settle();
      }
      if (Number.isFinite(toMs)) nowMs = toMs;
    },
  };
}
