/**
 * When a person has finished, by the voice in the utterance and the words before a pause. All times are of the audio. Pure.
 *
 * A pause after “what is the weather in” is none at the end, one after “what time is it” mostly is. So each pause has a wait, by the words
 * before it. The device's own rule knows no words, and would be too early or too late: a hold makes it wait, an end makes it stop.
 */
import { MAX_HOLD_MS, type Patience } from '../../../src/protocol/listening.ts';
import { type Openness, opennessOf, WAITS_MS } from './openness.ts';
import type { JudgedText } from './pause-state.ts';

/** One window of the voice detector. */
export const VOICE_WINDOW_MS = 32;
/** What is in a window: nothing, a sound that is louder than the pause before it, or a voice. */
export const SILENT_WINDOW = 0;
export const VOICE_WINDOW = 1;
export const SOUND_WINDOW = 2;

/** Who paused for long in this utterance pauses for long again; seldom when everything is said. A wait is at least this share of it. */
const OF_LONGEST_PAUSE = 0.7;
const OF_LONGEST_PAUSE_OVER = 0.3;
/** After so much voice, words are those of another pause: the recogniser was late. */
const VOICE_AFTER_WORDS_MS = 192;
/** The device's rule finds the end of the voice later or earlier than the detector here, and messages take time. */
const HOLD_MARGIN_MS = 150;
/** Less voice is none: a click, or the detector's error. */
const SHORTEST_SPEECH_MS = 96;
/** The first sounds of a word are no voice to the detector yet: no end within them. What lasts longer is a noise. */
const FIRST_SOUND_MS = 128;
/** A noise that the device takes for a voice, and that does not stop. */
const NO_SPEECH_MS = 4_000;

export type EndDecision = { type: 'hold'; holdMs: number } | { type: 'end'; reason: 'finished' | 'no-speech' };

export interface EndDecisionOptions {
  patience: Patience;
  /** The words are told in pauses. Otherwise the device's rule decides alone, except that nobody spoke. */
  knowsWords: boolean;
  /** Of all waits: above 1, this person was cut off before (`WaitFactors`). */
  waitFactor: number;
}

export class EndOfUtterance {
  readonly #options: EndDecisionOptions;
  #totalMs = 0;
  #voiceMs = 0;
  #silentMs = 0;
  /** Of the sound at the end of the silence. */
  #soundMs = 0;
  #longestPauseMs = 0;
  /** Of what was said before this pause. */
  #openness: Openness = 'undecided';
  #voiceAfterWordsMs = 0;
  /** Silence until which the device was told to wait. */
  #heldUntilMs = 0;
  #isOver = false;

  constructor(options: EndDecisionOptions) {
    this.#options = options;
  }

  /** Somebody has spoken. */
  get hasSpeech(): boolean {
    return this.#voiceMs >= SHORTEST_SPEECH_MS;
  }

  /** The next windows. */
  addVoice(windows: Iterable<number>): EndDecision | undefined {
    for (const window of windows) this.#addWindow(window);
    return this.#decide();
  }

  /** What was heard before the pause that goes on: the text, then what else was heard. Empty: nothing was recognised. */
  addWords(hearings: readonly JudgedText[]): EndDecision | undefined {
    this.#openness = opennessOf(hearings);
    this.#voiceAfterWordsMs = 0;
    return this.#decide();
  }

  #addWindow(window: number): void {
    this.#totalMs += VOICE_WINDOW_MS;
    this.#soundMs = window === SOUND_WINDOW ? this.#soundMs + VOICE_WINDOW_MS : 0;
    if (window !== VOICE_WINDOW) {
      if (this.#voiceMs > 0) this.#silentMs += VOICE_WINDOW_MS;
      return;
    }
    this.#voiceMs += VOICE_WINDOW_MS;
    this.#voiceAfterWordsMs += VOICE_WINDOW_MS;
    if (this.#voiceAfterWordsMs >= VOICE_AFTER_WORDS_MS) this.#openness = 'undecided';
    if (this.#silentMs === 0) return;
    this.#longestPauseMs = Math.max(this.#longestPauseMs, this.#silentMs);
    this.#silentMs = 0;
    this.#heldUntilMs = 0;
    this.#openness = 'undecided';
  }

  #decide(): EndDecision | undefined {
    if (this.#isOver) return undefined;
    if (!this.hasSpeech) return this.#totalMs >= NO_SPEECH_MS ? this.#end('no-speech') : undefined;
    if (!this.#options.knowsWords || this.#silentMs === 0) return undefined;
    const waitMs = this.#waitMs();
    if (this.#silentMs >= waitMs && !this.#isFirstSound()) return this.#end('finished');
    if (waitMs <= this.#heldUntilMs) return undefined;
    this.#heldUntilMs = waitMs;
    return { type: 'hold', holdMs: Math.min(MAX_HOLD_MS, waitMs - this.#silentMs + HOLD_MARGIN_MS) };
  }

  #isFirstSound(): boolean {
    return this.#soundMs > 0 && this.#soundMs <= FIRST_SOUND_MS;
  }

  #waitMs(): number {
    const waits = WAITS_MS[this.#options.patience];
    const isSaid = this.#openness === 'over' || this.#openness === 'whole';
    const share = isSaid ? OF_LONGEST_PAUSE_OVER : OF_LONGEST_PAUSE;
    const waitMs = this.#options.waitFactor * waits[this.#openness];
    return Math.min(waits.open, Math.max(waitMs, share * this.#longestPauseMs));
  }

  #end(reason: 'finished' | 'no-speech'): EndDecision {
    this.#isOver = true;
    return { type: 'end', reason };
  }
}
