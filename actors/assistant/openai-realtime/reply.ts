/** One response of the model, from its events. */
import type { RealtimeResponse, RealtimeServerEvent } from 'openai/resources/realtime/realtime';
import type { CalledTool } from '../openai/called-tools.ts';
import { badAnswer, httpError, providerFailed, requestRefused } from '../parts/errors.ts';
import type { Pcm } from '../parts/synthesizer.ts';
import { REALTIME_RATE_HZ } from './session-events.ts';
import type { TracedResponse } from './traced-response.ts';

/** An item of the conversation that the model has spoken, as far as it was received. */
export interface SpokenItem {
  id: string;
  audioMs: number;
}

export interface ReplyOptions {
  provider: string;
  /** Its own items are added, in order. */
  items: SpokenItem[];
  onOutput(output: { type: 'text'; text: string } | { type: 'audio'; pcm: Pcm }): void;
  /** Any event of this response. */
  onProgress(): void;
  traced: TracedResponse | undefined;
}

export class Reply {
  /** Resolves with the first result. */
  readonly begun: Promise<void>;
  /** Resolves at the end, with the tools that the model calls. */
  readonly done: Promise<CalledTool[]>;
  /** As the server counted; only at the end. */
  usage: RealtimeResponse['usage'];
  audioMs = 0;
  isOver = false;
  readonly #options: ReplyOptions;
  readonly #calls: CalledTool[] = [];
  #id: string | undefined;
  #resolveBegun: () => void = () => {};
  #resolve: (calls: CalledTool[]) => void = () => {};
  #reject: (error: unknown) => void = () => {};
  #rest: Buffer = Buffer.alloc(0);

  constructor(options: ReplyOptions) {
    this.#options = options;
    this.done = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    const first = new Promise<void>((resolve) => {
      this.#resolveBegun = resolve;
    });
    this.begun = Promise.race([first, this.done.then(() => {})]);
    // Whoever waits handles them; nobody may be waiting.
    this.done.catch(() => {});
    this.begun.catch(() => {});
  }

  receive(event: RealtimeServerEvent): void {
    if (this.isOver) return;
    if (event.type === 'response.created') {
      this.#id ??= event.response.id;
      return;
    }
    const id = event.type === 'response.done' ? event.response.id : 'response_id' in event && event.response_id;
    if (this.#id === undefined || id !== this.#id) return;
    this.#options.onProgress();
    switch (event.type) {
      case 'response.output_audio.delta':
        return this.#hear(event.item_id, event.delta);
      case 'response.output_audio_transcript.delta':
      case 'response.output_text.delta':
        this.#resolveBegun();
        return this.#options.onOutput({ type: 'text', text: event.delta });
      case 'response.output_item.done': {
        const { item } = event;
        if (item.type !== 'function_call') return;
        this.#calls.push({ id: item.call_id ?? item.id ?? '', name: item.name, input: item.arguments });
        return;
      }
      case 'response.done':
        return this.#finish(event.response);
      default:
    }
  }

  /** What was received is the answer. */
  stop(): void {
    this.isOver = true;
    this.#options.traced?.done();
    this.#resolve([]);
  }

  fail(error: unknown): void {
    this.isOver = true;
    this.#options.traced?.fail(error);
    this.#reject(error);
  }

  #hear(id: string, delta: string): void {
    const bytes = Buffer.concat([this.#rest, Buffer.from(delta, 'base64')]);
    const samples = new Int16Array(bytes.length >> 1);
    new Uint8Array(samples.buffer).set(bytes.subarray(0, samples.byteLength));
    this.#rest = bytes.subarray(samples.byteLength);
    if (samples.length === 0) return;
    const ms = (samples.length * 1_000) / REALTIME_RATE_HZ;
    this.audioMs += ms;
    const item = this.#options.items.find((each) => each.id === id);
    if (item) item.audioMs += ms;
    else this.#options.items.push({ id, audioMs: ms });
    this.#resolveBegun();
    this.#options.onOutput({ type: 'audio', pcm: { samples, sampleRateHz: REALTIME_RATE_HZ } });
  }

  #finish({ status, status_details, usage }: RealtimeResponse): void {
    this.usage = usage;
    const { provider } = this.#options;
    const type = status_details?.error?.code ?? status_details?.error?.type;
    if (status === 'failed' && (type === 'insufficient_quota' || type === 'rate_limit_exceeded')) {
      return this.fail(httpError(provider, 429, { type }));
    }
    if (status === 'failed') return this.fail(providerFailed(provider, 'the response failed'));
    if (status === 'incomplete' && status_details?.reason === 'content_filter') {
      return this.fail(requestRefused(provider, 'content filter', 'its content policy'));
    }
    if (status !== 'cancelled' && this.audioMs === 0 && this.#calls.length === 0) {
      return this.fail(badAnswer(provider, 'it has no audio', { isRetryable: true }));
    }
    this.isOver = true;
    this.#options.traced?.done(usage);
    this.#resolve(this.#calls);
  }
}
