/**
 * What the gateway finds in an utterance, and when: the voice, and the words in pauses, by the real detector and the real recogniser. Rules of
 * any patience are tried on these timelines afterwards. The time is virtual, so that neither the load of this machine nor its speed counts: a
 * pass of the recogniser takes what it takes on a quiet machine.
 */
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
/** Of a pass, for each second of its window and in any case (docs/recognition.md). */
const PASS_MS_PER_SECOND = 55;
const SHORTEST_PASS_MS = 60;
/** Of the voice detector. */
const DETECTION_MS = 5;

/** `understood`: how well the skills understand the words (`Brain.understands`). */
export type Found = { atMs: number } & ({ voice: Uint8Array } | { words: string; understood: number });

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

export async function findTimeline(utterance: PausedUtterance, models: TimelineModels): Promise<Timeline> {
  const whole = await listenTo(utterance.samples, models);
  const untilPause = await listenTo(utterance.samplesUntilPause, models);
  const rest = lastWords(await listenTo(utterance.samplesAfterPause, models));
  const both = lastWords(await listenTo(utterance.samplesOfBoth, models));
  return { utterance, whole, untilPause, rest, both };
}

/** What was recognised at last. */
export function lastWords({ found }: Findings): string {
  return found.flatMap((each) => ('words' in each && each.words !== '' ? each.words : [])).at(-1) ?? '';
}

async function listenTo(speech: Int16Array, models: TimelineModels): Promise<Findings> {
  const { frames, deviceVoice } = await deviceSide(speech);
  const found: Found[] = [];
  const pauses: { atMs: number; pass: string }[] = [];
  const decoder = createOpusDecoder();
  const passes = createPasses(models.moonshine);
  const window = createRecognitionWindow({
    clock: { ...systemClock, now: () => passes.nowMs },
    scheduler: passes,
    hearingsAtOnce: 1,
    isDistant: true,
    understands: undefined,
    signal: new AbortController().signal,
    onPartial() {},
    onPause: (pass) => pauses.push({ atMs: passes.nowMs, pass }),
  });
  utterances += 1;
  for (let i = 0; i < frames.length; i += FRAMES_PER_PACKET) {
    const packet = frames.slice(i, i + FRAMES_PER_PACKET);
    const nowMs = (i + packet.length) * FRAME_MS;
    await passes.advance(nowMs);
    for (const frame of packet) window.add(decoder.decode(frame).slice());
    const task = { utterance: utterances, frames: packet, gapSamples: 0, isLast: i + packet.length === frames.length };
    found.push({ atMs: nowMs + DETECTION_MS, voice: findVoice({ ...task, model: models.silero }) });
  }
  await passes.advance(Number.POSITIVE_INFINITY);
  for (const { atMs, pass } of pauses) {
    const words = await passes.textOf(pass);
    found.push({ atMs, words, understood: await models.understands(words) });
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

/** A pass resolves with its number: what it recognises is found when somebody asks, since nobody needs the text of most passes. */
interface Passes extends Pick<PassScheduler, 'request'> {
  readonly nowMs: number;
  /** Ends the passes that are complete at that time. */
  advance(toMs: number): Promise<void>;
  textOf(pass: string): Promise<string>;
}

/** One recogniser: a pass begins when the one before has ended. */
function createPasses(model: RecognitionTask['model']): Passes {
  const waiting: { dueAtMs: number; end(): void }[] = [];
  const heard: (readonly Hearing[])[] = [];
  let nowMs = 0;
  let freeAtMs = 0;
  return {
    get nowMs() {
      return nowMs;
    },
    request(_kind, take) {
      const hearings = take();
      const samples = hearings[0]?.samples.length ?? 0;
      const durationMs = (samples / SAMPLES_PER_MS / 1_000) * PASS_MS_PER_SECOND;
      freeAtMs = Math.max(nowMs, freeAtMs) + Math.max(SHORTEST_PASS_MS, durationMs);
      const dueAtMs = freeAtMs;
      const pass = String(heard.push(hearings) - 1);
      return new Promise((resolve) => {
        waiting.push({ dueAtMs, end: () => resolve([pass]) });
      });
    },
    async textOf(pass) {
      const [text = ''] = await recognise({ model, hearings: heard[Number(pass)] ?? [] });
      return text;
    },
    async advance(toMs) {
      for (let next = waiting[0]; next && next.dueAtMs <= toMs; next = waiting[0]) {
        waiting.shift();
        nowMs = next.dueAtMs;
        next.end();
        // The window goes on in promises.
        await new Promise(setImmediate);
      }
      if (Number.isFinite(toMs)) nowMs = toMs;
    },
  };
}
