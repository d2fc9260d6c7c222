/**
 * A part of an utterance that is recognised as a whole, again and again while it grows: every second, and when the speaker pauses. So at
 * its end there is mostly nothing left to do: the text is the one of the last pass, if nobody has spoken since.
 */
import type { Clock } from '../../../src/core/time/clock.ts';
import type { Brain } from '../parts/brain.ts';
import type { PartialTranscript, Transcript } from '../parts/transcriber.ts';
import { createAgreement } from './agreement.ts';
import { createHearingAgain, type HearingAgain, type HearingVariant } from './hearing-again.ts';
import type { PassKind, PassScheduler } from './pass-scheduler.ts';
import { createWindowSamples } from './window-samples.ts';

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

export interface RecognitionWindow {
  add(samples: Int16Array): void;
  /** Its length. */
  samples(): number;
  /** Somebody has spoken in it, and pauses now. */
  isPaused(): boolean;
  /**
   * No more is added. Resolves with its text.
   * @param isWhole nothing comes after it: a text that is not understood well is heard again
   * @throws see `PassScheduler.request`
   */
  finish(isWhole: boolean): Promise<string>;
}

export interface WindowOptions {
  scheduler: Pick<PassScheduler, 'request'>;
  /** Of what is heard again. */
  hearingsAtOnce: number;
  /** See `UtteranceOptions`. */
  isDistant: boolean;
  /** See `Brain.understands`; undefined: nothing is heard again. */
  understands: ((text: string) => Promise<number>) | undefined;
  /** See `Brain.asMeant`. */
  asMeant?: Brain['asMeant'] | undefined;
  clock: Pick<Clock, 'now' | 'setTimeout' | 'clearTimeout'>;
  signal: AbortSignal;
  onPartial(partial: PartialTranscript): void;
  /** In a pause, and again with more hearings in the same pause. */
  onPause(transcript: Transcript): void;
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
  hearingsAtOnce,
  isDistant,
  understands,
  asMeant,
  clock,
  signal,
  onPartial,
  onPause,
}: WindowOptions): RecognitionWindow {
  const samples = createWindowSamples(isDistant);
  const { activity } = samples;
  const agreement = createAgreement();
  let done: { end: number; text: string } | undefined;
  /** How long the last pass took that is complete, with its wait. */
  let passMs = 0;
  let running: Pass | undefined;
  /** Of the text at this length. */
  let again: { end: number; hearing: HearingAgain } | undefined;
  let isFinished = false;
  /** Of the receiver of texts, and of who understands them. */
  let failure: unknown;
  /** Length at the last attempt. */
  let triedAt = 0;
  /** End of the speech before the last pause that was told. */
  let toldSpeechEnd = 0;

  function hasAllSpeech(end: number): boolean {
    return end === samples.length() || end >= activity.speechEnd() + AFTER_SPEECH_SAMPLES;
  }

  function begin(kind: PassKind): Pass {
    triedAt = samples.length();
    const own = new AbortController();
    const cancel = () => own.abort(new Error('another pass takes its place'));
    const pass: Pass = { end: triedAt, hasBegun: false, cancel, text: Promise.resolve(undefined) };
    const takeHearings = () => {
      // It may have waited.
      pass.end = samples.length();
      pass.hasBegun = true;
      return [samples.hearing(pass.end)];
    };
    const startedAtMs = clock.now();
    const texts = scheduler.request(kind, takeHearings, AbortSignal.any([signal, own.signal]));
    pass.text = texts.then((found) => {
      passMs = clock.now() - startedAtMs;
      const [text] = found ?? [];
      if (text !== undefined) done = { end: pass.end, text };
      return text;
    });
    return pass;
  }

  function beginAhead(kind: 'pause' | 'partial'): void {
    const pass = begin(kind);
    running = pass;
    followUp(pass, kind).catch((error: unknown) => {
      failure ??= error;
    });
  }

  async function followUp(pass: Pass, kind: PassKind): Promise<void> {
    // The failure of a pass ahead does not matter: there is a final one.
    const text = await pass.text.catch(() => undefined);
    if (running === pass) running = undefined;
    if (isFinished || signal.aborted) return;
    if (text !== undefined) onPartial(agreement.add(text));
    consider();
    // It may become the text of a pause, and nothing else is to do until then.
    if (text !== undefined && kind === 'pause' && hasAllSpeech(pass.end)) await hearAgain(text)?.judge();
  }

  function consider(): void {
    if (signal.aborted || activity.speechEnd() === 0) return;
    if (again && !hasAllSpeech(again.end)) forgetHearingAgain();
    const isShortSilence = activity.silence() >= SHORT_SILENCE_SAMPLES;
    tellPause();
    const length = samples.length();
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
    const hearing = hearAgain(done.text);
    onPause(hearing?.heard() ?? { text: done.text });
    hearing?.proceed().catch((error: unknown) => {
      failure ??= error;
    });
  }

  /** Begins anew, unless it has begun with all of the speech. */
  function hearAgain(text: string): HearingAgain | undefined {
    if (!understands) return undefined;
    if (again && hasAllSpeech(again.end)) return again.hearing;
    const end = samples.length();
    const hear = async (variants: readonly HearingVariant[], stop: AbortSignal) => {
      const hearings = () => variants.map((variant) => samples.hearing(end, variant));
      try {
        return await scheduler.request('again', hearings, AbortSignal.any([signal, stop]));
      } catch (error) {
        if (signal.aborted) throw error;
        // The text that there is will do.
        return undefined;
      }
    };
    const onHeard = () => {
      if (!isFinished) onPause(hearing.heard());
    };
    const hearing = createHearingAgain({
      ...{ text, passMs, understands, asMeant, hear, onHeard, clock },
      ...{ noise: activity.noise(), isDistant, atOnce: hearingsAtOnce },
    });
    again = { end, hearing };
    return hearing;
  }

  function forgetHearingAgain(): void {
    again?.hearing.cancel();
    again = undefined;
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

  return {
    add(more) {
      samples.add(more);
      consider();
    },
    samples: samples.length,
    isPaused: () => activity.silence() >= PAUSE_SAMPLES,
    async finish(isWhole) {
      isFinished = true;
      if (!isWhole) forgetHearingAgain();
      if (failure !== undefined) throw failure;
      if (activity.isSilent()) return '';
      const endedAtMs = clock.now();
      const text = await finalText();
      const hearing = isWhole && activity.speechEnd() > 0 ? hearAgain(text) : undefined;
      return hearing ? await hearing.best(endedAtMs) : text;
    },
  };
}
