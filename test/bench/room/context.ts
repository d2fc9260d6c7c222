/** What each row of the bench gets. */
import type { Responder } from '../../../actors/responder/responder.ts';
import { type ListenSettings, PUSH_TO_TALK } from '../../../src/core/contracts/index.ts';
import type { FetchedWakeWord } from '../../room/wake-engine.ts';
import type { SpeechSource } from './speech.ts';

export interface BenchContext {
  seed: number;
  /** Few utterances, short nights: to see that it runs. */
  isQuick: boolean;
  /** Sentences of `answers`; undefined: its own number. */
  turns: number | undefined;
  speech: SpeechSource;
  /** Of openWakeWord: `hey_jarvis`. */
  wakeWord: FetchedWakeWord;
  onProgress(what: string, share: number): void;
}

export const VOICE: ListenSettings = { ...PUSH_TO_TALK, mode: 'voice' };
export const WAKE: ListenSettings = { ...PUSH_TO_TALK, mode: 'wake' };
/** Of a talker at the microphone, dB of full scale. */
export const SPEECH_DB = -30;

/** Hears, and says nothing. */
export const silent: Responder = Object.assign(
  (_turn: unknown, answer: Parameters<Responder>[1]) => ({
    hear({ final }: { final: boolean }) {
      if (!final) return;
      answer.processing();
      answer.finish();
    },
    abort() {},
  }),
  { startsNothing: true },
);
