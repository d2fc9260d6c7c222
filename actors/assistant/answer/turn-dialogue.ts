/**
 * What one turn adds to the memory of its device: what the person said, and what they heard of the answer. The device reports what it
 * played after the turn, perhaps when the next one has begun. The next turn may be the rest of this one's sentence.
 */
import type { PlaybackReport } from '../../../src/protocol/control.ts';
import { GOES_ON_WITHIN_MS } from '../endpointing/wait-factor.ts';
import type { DialogueMessage, Memory } from '../parts/memory.ts';
import { KeptUtterance } from './kept-utterance.ts';

export interface TurnDialogueOptions {
  memory: Memory;
  device: string;
  turnId: string;
  /** Wall clock, ms since 1970. */
  wallNow: () => number;
  /** The words that were heard when this much of the answer was played. */
  heardText: (playedMs: number) => string;
}

export class TurnDialogue {
  readonly #options: TurnDialogueOptions;
  readonly #sentences: string[] = [];
  /** Of a device that listens. */
  readonly utterance = new KeptUtterance();
  #said = '';
  /** Monotonic; undefined: it goes on, or a key ended it. */
  #endFoundAtMs: number | undefined;
  #hasChanged = false;
  #isRemembered = false;
  #isPlayed = false;
  #resolvePlayed: () => void = () => {};
  /** Resolves when it is known what was heard of the answer. */
  readonly played: Promise<void>;

  constructor(options: TurnDialogueOptions) {
    this.#options = options;
    this.played = new Promise((resolve) => {
      this.#resolvePlayed = resolve;
    });
  }

  /** Something of the answer was sent, and the device has not reported yet how much of it was heard. */
  get isUndecided(): boolean {
    return this.#sentences.length > 0 && !this.#isPlayed;
  }

  /** Empty: nothing, or it is not recognised yet. */
  get said(): string {
    return this.#said;
  }

  onPerson(text: string): void {
    this.#said = text;
    this.#remember('person', text);
  }

  /** The utterance is over because of a pause. */
  onEndFound(atMs: number): void {
    this.#endFoundAtMs = atMs;
  }

  /** A tool changes something. */
  onChange(): void {
    this.#hasChanged = true;
  }

  /** Whether a turn that begins then may be the rest of its sentence: a pause was taken for its end, and nothing was done because of it. */
  mayGoOn(nextBeganAtMs: number): boolean {
    const endedAtMs = this.#endFoundAtMs;
    if (endedAtMs === undefined || nextBeganAtMs - endedAtMs > GOES_ON_WITHIN_MS) return false;
    return !this.#hasChanged && this.utterance.parts !== undefined;
  }

  onSentence(text: string): void {
    this.#sentences.push(text);
  }

  /** Nothing more is said. */
  end(): void {
    if (this.#isRemembered || this.#sentences.length === 0) return;
    this.#isRemembered = true;
    this.#remember('assistant', this.#sentences.join(' '));
  }

  onPlayback({ event, playedMs }: PlaybackReport): void {
    if (this.#isPlayed || (event !== 'drained' && event !== 'aborted')) return;
    this.#isPlayed = true;
    this.end();
    const { memory, device, turnId, heardText } = this.#options;
    if (event === 'aborted' && this.#isRemembered) memory.heard(device, turnId, heardText(playedMs));
    this.#resolvePlayed();
  }

  #remember(role: DialogueMessage['role'], text: string): void {
    const { memory, device, turnId, wallNow } = this.#options;
    memory.remember(device, { role, text, turnId, atMs: Math.round(wallNow()) });
  }
}
