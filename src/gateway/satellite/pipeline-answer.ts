/**
 * Follows a run of Home Assistant's pipeline, and answers the turn with what comes: the words that were recognised, the words of the answer, its audio. The audio comes over
 * the connection, or is fetched from the address that Home Assistant names.
 */

import { timedOut } from '../../../actors/assistant/parts/errors.ts';
import type { Pcm } from '../../../actors/assistant/parts/synthesizer.ts';
import type { ReplyVoice } from '../../../actors/assistant/speech/reply-voice.ts';
import type { Answer, ResponderTurn } from '../../../actors/responder/responder.ts';
import { AsyncQueue } from '../../core/actor/async-queue.ts';
import { EarshotError } from '../../core/errors.ts';
import { SAMPLE_RATE_HZ } from '../../protocol/format.ts';
import { type SoundFetch, samplesOf } from './fetched-sound.ts';
import type { PipelineMessage, PipelineRun } from './pipeline-run.ts';
import { SpokenSound } from './spoken-sound.ts';

/** To accept a run: the assistant of Home Assistant starts nothing for it. */
const ACCEPT_MS = 5_000;
/** From the end of the speech to the first audio. A session waits 15 s (machines/session-context.ts), and the person should be told. */
const ANSWER_MS = 13_000;
/** From one piece of audio to the next. */
const AUDIO_GAP_MS = 10_000;
const PROVIDER = 'Home Assistant';

export interface PipelineAnswerOptions {
  run: PipelineRun;
  turn: Pick<ResponderTurn, 'device' | 'patience'>;
  answer: Answer;
  voice: Pick<ReplyVoice, 'audio'>;
  sounds: SoundFetch;
  signal: AbortSignal;
  /** Id of its conversation, and whether it asks the person something. */
  onConversation(id: string, continues: boolean): void;
  /** The answer begins to sound. */
  onSpeaking(): void;
}

/** What a run came to. */
export type PipelineOutcome = 'streamed' | 'fetched' | 'silent' | 'no-speech';

export class PipelineAnswer {
  readonly #options: PipelineAnswerOptions;
  readonly #spoken: SpokenSound;
  #isSpeechOver = false;
  #timer: unknown;
  /** Aborted when what is expected does not come in time. */
  readonly #late = new AbortController();
  #text = '';
  #url = '';
  /** Samples that come over the connection. */
  #stream: AsyncQueue<Pcm> | undefined;
  #odd: Uint8Array = new Uint8Array(0);

  constructor(options: PipelineAnswerOptions) {
    this.#options = options;
    this.#spoken = new SpokenSound(options.answer, () => {
      if (!this.#stream) this.#expectNothing();
      options.onSpeaking();
    });
  }

  /** The person has finished: from now on an answer is expected. Home Assistant or the device finds that out. */
  speechOver(): void {
    if (this.#isSpeechOver) return;
    this.#isSpeechOver = true;
    this.#expect('an answer', ANSWER_MS);
  }

  /** Resolves when the answer is complete. @throws EarshotError: there is none, or not all of it */
  async follow(): Promise<PipelineOutcome> {
    const { run } = this.#options;
    this.#expect('an answer', ACCEPT_MS);
    let streaming: Promise<void> | undefined;
    try {
      for await (const message of run.messages) {
        const outcome = this.#receive(message);
        streaming ??= this.#stream && this.#speak(this.#stream);
        if (outcome === 'no-speech' || outcome === 'silent') return outcome;
        if (outcome === 'fetched') return await this.#fetch();
        if (outcome === 'streamed') break;
      }
      await streaming;
      return this.#stream ? 'streamed' : 'silent';
    } catch (error) {
      this.#stream?.fail(error);
      // It is thrown below; a failure of the sound itself has the same cause.
      await streaming?.catch(() => {});
      throw error;
    } finally {
      this.#expectNothing();
    }
  }

  /** Undefined: it goes on. */
  #receive(message: PipelineMessage): PipelineOutcome | undefined {
    if (message.type === 'accepted') return this.#onAccepted();
    if (message.type === 'audio') return this.#onAudio(message.bytes, message.isLast);
    const { name, data } = message;
    switch (name) {
      case 'sttVadEnd':
        return this.#onSpeechEnd();
      case 'sttEnd':
        return this.#onTranscript(data.text ?? '');
      case 'intentEnd':
        this.#options.onConversation(data.conversation_id ?? '', data.continue_conversation === '1');
        return undefined;
      case 'ttsStart':
        this.#text = data.text ?? '';
        this.#options.answer.reached('firstToken');
        return undefined;
      case 'ttsEnd':
        this.#url = data.url ?? '';
        return undefined;
      case 'ttsStreamStart':
        this.#stream ??= new AsyncQueue<Pcm>();
        return undefined;
      case 'ttsStreamEnd':
        return this.#onStreamEnd();
      case 'runEnd':
        // Audio over the connection still comes after that.
        if (this.#stream) return undefined;
        return this.#url === '' ? 'silent' : 'fetched';
      case 'error':
        return this.#onError(data.code ?? '');
      default:
        return undefined;
    }
  }

  #onAccepted(): undefined {
    if (this.#isSpeechOver) this.#expect('an answer', ANSWER_MS);
    else this.#expectNothing();
  }

  #onSpeechEnd(): undefined {
    const { run, turn, answer } = this.#options;
    run.stopSpeech();
    if (turn.patience && !this.#isSpeechOver) answer.endUtterance('finished');
    this.speechOver();
  }

  #onTranscript(text: string): undefined {
    this.#onSpeechEnd();
    this.#options.answer.reached('transcribed');
    this.#options.answer.processing(text);
  }

  #onAudio(bytes: Uint8Array, isLast: boolean): PipelineOutcome | undefined {
    const stream = this.#stream;
    // Audio that nothing has announced is of an answer before.
    if (!stream) return undefined;
    this.#expect('the rest of the answer', AUDIO_GAP_MS);
    const all = Buffer.concat([this.#odd, bytes]);
    this.#odd = all.subarray(all.length & ~1);
    if (all.length > 1) stream.push({ samples: samplesOf(all), sampleRateHz: SAMPLE_RATE_HZ });
    return isLast ? this.#onStreamEnd() : undefined;
  }

  #onStreamEnd(): PipelineOutcome | undefined {
    if (!this.#stream) return undefined;
    this.#stream.end();
    return 'streamed';
  }

  /** Codes of homeassistant/components/assist_pipeline: what it says is for its log. */
  #onError(code: string): PipelineOutcome {
    const { turn, answer } = this.#options;
    if (code === 'duplicate_wake_up_detected') return 'silent';
    const isSilence = code === 'stt-no-text-recognized' || code === 'no-speech' || code === 'timeout';
    if (isSilence && turn.patience && !this.#isSpeechOver) {
      answer.endUtterance('no-speech');
      return 'no-speech';
    }
    if (isSilence)
      throw new EarshotError('nothing_heard', 'Home Assistant has recognised no words', 'Speak louder, or nearer.');
    const known = /^[a-z][a-z0-9_-]{0,63}$/.test(code) ? code : 'without a code';
    const hint = 'See the log of Home Assistant, and its assistant under voice assistants.';
    throw new EarshotError('assistant_failed', `The pipeline of Home Assistant has failed (${known})`, hint);
  }

  #speak(sound: AsyncIterable<Pcm>): Promise<void> {
    const { voice, turn } = this.#options;
    const spoken = this.#spoken.samples(sound, this.#text, voice, turn.device);
    // The loop over the messages throws it at its end, or when it waits for the next one.
    spoken.catch((error: unknown) => this.#options.run.messages.fail(error));
    return spoken;
  }

  async #fetch(): Promise<PipelineOutcome> {
    const late = this.#late.signal;
    const sound = this.#options.sounds.fetch(this.#url, AbortSignal.any([this.#options.signal, late]));
    try {
      await this.#speak(sound);
    } finally {
      // Then there is not enough sound, but that is not why.
      late.throwIfAborted();
    }
    return 'fetched';
  }

  #expect(what: string, withinMs: number): void {
    const { answer, run } = this.#options;
    this.#expectNothing();
    this.#timer = answer.scope.clock.setTimeout(() => {
      const error = timedOut(PROVIDER, what, withinMs);
      this.#late.abort(error);
      run.messages.fail(error);
    }, withinMs);
  }

  #expectNothing(): void {
    this.#options.answer.scope.clock.clearTimeout(this.#timer);
  }
}
