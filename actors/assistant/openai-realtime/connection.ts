/**
 * One WebSocket of OpenAI's Realtime API: events in JSON both ways. A connection that is dead is detected by pings.
 */
import type { IncomingMessage } from 'node:http';
import type { RealtimeClientEvent, RealtimeServerEvent } from 'openai/resources/realtime/realtime';
import { WebSocket } from 'ws';
import type { Scope } from '../../../src/core/actor/scope.ts';
import { within } from '../../../src/core/time/within.ts';
import { type AssistantError, badAnswer, httpError, providerFailed, timedOut, unreachable } from '../parts/errors.ts';
import { failureCode } from '../requests/traced-call.ts';
import { type TracedHttpCall, traceHttpCall } from '../requests/traced-http-call.ts';

export interface ConnectionOptions {
  url: URL;
  key: string | undefined;
  provider: string;
  timeoutMs: number;
  /** Of the conversation. */
  scope: Scope;
  onEvent(event: RealtimeServerEvent): void;
  /** Called once. */
  onClose(error: AssistantError): void;
}

/** The largest known event is a response with its audio; OpenAI sends none of more than 1 MB. */
const MAX_EVENT_BYTES = 4_194_304;
/** Bytes that may wait for the server to read them: 40 s of speech. */
const MAX_UNREAD_BYTES = 2_560_000;
const PING_MS = 15_000;
/** From the wait for it to the end of a response that was cancelled, at most. A person waits, too; a new connection takes less. */
const CANCELLED_MS = 1_000;

export class RealtimeConnection {
  /** Resolves when events can be sent. */
  readonly opened: Promise<void>;
  /** The server knows the conversation so far. */
  isSeeded = false;
  /** Turns that began on it. */
  turns = 0;
  readonly #socket: WebSocket;
  readonly #options: ConnectionOptions;
  readonly #handshake: TracedHttpCall | undefined;
  #pingTimer: unknown;
  #error: AssistantError | undefined;
  #isAlive = true;
  /** Responses that were asked for and are not done. */
  #responses = 0;
  /** Of those who wait until there is none. */
  readonly #onIdle = new Set<() => void>();
  #rejectOpened: (error: AssistantError) => void = () => {};

  constructor(options: ConnectionOptions) {
    this.#options = options;
    const { url, key, provider, timeoutMs, scope } = options;
    const { guard } = scope;
    this.#handshake = traceHttpCall('GET', url);
    this.#socket = new WebSocket(url, {
      perMessageDeflate: false,
      maxPayload: MAX_EVENT_BYTES,
      handshakeTimeout: Math.min(timeoutMs, 2 ** 31 - 1),
      // A redirect is an unexpected response: the key goes to no other server.
      followRedirects: false,
      ...(key !== undefined && { headers: { authorization: `Bearer ${key}` } }),
    });
    this.opened = new Promise((resolve, reject) => {
      this.#rejectOpened = reject;
      const onOpen = () => {
        this.#handshake?.onStatus(101);
        this.#handshake?.end();
        resolve();
      };
      this.#socket.on('open', guard(onOpen));
    });
    // Whoever waits for it handles it; nobody may be waiting.
    this.opened.catch(() => {});
    const onClose = () => {
      scope.clock.clearTimeout(this.#pingTimer);
      this.#release();
      options.onClose(this.#reason);
    };
    this.#socket.on('close', guard(onClose));
    const onRefused = (_request: unknown, { statusCode = 0 }: IncomingMessage) => {
      this.#handshake?.onStatus(statusCode);
      this.#handshake?.end();
      this.#fail(httpError(provider, statusCode));
    };
    this.#socket.on('unexpected-response', guard(onRefused));
    const onError = (cause: Error) => {
      const isLate = cause.message === 'Opening handshake has timed out';
      this.#error ??= isLate ? timedOut(provider, 'an answer', timeoutMs) : unreachable(provider, cause);
    };
    this.#socket.on('error', guard(onError));
    const onMessage = (data: Buffer) => this.#receive(data);
    this.#socket.on('message', guard(onMessage));
    const onPong = () => {
      this.#isAlive = true;
    };
    this.#socket.on('pong', guard(onPong));
    this.#ping();
  }

  get isOpen(): boolean {
    return this.#socket.readyState === WebSocket.OPEN;
  }

  /** Open, or not open yet. */
  get isUsable(): boolean {
    return this.isOpen || this.#socket.readyState === WebSocket.CONNECTING;
  }

  send(event: RealtimeClientEvent): void {
    if (!this.isOpen) return;
    if (this.#socket.bufferedAmount > MAX_UNREAD_BYTES) {
      return this.#fail(providerFailed(this.#options.provider, 'it does not read what it is sent'));
    }
    if (event.type === 'response.create') this.#responses += 1;
    this.#socket.send(JSON.stringify(event));
  }

  /**
   * Resolves when no response is being made: until then the server refuses to begin another one.
   * @throws AssistantError `assistant_failed`: it does not end one, and the connection is closed
   */
  async idle(): Promise<void> {
    if (this.#responses === 0 || !this.isUsable) return;
    let isOver = false;
    const over = new Promise<void>((resolve) => {
      this.#onIdle.add(() => {
        isOver = true;
        resolve();
      });
    });
    await within(over, CANCELLED_MS, this.#options.scope.clock);
    if (isOver) return;
    this.#fail(providerFailed(this.#options.provider, 'it does not end a response that was cancelled'));
    throw this.#reason;
  }

  /** Who waits for it gets the error at once: when the conversation has ended, `onClose` is not called any more. */
  close(error?: AssistantError): void {
    this.#error ??= error;
    this.#socket.terminate();
    this.#release();
  }

  /** Nobody waits for a connection that is closed. */
  #release(): void {
    this.#handshake?.end(failureCode(this.#reason));
    this.#rejectOpened(this.#reason);
    this.#endWaits();
  }

  #endWaits(): void {
    for (const onIdle of this.#onIdle) onIdle();
    this.#onIdle.clear();
  }

  get #reason(): AssistantError {
    return this.#error ?? unreachable(this.#options.provider, Object.assign(new Error(), { code: 'ECONNRESET' }));
  }

  #fail(error: AssistantError): void {
    this.#error ??= error;
    this.#socket.terminate();
  }

  #receive(data: Buffer): void {
    this.#isAlive = true;
    const event = parseEvent(data.toString('utf8'));
    if (!event) return this.#fail(badAnswer(this.#options.provider, 'an event is not valid'));
    if (event.type === 'response.done') {
      this.#responses = Math.max(0, this.#responses - 1);
      if (this.#responses === 0) this.#endWaits();
    }
    this.#options.onEvent(event);
  }

  #ping(): void {
    const { clock } = this.#options.scope;
    const onTime = () => {
      if (!this.#isAlive) return this.#socket.terminate();
      this.#isAlive = false;
      if (this.isOpen) this.#socket.ping();
      this.#ping();
    };
    this.#pingTimer = clock.setTimeout(onTime, PING_MS);
  }
}

/** Names of the beta, which some compatible servers still use. */
const FORMER_NAMES: Record<string, string> = {
  'response.audio.delta': 'response.output_audio.delta',
  'response.audio_transcript.delta': 'response.output_audio_transcript.delta',
  'response.text.delta': 'response.output_text.delta',
};

function parseEvent(json: string): RealtimeServerEvent | undefined {
  try {
    const event = JSON.parse(json);
    if (typeof event?.type !== 'string') return undefined;
    return { ...event, type: FORMER_NAMES[event.type] ?? event.type };
  } catch {
    return undefined;
  }
}
