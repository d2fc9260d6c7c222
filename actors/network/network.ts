/**
 * The network actor: the device's end of the connection to the gateway. It converts commands to messages and messages to events. The
 * turns are in turns.ts, one connection is in connection.ts.
 */
import type { ActorDefinition, ActorScope, RunningActor } from '../../src/core/actor/actor.ts';
import type { Channel } from '../../src/core/actor/channel.ts';
import type { DownlinkPacket, ReceiverReport, UplinkPacket } from '../../src/core/actor/data-plane.ts';
import type { QueueRegistry } from '../../src/core/actor/queue-metrics.ts';
import type { NetworkContract } from '../../src/core/contracts/index.ts';
import type { EarshotError } from '../../src/core/errors.ts';
import { createLimitedLog, type LimitedLog } from '../../src/core/log/limited-log.ts';
import type { Boot } from '../../src/core/time/boot.ts';
import type { StoredTurn } from '../../src/core/turn-store/turn-file.ts';
import { MAX_DURATION_MS } from '../../src/protocol/bounds.ts';
import type {
  AnnouncementMessage,
  CachedReplyMessage,
  GatewayMessage,
  Hello,
  Latencies,
  ReminderSpeechMessage,
} from '../../src/protocol/control.ts';
import { type Connection, type ConnectionHandlers, openConnection, type Welcome } from './connection.ts';
import { createGatewayBounds, GATEWAY_LOG_LINES_PER_MINUTE, type GatewayBounds } from './gateway-bounds.ts';
import type { WatchInterfaces } from './interface-watch.ts';
import { Move } from './move.ts';
import type { RoundTrip } from './round-trip.ts';
import type { Dial } from './socket.ts';
import { Turns } from './turns.ts';

export interface NetworkOptions {
  dial: Dial;
  hello: Hello;
  uplink: Channel<UplinkPacket>;
  /** Stored turns to be delivered. */
  backlog: Channel<StoredTurn>;
  downlink: (packet: DownlinkPacket) => void;
  /** For the encoder: how the packets of the live turn arrive at the gateway, and the state of the link. */
  onReceiverReport: (report: ReceiverReport) => void;
  watchInterfaces: WatchInterfaces;
  boot: Boot;
  /** In 0…1. */
  random: () => number;
  /** The device was paired. The token is used from the next connection on. */
  onToken?: (token: string) => void;
  onCachedReply?: (reply: CachedReplyMessage) => void;
  onReminderSpeech?: (speech: ReminderSpeechMessage) => void;
  /** Each live turn is a part of this trace. */
  traceparent?: (turnId: string) => string;
  /** Gets the metrics of the outbox and the socket. */
  queues?: QueueRegistry;
}

type ConnectionState =
  /** No connection is wanted: there was no `network.connect` yet, or this end has closed it. Owns nothing. */
  | { readonly status: 'closed' }
  /** The connection was lost. Owns the watch for a network that comes back, because then a new attempt should be made at once. */
  | { readonly status: 'lost'; stopWatching(): void }
  /** There is a connection, dialled or open. Owns it, and the move to another gateway, once the gateway has asked for it. */
  | { readonly status: 'connected'; readonly connection: Connection; readonly move?: Move };

const CLOSED = { status: 'closed' } as const;

export function defineNetwork(options: NetworkOptions): ActorDefinition<NetworkContract> {
  return (scope) => new Network(options, scope);
}

class Network implements RunningActor<NetworkContract> {
  readonly #options: NetworkOptions;
  readonly #scope: ActorScope<NetworkContract>;
  readonly #bounds: GatewayBounds;
  /** For log lines that the gateway causes. */
  readonly #log: LimitedLog;
  readonly #turns: Turns;
  #state: ConnectionState = CLOSED;
  /** The last session: a turn of it can be resumed. */
  #session: string | undefined;
  /** The last measurement, of this connection or the one before. */
  #roundTripMs = 0;

  constructor(options: NetworkOptions, scope: ActorScope<NetworkContract>) {
    const { uplink, backlog, downlink, boot, queues } = options;
    const { clock, log, send } = scope;
    this.#options = options;
    this.#scope = scope;
    this.#bounds = createGatewayBounds(clock);
    this.#log = createLimitedLog({ log, linesPerMinute: GATEWAY_LOG_LINES_PER_MINUTE, clock });
    scope.onEnd(this.#log.close);
    const onIdle = () => {
      if (this.#state.status === 'connected') this.#state.move?.onIdle();
    };
    this.#turns = new Turns({
      scope,
      gatewayLog: this.#log,
      boot,
      send,
      downlink,
      onIdle,
      traceparent: options.traceparent,
    });
    scope.receive(uplink, (packet) => this.#turns.add(packet));
    scope.receive(backlog, (stored) => this.#turns.deliver(stored));
    const guardedQueues = scope.guard(() => this.#turns.readQueues());
    if (queues) scope.onEnd(queues.watch(() => guardedQueues() ?? []));
  }

  receive(event: NetworkContract['receives']): void {
    switch (event.type) {
      case 'network.connect':
        return this.#connect();
      case 'network.close':
        return this.#close(event.reason);
      case 'device.metrics':
        return this.#connection?.send({ type: 'report', figures: event.metrics });
      case 'turn.latencies':
        return this.#connection?.send({ type: 'turn.report', id: event.id, latencyMs: plausible(event.latencyMs) });
      case 'device.mute': {
        const { muted, by } = event;
        const message = { type: 'mute', muted, ...(by && { by }) } as const;
        return this.#connection?.isOpen ? this.#connection.send(message) : undefined;
      }
      case 'say.declined':
      case 'reminder.rang':
        return this.#connection?.isOpen ? this.#connection.send(event) : undefined;
      case 'turn.start':
        return this.#turns.start(event);
      case 'turn.abort':
        return this.#turns.abort(event);
      case 'turn.playback':
        return this.#turns.reportPlayback(event);
    }
  }

  stop(): void {
    this.#turns.stop();
    this.#close('stopping');
  }

  get #connection(): Connection | undefined {
    return this.#state.status === 'connected' ? this.#state.connection : undefined;
  }

  #connect(): void {
    this.#close('dialling again');
    const { hello } = this.#options;
    const { resume } = this.#turns;
    const connection = this.#open(
      resume && this.#session ? { ...hello, resume: { session: this.#session, ...resume } } : hello,
      {
        onWelcome: (welcome) => this.#onWelcome(connection, welcome),
        onClosed: (error, retryable) => {
          if (this.#connection === connection) this.#onLost(error, retryable);
        },
      },
    );
    this.#state = { status: 'connected', connection };
    this.#turns.onDialled(connection);
  }

  /** Only the device's connection is heard: not one that it leaves, nor one that is to replace it. */
  #open(hello: Hello, handlers: Pick<ConnectionHandlers, 'onWelcome' | 'onClosed'>): Connection {
    const isOurs = () => this.#connection === connection;
    const connection: Connection = openConnection(
      this.#options.dial,
      hello,
      {
        ...handlers,
        onMessage: (message) => isOurs() && this.#onMessage(message),
        onPacket: (packet) => isOurs() && this.#turns.onPacket(packet),
        onRoundTrip: (measured) => isOurs() && this.#onRoundTrip(measured),
        onGoAway: (spreadMs) => isOurs() && this.#move(connection, spreadMs),
      },
      { ...this.#scope, log: this.#log },
    );
    return connection;
  }

  /** The gateway stops: the device goes on at another one. */
  #move(connection: Connection, spreadMs: number): void {
    const { hello, random } = this.#options;
    const { clock } = this.#scope;
    this.#log.info('the gateway stops: connecting to another one', { spreadMs });
    const move = new Move({
      ...{ spreadMs, random, clock },
      isIdle: () => this.#turns.isIdle,
      open: ({ onWelcome, onClosed }) => {
        const next = this.#open(hello, {
          onWelcome,
          onClosed: (error, retryable) => {
            if (this.#connection === next) this.#onLost(error, retryable);
            else onClosed();
          },
        });
        return next;
      },
      take: (next, welcome) => {
        // The turn began meanwhile, and is over or answered: it stays with the gateway that has it.
        if (this.#turns.mayBeAnswered) return false;
        this.#state = { status: 'connected', connection: next };
        this.#turns.onDisconnected();
        connection.close('going away, as asked');
        this.#turns.onDialled(next);
        this.#session = welcome.session;
        this.#turns.onWelcome(next, welcome);
        this.#scope.send({ type: 'network.moved', session: welcome.session });
        return true;
      },
    });
    this.#state = { status: 'connected', connection, move };
  }

  /** Releases what the state owns. The end of the connection is not reported. */
  #close(reason: string): void {
    const left = this.#state;
    this.#state = CLOSED;
    if (left.status === 'lost') left.stopWatching();
    if (left.status !== 'connected') return;
    left.move?.stop();
    this.#turns.onDisconnected();
    left.connection.close(reason);
  }

  #onLost(error: EarshotError, retryable: boolean): void {
    const { watchInterfaces, random } = this.#options;
    const { send } = this.#scope;
    if (this.#state.status === 'connected') this.#state.move?.stop();
    this.#turns.onDisconnected();
    // Before the report: its receiver may stop this actor.
    this.#state = {
      status: 'lost',
      stopWatching: watchInterfaces(() => send({ type: 'network.available' }), this.#scope),
    };
    send({ type: 'network.closed', error: error.info, retryable, jitter: random() });
  }

  #onWelcome(connection: Connection, welcome: Welcome): void {
    this.#session = welcome.session;
    this.#turns.onWelcome(connection, welcome);
    this.#scope.send({ type: 'network.opened', session: welcome.session });
  }

  #onRoundTrip({ roundTripMs, clockOffsetMs }: RoundTrip): void {
    this.#roundTripMs = roundTripMs;
    const { backlogMs } = this.#turns;
    this.#scope.send({ type: 'network.roundTrip', roundTripMs, clockOffsetMs, backlogMs });
  }

  #offer({ id, text, priority, expiresInMs }: AnnouncementMessage): void {
    const endsAtMs = this.#scope.clock.now() + expiresInMs;
    this.#scope.send({ type: 'say.offered', id, text, priority, endsAtMs });
  }

  #onMessage(message: GatewayMessage): void {
    const { send } = this.#scope;
    const { boot, onReceiverReport, onToken, onCachedReply, onReminderSpeech } = this.#options;
    switch (message.type) {
      case 'ack': {
        const fared = this.#turns.onAck(message);
        if (fared) onReceiverReport({ ...fared, roundTripMs: this.#roundTripMs, backlogMs: this.#turns.backlogMs });
        return;
      }
      case 'turn.partial':
        return this.#bounds.takesText() ? this.#turns.onPartial(message) : undefined;
      case 'reply.text':
        return this.#bounds.takesText() ? this.#turns.onCaption(message) : undefined;
      case 'listen.hold':
        return this.#turns.onListenHold(message);
      case 'listen.end':
        return this.#turns.onListenEnd(message);
      case 'turn.processing':
        return this.#turns.onProcessing(message);
      case 'reply.start':
        return this.#turns.onReplyStart(message);
      case 'turn.stored':
        return this.#turns.onStored(message);
      case 'turn.done':
        return this.#turns.onDone(message);
      case 'error':
        return this.#turns.onError(message);
      case 'pair.pending':
        return send({ type: 'network.pairing', code: message.code, expiresAtMs: message.expiresAt });
      case 'pair.approved':
        this.#log.info('the gateway has paired this device');
        return onToken?.(message.token);
      case 'reply.cached':
        if (this.#bounds.takesReply(message.key)) return onCachedReply?.(message);
        return this.#log.warn('a cached reply is refused', { key: message.key });
      case 'say':
        if (this.#bounds.takesAnnouncement()) return this.#offer(message);
        return this.#log.warn('too many announcements: this one is ignored', { announcement: message.id });
      case 'reminders':
        if (this.#bounds.takesReminders(message)) {
          return send({ ...message, type: 'reminders.listed', uptimeMs: boot.uptimeMs() });
        }
        return this.#log.warn('the reminders change too often: these are ignored');
      case 'reminder.speech':
        if (this.#bounds.takesSpeech(message.id)) return onReminderSpeech?.(message);
        return this.#log.warn('what a reminder says is refused', { reminder: message.id });
      case 'control':
        if (this.#bounds.takesControl()) return send({ type: 'control.received', action: message.action });
        return this.#log.warn('too many controls: this one is ignored', { action: message.action });
      case 'settings':
        if (this.#bounds.takesSettings(message.settings)) {
          return send({ type: 'settings.changed', settings: message.settings });
        }
        return this.#log.warn('settings change too often: these are ignored');
      default:
        this.#log.debug('message without effect', { messageType: message.type });
    }
  }
}

/** Without impossible values: some are computed from times of the gateway. */
function plausible(latencies: Latencies): Latencies {
  return Object.fromEntries(Object.entries(latencies).filter(([, ms]) => ms >= 0 && ms <= MAX_DURATION_MS));
}
