/** One turn of a Realtime conversation: speech in, speech out, tools in between. */

import type { RealtimeServerEvent } from 'openai/resources/realtime/realtime';
import { AsyncQueue } from '../../../src/core/actor/async-queue.ts';
import { errorFields } from '../../../src/core/errors.ts';
import { within } from '../../../src/core/time/within.ts';
import { SAMPLE_RATE_HZ } from '../../../src/protocol/format.ts';
import { createResampler, type Resampler } from '../../sound/resampler.ts';
import { toFloat, toS16 } from '../../sound/s16.ts';
import { callTool } from '../openai/called-tools.ts';
import { type BrainRequest, toolContext } from '../parts/brain.ts';
import { AssistantError, badAnswer, providerFailed, requestRefused, timedOut, unreachable } from '../parts/errors.ts';
import type { PartContext } from '../parts/provider.ts';
import type { SpokenOutput, SpokenTurn } from '../parts/speech-to-speech.ts';
import type { UtteranceDecoder, UtteranceDecoders } from '../recognition/utterance-decoder.ts';
import { limitedCall } from '../requests/limited-request.ts';
import type { RealtimeConnection } from './connection.ts';
import { Reply, type SpokenItem } from './reply.ts';
import type { ConversationTurn, RealtimeSession } from './session.ts';
import { itemsFor, REALTIME_RATE_HZ, sessionUpdate } from './session-events.ts';
import { traceResponse } from './traced-response.ts';

export interface RealtimeTurnOptions {
  request: Omit<BrainRequest, 'text'>;
  signal: AbortSignal;
  session: RealtimeSession;
  decoders: UtteranceDecoders;
  context: PartContext;
  /** For people. */
  provider: string;
  url: URL;
  voice: string;
  timeoutMs: number;
}

/** Responses of one turn: after each of them but the last the model may call tools. */
const MAX_RESPONSES = 5;
/** A longer answer ends here. */
const MAX_ANSWER_MS = 4 * 60_000;
/** The server refuses shorter speech. */
const MIN_SPEECH_MS = 100;
const MAX_SPEECH_MS = 5 * 60_000;
/** What was said may be written down after the answer has ended; then for so long is waited for it. */
const TRANSCRIPT_MS = 1_000;
/** Tokens of audio (platform.openai.com/docs/guides/realtime-costs), where the server did not count them. */
const INPUT_TOKEN_MS = 100;
const OUTPUT_TOKEN_MS = 50;
/** Events whose failure does not matter: what they end may have ended by itself. */
const MAY_FAIL = 'may-fail';
const CANCEL = { type: 'response.cancel', event_id: `${MAY_FAIL}-cancel` } as const;

export class RealtimeTurn implements SpokenTurn, ConversationTurn {
  readonly output = new AsyncQueue<SpokenOutput>();
  readonly #options: RealtimeTurnOptions;
  readonly #decoder: UtteranceDecoder;
  readonly #resampler: Promise<Resampler>;
  /** The utterance at 24 kHz: kept until the answer begins, in case that it has to be sent again. */
  #speech: Buffer[] = [];
  #speechMs = 0;
  #sent = 0;
  /** The connection that has the utterance, as far as it was sent. */
  #connection: RealtimeConnection | undefined;
  #isCommitted = false;
  #userItem: string | undefined;
  #reply: Reply | undefined;
  readonly #items: SpokenItem[] = [];
  #failure: AssistantError | undefined;
  #silence: unknown;
  #onTranscript: () => void = () => {};
  readonly #onAbort = (): void => this.#abort();
  readonly #transcribed = new Promise<void>((resolve) => {
    this.#onTranscript = resolve;
  });

  constructor(options: RealtimeTurnOptions) {
    this.#options = options;
    const { decoders, request, session, signal } = options;
    this.#resampler = createResampler(SAMPLE_RATE_HZ, REALTIME_RATE_HZ);
    let samples: Promise<void> = Promise.resolve();
    this.#decoder = decoders.begin({
      signal,
      onResult: (part) => {
        samples = samples.then(() => this.#hear(part));
      },
    });
    this.#heard = () => samples;
    signal.addEventListener('abort', this.#onAbort, { once: true });
    session.enter(this, request.history.length === 0);
    // So that the speech is sent while it arrives. After a failure that may pass, `finish` tries it again.
    this.#connect().catch((error) => {
      if (error instanceof AssistantError && !error.isRetryable) this.#failure = error;
    });
  }

  /** Resolves when all decoded samples are resampled. */
  readonly #heard: () => Promise<void>;

  push(frames: readonly Uint8Array[], gapSamples: number): void {
    if (this.#speechMs < MAX_SPEECH_MS) this.#decoder.push(frames, gapSamples);
  }

  finish(): void {
    this.#answer()
      .then(() => this.output.end())
      .catch((error) => {
        this.#reply?.fail(error);
        this.output.fail(error);
        // In which state its session is, is not known.
        if (!this.#options.signal.aborted) this.#options.session.drop();
      })
      .finally(() => {
        // What comes after it is not this turn's; its signal may live longer.
        this.#options.signal.removeEventListener('abort', this.#onAbort);
        this.#end();
      });
  }

  heard(playedMs: number): void {
    this.#cancel();
    let leftMs = playedMs;
    for (const { id, audioMs } of this.#items) {
      const heardMs = Math.floor(Math.min(leftMs, audioMs));
      leftMs = Math.max(0, leftMs - audioMs);
      const event_id = `${MAY_FAIL}-${id}`;
      if (heardMs >= Math.floor(audioMs)) continue;
      if (heardMs === 0) this.#connection?.send({ type: 'conversation.item.delete', item_id: id, event_id });
      else {
        const cut = { item_id: id, content_index: 0, audio_end_ms: heardMs, event_id };
        this.#connection?.send({ type: 'conversation.item.truncate', ...cut });
      }
    }
  }

  receive(event: RealtimeServerEvent): void {
    switch (event.type) {
      case 'input_audio_buffer.committed':
        this.#userItem = event.item_id;
        return;
      case 'conversation.item.input_audio_transcription.completed':
        if (event.item_id !== this.#userItem) return;
        this.output.push({ type: 'transcript', text: event.transcript.trim() });
        return this.#onTranscript();
      case 'conversation.item.input_audio_transcription.failed':
        return this.#onTranscript();
      case 'error':
        return this.#refused(event.error);
      default:
        this.#reply?.receive(event);
    }
  }

  onConnectionLost(connection: RealtimeConnection, error: AssistantError): void {
    if (connection !== this.#connection) return;
    this.#connection = undefined;
    this.#reply?.fail(error);
  }

  async #hear(samples: Int16Array): Promise<void> {
    const resampler = await this.#resampler;
    this.#add(toS16(resampler.push(toFloat(samples))));
  }

  #add(samples: Int16Array): void {
    if (samples.length === 0) return;
    this.#speech.push(Buffer.from(samples.buffer, samples.byteOffset, samples.byteLength));
    this.#speechMs += (samples.length * 1_000) / REALTIME_RATE_HZ;
    this.#sendSpeech();
  }

  /** Resolves when the connection has the settings and the utterance so far. */
  async #connect(): Promise<RealtimeConnection> {
    const { session, request, voice, signal } = this.#options;
    const connection = session.connection();
    await connection.opened;
    if (connection === this.#connection || signal.aborted) return connection;
    this.#connection = connection;
    this.#sent = 0;
    this.#isCommitted = false;
    connection.send(sessionUpdate(request, connection.isSeeded ? undefined : (request.device.voice ?? voice)));
    if (!connection.isSeeded) for (const item of itemsFor(request.history)) connection.send(item);
    connection.isSeeded = true;
    this.#sendSpeech();
    return connection;
  }

  #sendSpeech(): void {
    while (this.#connection && this.#sent < this.#speech.length) {
      const audio = this.#speech[this.#sent]?.toString('base64') ?? '';
      this.#sent += 1;
      this.#connection.send({ type: 'input_audio_buffer.append', audio });
    }
  }

  async #answer(): Promise<void> {
    const { signal, request, provider, clock, timeoutMs, onRetry } = this.#limits();
    await this.#decoder.finish();
    await this.#heard();
    const resampler = await this.#resampler;
    this.#add(toS16(resampler.flush()));
    resampler.close();
    if (this.#speechMs < MIN_SPEECH_MS) return this.output.push({ type: 'transcript', text: '' });
    const limits = { provider, clock, timeoutMs, signal, onRetry };
    let reply = await limitedCall(() => this.#ask(), limits);
    for (let count = 1; ; count++) {
      const calls = await reply.done;
      this.#count(reply);
      if (calls.length === 0 || signal.aborted) break;
      if (count === MAX_RESPONSES) throw badAnswer(provider, 'it calls tools without end');
      for (const called of calls) {
        const call = await callTool(called, request.tools, toolContext(request, signal));
        if (signal.aborted) return;
        this.output.push({ type: 'tool', call });
        const output = call.result ?? `Error: ${call.error}`;
        const item = { type: 'function_call_output', call_id: called.id, output } as const;
        this.#connection?.send({ type: 'conversation.item.create', item });
      }
      reply = await limitedCall(() => this.#askAgain(), { ...limits, mayRetry: false });
    }
    await within(this.#transcribed, TRANSCRIPT_MS, clock);
  }

  #limits() {
    const { context, ...options } = this.#options;
    const { clock, log } = context;
    const onRetry = (error: AssistantError, pauseMs: number) =>
      log.info('a provider is asked again', { ...errorFields(error), pauseMs });
    return { ...options, clock, onRetry };
  }

  /** Resolves when the answer begins. */
  async #ask(): Promise<Reply> {
    if (this.#failure) throw this.#failure;
    const connection = await this.#connect();
    if (!this.#isCommitted) connection.send({ type: 'input_audio_buffer.commit' });
    this.#isCommitted = true;
    return this.#createReply(connection);
  }

  /** With the results of tools: only on the connection that has called them. */
  async #askAgain(): Promise<Reply> {
    if (this.#connection) return this.#createReply(this.#connection);
    throw this.#lost;
  }

  async #createReply(connection: RealtimeConnection): Promise<Reply> {
    await connection.idle();
    const { provider, url, signal } = this.#options;
    signal.throwIfAborted();
    // It was lost meanwhile: nothing would come.
    if (!connection.isOpen) throw this.#lost;
    const reply = new Reply({
      provider,
      items: this.#items,
      onOutput: (output) => {
        this.output.push(output);
        if (reply.audioMs > MAX_ANSWER_MS) this.#cut(reply);
      },
      onProgress: () => this.#expectMore(),
      traced: traceResponse(url),
    });
    this.#reply = reply;
    connection.send({ type: 'response.create' });
    await reply.begun;
    this.#speech = [];
    this.#sent = 0;
    return reply;
  }

  get #lost(): AssistantError {
    return unreachable(this.#options.provider, Object.assign(new Error(), { code: 'ECONNRESET' }));
  }

  #expectMore(): void {
    const { session, provider, timeoutMs } = this.#options;
    session.clock.clearTimeout(this.#silence);
    if (!Number.isFinite(timeoutMs)) return;
    const onTime = () => this.#cancel(timedOut(provider, 'the rest of the answer', timeoutMs));
    this.#silence = session.clock.setTimeout(onTime, timeoutMs);
  }

  #cut(reply: Reply): void {
    const { context, provider } = this.#options;
    context.log.warn('an answer was too long and was cut', { provider });
    this.#connection?.send(CANCEL);
    reply.stop();
  }

  #refused({ code, type, event_id }: { code?: string | null; type: string; event_id?: string | null }): void {
    const { session, provider, context } = this.#options;
    if (event_id?.startsWith(MAY_FAIL) || code === 'response_cancel_not_active') {
      context.log.debug('a Realtime event was not needed', { code: code ?? undefined });
      return;
    }
    const error =
      type === 'server_error' ? providerFailed(provider, 'it reports an error') : requestRefused(provider, 'Realtime');
    this.#failure = error;
    this.#reply?.fail(error);
    session.drop();
  }

  /** The server is told at once. */
  #abort(): void {
    this.output.clear();
    if (this.#connection && this.#sent > 0 && !this.#isCommitted) {
      this.#connection.send({ type: 'input_audio_buffer.clear', event_id: `${MAY_FAIL}-clear` });
    }
    this.#cancel();
    this.#end();
  }

  /** Ends the answer: with an error, or because nobody waits for it. */
  #cancel(error: unknown = this.#options.signal.reason): void {
    const reply = this.#reply;
    if (!reply || reply.isOver) return;
    this.#connection?.send(CANCEL);
    this.#count(reply);
    reply.fail(error);
  }

  #end(): void {
    this.#options.session.clock.clearTimeout(this.#silence);
    this.#speech = [];
  }

  #count({ usage, audioMs }: Reply): void {
    this.#options.context.reportUsage(this.#options.request.device.name, {
      requests: 1,
      inputTokens: usage?.input_tokens ?? Math.ceil(this.#speechMs / INPUT_TOKEN_MS),
      outputTokens: usage?.output_tokens ?? Math.ceil(audioMs / OUTPUT_TOKEN_MS),
      inputAudioMs: Math.round(this.#speechMs),
      outputAudioMs: Math.round(audioMs),
    });
  }
}
