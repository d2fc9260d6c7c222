/**
 * A part of an utterance that is recognised as a whole, again and again while it grows: every second, and when the speaker pauses. So at
 * its end there is mostly nothing left to do: the text is the one of the last pass, if nobody has spoken since.
 */
import type { Clock } from '../../../src/core/time/clock.ts';
import type { PartialTranscript } from '../parts/transcriber.ts';
import { createAgreement } from './agreement.ts';
import type { PassKind, PassScheduler } from './pass-scheduler.ts';
import { createSpeechActivity } from './speech-activity.ts';

const MS = 16;
/** New audio from one partial pass to the next. */
const STEP_SAMPLES = 1_000 * MS;
/** When a partial pass was left out, the next one is tried after this much audio. */
const RETRY_SAMPLES = 300 * MS;
/** Perhaps a pause: a pass begins, so that its text is there when it is one. */
const SHORT_SILENCE_SAMPLES = 120 * MS;
/** A pause, in which the utterance may be complete. */
const PAUSE_SAMPLES = 200 * MS;
/** A pass has all of the speech if so much silence follows: the ends of words are quiet. */
const AFTER_SPEECH_SAMPLES = 80 * MS;
/** Silence before the speech makes the model mishear more; in noise the begin of the speech is found late, however. */
const KEPT_BEFORE_SAMPLES = { clear: 60 * MS, noisy: 200 * MS };
const KEPT_AFTER_SAMPLES = 100 * MS;
/** Further tries with what was not understood well: another pace, or other silence before the speech, changes what the model hears. */
const AGAIN: readonly { pace?: number; keptBefore?: number }[] = [
  { pace: 0.95 },
  { keptBefore: 200 * MS },
  { pace: 1.05 },
  { keptBefore: 0 },
];
/** From here on nothing is heard again. */
const UNDERSTOOD = 0.9;
/** Another text must be understood so much better. */
const BETTER = 0.02;
/**
 * From the end of the utterance to its text, at most, if it is heard again: a try begins only if it will end by then. Of the 400 ms in which
 * 95 % of the answers must begin, the answer needs 140 (docs/assistant.md, stages, p95).
 */
const RECOGNITION_MS = 260;

export interface RecognitionWindow {
  add(samples: Int16Array): void;
  /** Its length. */
  samples(): number;
  /** Somebody has spoken in it, and pauses now. */
  isPaused(): boolean;
  /**
   * No more is added. Resolves with its text: where the first one is not understood well, with the one of further tries that is understood
   * best.
   * @param understands see `Brain.understands`
   * @throws see `PassScheduler.request`
   */
  finish(understands?: (text: string) => Promise<number>): Promise<string>;
}

export interface WindowOptions {
  scheduler: Pick<PassScheduler, 'request'>;
  clock: Pick<Clock, 'now'>;
  signal: AbortSignal;
  onPartial(partial: PartialTranscript): void;
  /** Once for each pause. */
  onPause(text: string): void;
}

interface Pass {
  /** Samples that it includes. */
  end: number;
  /** A thread works on it. */
  hasBegun: boolean;
  cancel(): void;
  /** Undefined: it was left out. */
  text: Promise<string | undefined>;
}

export function createRecognitionWindow({
  scheduler,
  clock,
  signal,
  onPartial,
  onPause,
}: WindowOptions): RecognitionWindow {
  let buffer = new Int16Array(8 * STEP_SAMPLES);
  let length = 0;
  const activity = createSpeechActivity();
  const agreement = createAgreement();
  let done: { end: number; text: string } | undefined;
  /** How long the last pass took that is complete, with its wait. */
  let passMs = 0;
  let running: Pass | undefined;
  let isFinished = false;
  /** Of the receiver of partial texts. */
  let failure: unknown;
  /** Length at the last attempt. */
  let triedAt = 0;
  /** End of the speech before the last pause that was told. */
  let toldSpeechEnd = 0;

  function hasAllSpeech(end: number): boolean {
    return end === length || end >= activity.speechEnd() + AFTER_SPEECH_SAMPLES;
  }

  function speech(end: number, keptBefore?: number): Int16Array {
    if (activity.speechEnd() === 0) return buffer.slice(0, end);
    const before = keptBefore ?? (activity.isClear() ? KEPT_BEFORE_SAMPLES.clear : KEPT_BEFORE_SAMPLES.noisy);
    const from = Math.max(0, activity.speechStart() - before);
    return buffer.slice(from, Math.min(end, activity.speechEnd() + KEPT_AFTER_SAMPLES));
  }

  function begin(kind: PassKind): Pass {
    triedAt = length;
    const own = new AbortController();
    const cancel = () => own.abort(new Error('another pass takes its place'));
    const pass: Pass = { end: length, hasBegun: false, cancel, text: Promise.resolve(undefined) };
    const takeSamples = () => {
      // It may have waited.
      pass.end = length;
      pass.hasBegun = true;
      return speech(length);
    };
    pass.text = timed(scheduler.request(kind, takeSamples, AbortSignal.any([signal, own.signal]))).then((text) => {
      if (text !== undefined) done = { end: pass.end, text };
      return text;
    });
    return pass;
  }

  async function timed(pass: Promise<string | undefined>): Promise<string | undefined> {
    const startedAtMs = clock.now();
    const text = await pass;
    passMs = clock.now() - startedAtMs;
    return text;
  }

  function beginAhead(kind: 'pause' | 'partial'): void {
    const pass = begin(kind);
    running = pass;
    followUp(pass).catch((error: unknown) => {
      failure ??= error;
    });
  }

  async function followUp(pass: Pass): Promise<void> {
    // The failure of a pass ahead does not matter: there is a final one.
    const text = await pass.text.catch(() => undefined);
    if (running === pass) running = undefined;
    if (isFinished || signal.aborted) return;
    if (text !== undefined) onPartial(agreement.add(text));
    consider();
  }

  function consider(): void {
    if (signal.aborted || activity.speechEnd() === 0) return;
    const isShortSilence = activity.silence() >= SHORT_SILENCE_SAMPLES;
    tellPause();
    if (running || length - triedAt < RETRY_SAMPLES) return;
    if (isShortSilence) {
      if (!done || !hasAllSpeech(done.end)) beginAhead('pause');
    } else if (length - (done?.end ?? activity.speechStart()) >= STEP_SAMPLES) {
      beginAhead('partial');
    }
  }

  function tellPause(): void {
    const speechEnd = activity.speechEnd();
    if (speechEnd === toldSpeechEnd || activity.silence() < PAUSE_SAMPLES) return;
    if (!done || !hasAllSpeech(done.end)) return;
    toldSpeechEnd = speechEnd;
    onPause(done.text);
  }

  async function finalText(): Promise<string> {
    if (done && hasAllSpeech(done.end)) return done.text;
    if (running?.hasBegun && hasAllSpeech(running.end)) {
      // It may fail.
      const text = await running.text.catch(() => undefined);
      if (text !== undefined) return text;
    }
    running?.cancel();
    return (await begin('final').text) ?? '';
  }

  /** Tries are left out while others wait, and on a slow machine: the text that there is will do. */
  async function bestUnderstood(
    first: string,
    endsAtMs: number,
    understands: (text: string) => Promise<number>,
  ): Promise<string> {
    let best = { text: first, understood: await understands(first) };
    for (const { pace, keptBefore } of AGAIN) {
      if (best.understood >= UNDERSTOOD || clock.now() + passMs > endsAtMs) break;
      const text = await timed(scheduler.request('pause', () => speech(length, keptBefore), signal, pace));
      if (text === undefined) break;
      const understood = await understands(text);
      if (understood > best.understood + BETTER) best = { text, understood };
    }
    return best.text;
  }

  return {
    add(samples) {
      if (length + samples.length > buffer.length) {
        const larger = new Int16Array(Math.max(length + samples.length, 2 * buffer.length));
        larger.set(buffer.subarray(0, length));
        buffer = larger;
      }
      buffer.set(samples, length);
      length += samples.length;
      activity.add(samples);
      consider();
    },
    samples: () => length,
    isPaused: () => activity.silence() >= PAUSE_SAMPLES,
    async finish(understands) {
      isFinished = true;
      if (failure !== undefined) throw failure;
      if (activity.isSilent()) return '';
      const endsAtMs = clock.now() + RECOGNITION_MS;
      const text = await finalText();
      return understands && activity.speechEnd() > 0 ? await bestUnderstood(text, endsAtMs, understands) : text;
    },
  };
}
