/**
 * One run of Home Assistant's voice pipeline, for one turn of a device: speech goes there, events and the audio of the answer come back. What belongs to an earlier
 * run is left out: messages name no run.
 */
import { AsyncQueue } from '../../core/actor/async-queue.ts';
import { PIPELINE_EVENTS, type PipelineEventName } from '../../core/esphome/messages.ts';

/** What comes of a run, in order. */
export type PipelineMessage =
  /** It has begun, and takes speech. */
  | { type: 'accepted' }
  | { type: 'event'; name: PipelineEventName; data: Readonly<Record<string, string>> }
  /** Of the answer: mono, 16 kHz, 16 bit, little-endian. */
  | { type: 'audio'; bytes: Uint8Array; isLast: boolean };

/** How a run ends without an answer. */
export type PipelineFailure = 'refused' | 'disconnected' | 'too-much';

export interface PipelineClient {
  start(): void;
  audio(bytes: Uint8Array): void;
  endAudio(): void;
  cancel(): void;
}

export interface PipelineRunOptions {
  /** The client that has subscribed. */
  client: PipelineClient;
  /** Resolves when the run before does not send anything any more. */
  after: Promise<void>;
  failure(reason: PipelineFailure): Error;
}

/** Of one run. Home Assistant sends about 15 events, and 32,000 bytes of audio a second: ten minutes of it. */
const MAX_EVENTS = 1_000;
const MAX_AUDIO_BYTES = 19_200_000;
/** 64 ms of speech. */
const MESSAGE_BYTES = 2_048;
/** Speech that waits until the run has begun: 10 s of it. */
const MAX_WAITING_BYTES = 320_000;

const NAMES = new Map(Object.entries(PIPELINE_EVENTS).map(([name, id]) => [id as number, name as PipelineEventName]));

export class PipelineRun {
  /** One reader. It throws the run's failure. */
  readonly messages = new AsyncQueue<PipelineMessage>();
  /** Resolves when Home Assistant has ended it. */
  readonly settled: Promise<void>;
  readonly #options: PipelineRunOptions;
  #state: 'waiting' | 'asked' | 'accepted' | 'over' = 'waiting';
  #hasBegun = false;
  #speech: Uint8Array[] = [];
  #speechBytes = 0;
  #isSpeechOver = false;
  #events = 0;
  #audioBytes = 0;
  #settle: () => void = () => {};

  constructor(options: PipelineRunOptions) {
    this.#options = options;
    this.settled = new Promise((resolve) => {
      this.#settle = resolve;
    });
  }

  /** Home Assistant was asked for it. */
  get hasBegun(): boolean {
    return this.#hasBegun;
  }

  /** No more speech is wanted. */
  get isSpeechOver(): boolean {
    return this.#isSpeechOver;
  }

  /** Asks for the run. */
  async begin(): Promise<void> {
    await this.#options.after;
    if (this.#state !== 'waiting') return;
    this.#state = 'asked';
    this.#hasBegun = true;
    this.#options.client.start();
  }

  /** Speech: mono, 16 kHz, 16 bit, little-endian. */
  speech(bytes: Uint8Array): void {
    if (this.#isSpeechOver || this.#state === 'over') return;
    if (this.#state === 'accepted') return this.#send(bytes);
    this.#speechBytes += bytes.length;
    if (this.#speechBytes <= MAX_WAITING_BYTES) return void this.#speech.push(bytes);
    if (this.#hasBegun) this.#options.client.cancel();
    this.fail('refused');
  }

  /** The utterance is over. */
  endSpeech(): void {
    if (this.#isSpeechOver) return;
    this.#isSpeechOver = true;
    if (this.#state === 'accepted') this.#options.client.endAudio();
  }

  /** Home Assistant has heard the end of the utterance: it wants no more of it. */
  stopSpeech(): void {
    this.#isSpeechOver = true;
  }

  /** The answer is not needed any more. */
  cancel(): void {
    if (this.#state === 'over') return;
    this.#state = 'over';
    this.messages.clear();
    if (this.#hasBegun) this.#options.client.cancel();
    else this.#settle();
  }

  /** The turn has what it needs. */
  release(): void {
    this.#state = 'over';
    this.messages.clear();
  }

  fail(reason: PipelineFailure): void {
    if (this.#state === 'over') return;
    this.messages.fail(this.#options.failure(reason));
    if (reason === 'too-much') this.#options.client.cancel();
    else this.#settle();
    this.#state = 'over';
  }

  onResponse(isError: boolean): void {
    if (this.#state !== 'asked') return;
    if (isError) return this.fail('refused');
    this.#state = 'accepted';
    for (const bytes of this.#speech.splice(0)) this.#send(bytes);
    if (this.#isSpeechOver) this.#options.client.endAudio();
    this.messages.push({ type: 'accepted' });
  }

  /** In messages of a size that Home Assistant knows from other devices. */
  #send(bytes: Uint8Array): void {
    for (let at = 0; at < bytes.length; at += MESSAGE_BYTES) {
      this.#options.client.audio(bytes.subarray(at, at + MESSAGE_BYTES));
    }
  }

  onEvent(eventType: number, data: readonly { name: string; value: string }[]): void {
    const name = NAMES.get(eventType);
    if (name === 'runEnd' || name === 'error') this.#settle();
    // Before that, it is of the run before.
    if (name === undefined || this.#state !== 'accepted') return;
    this.#events += 1;
    if (this.#events > MAX_EVENTS) return this.fail('too-much');
    this.messages.push({ type: 'event', name, data: Object.fromEntries(data.map((each) => [each.name, each.value])) });
  }

  onAudio(bytes: Uint8Array, isLast: boolean): void {
    if (this.#state !== 'accepted') return;
    this.#audioBytes += bytes.length;
    if (this.#audioBytes > MAX_AUDIO_BYTES) return this.fail('too-much');
    this.messages.push({ type: 'audio', bytes, isLast });
  }
}
