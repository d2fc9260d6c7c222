/**
 * The conversation of one device: its connection is kept open between turns, so that a turn needs no handshake, and is
 * made again when it breaks. The model's memory of the conversation ends with the connection.
 */
import type { RealtimeServerEvent } from 'openai/resources/realtime/realtime';
import { createScope, type OwnedScope } from '../../../src/core/actor/scope.ts';
import { errorFields, messageOf } from '../../../src/core/errors.ts';
import type { Log } from '../../../src/core/log/log.ts';
import { outsideSpans } from '../../../src/core/process/running-span.ts';
import { backoffMs } from '../../../src/core/time/backoff.ts';
import type { Clock } from '../../../src/core/time/clock.ts';
import { type AssistantError, providerFailed } from '../parts/errors.ts';
import { type ConnectionOptions, RealtimeConnection } from './connection.ts';

/** The turn that is in progress. */
export interface ConversationTurn {
  receive(event: RealtimeServerEvent): void;
  onConnectionLost(connection: RealtimeConnection, error: AssistantError): void;
}

export interface ConversationOptions {
  /** Read at each connection: the key may change. */
  address(): Pick<ConnectionOptions, 'url' | 'key' | 'timeoutMs'>;
  provider: string;
  clock: Clock;
  log: Log;
  /** It has failed and is not to be used any more. */
  onEnd(): void;
}

/** Without a turn for so long the connection is closed. */
const IDLE_MS = 10 * 60_000;
const RECONNECT = { firstMs: 1_000, longestMs: 60_000 };

export class RealtimeSession {
  readonly #options: ConversationOptions;
  readonly #scope: OwnedScope;
  #connection: RealtimeConnection | undefined;
  #turn: ConversationTurn | undefined;
  #failures = 0;
  #idleTimer: unknown;
  #reconnectTimer: unknown;
  #isClosed = false;

  constructor(options: ConversationOptions) {
    this.#options = options;
    const { clock, log } = options;
    this.#scope = createScope('a Realtime conversation', { clock, log, onCrash: (error) => this.#onCrash(error) });
  }

  /** Its timers end with the conversation. */
  get clock(): Clock {
    return this.#scope.clock;
  }

  /**
   * A turn begins; the one before gets no more events. `isForgotten`: the person has had everything deleted, or has said
   * nothing yet: then the model must not know anything either.
   */
  enter(turn: ConversationTurn, isForgotten: boolean): void {
    const { clock } = this;
    this.#turn = turn;
    if (isForgotten && this.#connection && this.#connection.turns > 0) this.drop();
    const connection = this.connection();
    connection.turns += 1;
    clock.clearTimeout(this.#idleTimer);
    this.#idleTimer = clock.setTimeout(() => this.close(), IDLE_MS);
  }

  /**
   * The open connection, or a new one that opens.
   * @throws AssistantError `assistant_failed` after the end
   */
  connection(): RealtimeConnection {
    if (this.#scope.isOver()) throw this.#failed;
    if (this.#connection?.isUsable) return this.#connection;
    this.clock.clearTimeout(this.#reconnectTimer);
    this.#isClosed = false;
    const connection: RealtimeConnection = new RealtimeConnection({
      ...this.#options.address(),
      provider: this.#options.provider,
      scope: this.#scope,
      onEvent: (event) => {
        if (event.type === 'session.created') this.#failures = 0;
        if (connection === this.#connection) this.#turn?.receive(event);
      },
      onClose: (error) => this.#onClose(connection, error),
    });
    this.#connection = connection;
    return connection;
  }

  /** The connection is in a state that is not known. The next turn gets another one. */
  drop(): void {
    const connection = this.#connection;
    this.#connection = undefined;
    connection?.close();
  }

  /** The next turn opens it again. */
  close(): void {
    const { clock } = this;
    this.#isClosed = true;
    clock.clearTimeout(this.#idleTimer);
    clock.clearTimeout(this.#reconnectTimer);
    this.#connection?.close();
    this.#connection = undefined;
  }

  /** For good. */
  end(): void {
    this.close();
    this.#scope.end();
  }

  get #failed(): AssistantError {
    return providerFailed(this.#options.provider, 'an event could not be processed');
  }

  #onCrash(thrown: unknown): void {
    const { log, onEnd } = this.#options;
    log.error('a Realtime conversation failed', { error: messageOf(thrown) });
    const connection = this.#connection;
    connection?.close(this.#failed);
    this.close();
    if (connection) this.#turn?.onConnectionLost(connection, this.#failed);
    onEnd();
  }

  #onClose(connection: RealtimeConnection, error: AssistantError): void {
    const { clock } = this;
    const { log } = this.#options;
    const isCurrent = connection === this.#connection;
    if (isCurrent) this.#connection = undefined;
    this.#turn?.onConnectionLost(connection, error);
    if (!isCurrent || this.#connection || this.#isClosed || !error.isRetryable) return;
    this.#failures += 1;
    const delayMs = backoffMs(this.#failures, RECONNECT);
    log.debug('a Realtime connection is made again', { ...errorFields(error), delayMs });
    // It is made for no turn.
    this.#reconnectTimer = clock.setTimeout(() => outsideSpans(() => this.connection()), delayMs);
  }
}
