/**
 * The turns that a device sends, one at a time: the live one, or a stored one while there is no live one. It numbers
 * them, and passes each the messages of the gateway that concern it.
 */

import type { DownlinkPacket, ReceiverReport, UplinkPacket } from '../../src/core/actor/data-plane.ts';
import type { QueueMetrics } from '../../src/core/actor/queue-metrics.ts';
import type { Scope } from '../../src/core/actor/scope.ts';
import type { NetworkContract, TurnTiming } from '../../src/core/contracts/index.ts';
import type { ErrorInfo } from '../../src/core/errors.ts';
import type { Log } from '../../src/core/log/log.ts';
import { type Boot, stampOf } from '../../src/core/time/boot.ts';
import type { StoredTurn } from '../../src/core/turn-store/turn-file.ts';
import type { GatewayMessage } from '../../src/protocol/control.ts';
import { turnOf, turnTagOf } from '../../src/protocol/packet.ts';
import type { Connection, Welcome } from './connection.ts';
import { StoredTurnDelivery } from './delivery.ts';
import { LiveTurn } from './live-turn.ts';
import { MAX_TURN_PACKETS, outgoingLiveTurn, outgoingStoredTurn } from './outgoing-turn.ts';
import { MAX_SOCKET_BUFFER_BYTES } from './packet-sender.ts';
import { TurnDates } from './turn-dates.ts';
import { withoutUndefined } from './without-undefined.ts';

type Command<Type> = Extract<NetworkContract['receives'], { type: Type }>;
type Message<Type> = Extract<GatewayMessage, { type: Type }>;

/** There is no live turn, and none is delivered. Owns nothing. */
interface Idle {
  readonly status: 'idle';
  readonly outgoing?: undefined;
}
const IDLE: Idle = { status: 'idle' };

export interface TurnsOptions {
  scope: Pick<Scope, 'clock' | 'log'>;
  /** For log lines that the gateway causes. */
  gatewayLog: Log;
  boot: Boot;
  send: (event: NetworkContract['sends']) => void;
  downlink: (packet: DownlinkPacket) => void;
  /** The turns are traced. */
  traceparent?: ((turnId: string) => string) | undefined;
  /** A turn has ended, and no other has begun. */
  onIdle: () => void;
}

export class Turns {
  readonly #options: TurnsOptions;
  readonly #dates: TurnDates;
  #current: Idle | LiveTurn | StoredTurnDelivery = IDLE;
  /** The last live turn before this one: a report of its playback may come late. */
  #previous: { turn: number; number: number } | undefined;
  #lastNumber = 0;
  /** Dialled or open. */
  #connection: Connection | undefined;

  constructor(options: TurnsOptions) {
    this.#options = options;
    this.#dates = new TurnDates(options.scope, options.boot);
  }

  /** For `hello`: the live turn, and the first frame of its reply that is missing. */
  get resume(): { turn: number; downlinkNext: number } | undefined {
    const live = this.#live;
    return live && { turn: live.outgoing.number, downlinkNext: live.reply.next };
  }

  /** No turn is sent or answered. A stored one that is sent, and not confirmed, is not waited for: another gateway confirms it as well. */
  get isIdle(): boolean {
    const current = this.#current;
    return current.status === 'idle' || (current.status === 'delivering' && current.isSent);
  }

  get mayBeAnswered(): boolean {
    return this.#live?.mayBeAnswered ?? false;
  }

  get backlogMs(): number {
    return this.#live?.backlogMs ?? 0;
  }

  get #live(): LiveTurn | undefined {
    return this.#current.status === 'live' ? this.#current : undefined;
  }

  onDialled(connection: Connection): void {
    this.#connection = connection;
    connection.setInTurn(this.#current.status === 'live');
  }

  onWelcome(connection: Connection, { serverTime, resumed, uplinkNext }: Welcome): void {
    const { gatewayLog } = this.#options;
    this.#dates.onServerTime(serverTime);
    const live = this.#live;
    if (!live) return;
    const { id } = live.outgoing;
    if (resumed) {
      gatewayLog.info('the turn is resumed', { turn: id, uplinkNext });
      live.resume(connection, uplinkNext);
    } else if (live.reply.isComplete) {
      // The whole reply was received; only the `turn.done` of the gateway was lost.
      this.#finish(live, {}, false);
    } else {
      gatewayLog.info('the gateway does not know the turn: it is sent again from the start', { turn: id });
      live.announce(connection, this.#dates.dateOf(live.outgoing));
    }
  }

  onDisconnected(): void {
    this.#connection = undefined;
    if (this.#current.status === 'live') this.#current.detach();
    if (this.#current.status === 'delivering') {
      this.#failDelivery(this.#current, { code: 'link_down', message: 'The connection was lost', hint: '' }, true);
    }
  }

  start(command: Command<'turn.start'>): void {
    this.#endLive();
    if (this.#current.status === 'delivering') this.#current.stop();
    const { scope, send, downlink, boot, traceparent } = this.#options;
    const { type: _, turn, ...begun } = command;
    const outgoing = outgoingLiveTurn(++this.#lastNumber, { ...begun, boot: stampOf(boot) });
    const live = new LiveTurn({ turn, outgoing, scope, send, downlink, traceparent });
    this.#current = live;
    this.#connection?.setInTurn(true);
    if (this.#connection?.isOpen) live.announce(this.#connection, this.#dates.dateOf(outgoing));
  }

  abort({ turn, reason }: Command<'turn.abort'>): void {
    if (this.#live?.turn !== turn) return;
    this.#live.abort(reason);
    this.#endLive();
    this.#options.onIdle();
  }

  stop(): void {
    this.#endLive();
  }

  add(packet: UplinkPacket): void {
    if (this.#live?.turn === packet.turn) this.#live.add(packet);
  }

  /** Begins to deliver a stored turn, unless there is a live one. */
  deliver(stored: StoredTurn): void {
    const { scope, send } = this.#options;
    const connection = this.#connection;
    if (this.#current.status === 'live' || !connection?.isOpen || connection.isGoingAway) {
      const error: ErrorInfo = { code: 'link_down', message: 'Another turn is being sent', hint: '' };
      send({ type: 'delivery.failed', id: stored.id, error, retryable: true });
      return;
    }
    if (this.#current.status === 'delivering') this.#current.stop();
    const outgoing = outgoingStoredTurn(++this.#lastNumber, stored);
    const delivery = new StoredTurnDelivery(outgoing, connection, scope.clock);
    this.#current = delivery;
    scope.log.info('a stored turn is delivered', { turn: stored.id, frames: stored.frames });
    delivery.start(this.#dates.dateOf(outgoing), this.#options.traceparent?.(stored.id));
  }

  /** Reports the playback of the reply of this turn, or of the one before. */
  reportPlayback({ type: _, turn, ...report }: Command<'turn.playback'>): void {
    const live = this.#live;
    const number =
      live?.turn === turn ? live.outgoing.number : this.#previous?.turn === turn ? this.#previous.number : undefined;
    if (number !== undefined) this.#connection?.send({ type: 'playback', turn: number, ...report });
  }

  /** A packet of a reply. One of a turn that is over is ignored. */
  onPacket(packet: Uint8Array): void {
    const live = this.#live;
    if (live && turnOf(packet) === turnTagOf(live.outgoing.number)) live.onReply(packet);
  }

  /** @returns loss and lateness of the live turn's packets, if the acknowledgement reports them */
  onAck(ack: Message<'ack'>): Pick<ReceiverReport, 'lossPercent' | 'latenessMs'> | undefined {
    // A stored turn is sent as fast as possible: its arrival says nothing about live speech.
    return this.#live?.outgoing.number === ack.turn ? this.#live.acknowledge(ack) : undefined;
  }

  onPartial({ turn: number, text }: Message<'turn.partial'>): void {
    const turn = this.#turnOf(number);
    if (turn !== undefined) this.#options.send({ type: 'turn.partial', turn, text });
  }

  onCaption({ turn: number, text, fromMs }: Message<'reply.text'>): void {
    if (this.#live?.outgoing.number === number) this.#live.onCaption(text, fromMs);
  }

  onListenHold({ turn: number, holdMs }: Message<'listen.hold'>): void {
    const turn = this.#turnOf(number);
    if (turn !== undefined && this.#live?.endHints.takesHold())
      this.#options.send({ type: 'listen.hold', turn, holdMs });
  }

  onListenEnd({ turn: number, reason }: Message<'listen.end'>): void {
    const turn = this.#turnOf(number);
    if (turn !== undefined && this.#live?.endHints.takesEnd()) this.#options.send({ type: 'listen.end', turn, reason });
  }

  onProcessing({ turn: number, transcript }: Message<'turn.processing'>): void {
    const turn = this.#turnOf(number);
    if (turn !== undefined) this.#options.send({ type: 'turn.processing', turn, ...withoutUndefined({ transcript }) });
  }

  onReplyStart({ turn: number, text }: Message<'reply.start'>): void {
    const turn = this.#turnOf(number);
    if (turn === undefined) return;
    if (this.#live) this.#live.reply.isBegun = true;
    this.#options.send({ type: 'reply.started', turn, ...withoutUndefined({ text }) });
  }

  onStored({ id, cloud }: Message<'turn.stored'>): void {
    if (this.#current.status === 'delivering' && this.#current.outgoing.id === id) this.#endDelivery(this.#current);
    this.#options.send({ type: 'turn.stored', id, ...withoutUndefined({ cloud }) });
  }

  onDone({ turn, timing = {}, asks }: Message<'turn.done'>): void {
    if (this.#live?.outgoing.number !== turn) return;
    this.#live.endReply();
    this.#finish(this.#live, timing, asks === true);
  }

  onError({ turn: number, message, retryable }: Message<'error'>): void {
    const current = this.#current;
    if (current.status === 'idle' || current.outgoing.number !== number) return;
    const error: ErrorInfo = { code: 'turn_refused', message, hint: 'See the log of the gateway.' };
    if (current.status === 'delivering') this.#failDelivery(current, error, retryable);
    else this.#options.send({ type: 'turn.refused', turn: current.turn, error });
  }

  readQueues(): QueueMetrics[] {
    const { outgoing } = this.#current;
    const { unsent, packets, limit, dropped } = outgoing?.packets.stats() ?? NO_PACKETS;
    return [
      { name: 'outbox', unit: 'packets', depth: unsent, limit, sent: packets - unsent, dropped },
      {
        name: 'socket backlog',
        unit: 'bytes',
        depth: this.#connection?.bufferedBytes ?? 0,
        limit: MAX_SOCKET_BUFFER_BYTES,
        sent: outgoing?.sent.bytes ?? 0,
        dropped: 0,
      },
    ];
  }

  /** The number in the conversation of the live turn that has this number on the wire. */
  #turnOf(number: number): number | undefined {
    return this.#live?.outgoing.number === number ? this.#live.turn : undefined;
  }

  #finish(live: LiveTurn, timing: TurnTiming, asks: boolean): void {
    const clockOffsetMs = this.#connection?.clockOffsetMs ?? 0;
    const done = { type: 'turn.done', turn: live.turn, timing: live.timing(timing, clockOffsetMs) } as const;
    this.#options.send({ ...done, ...(asks && { asks }) });
    this.#endLive();
    this.#options.onIdle();
  }

  #endLive(): void {
    const live = this.#live;
    if (!live) return;
    live.detach();
    live.outgoing.packets.release();
    this.#previous = { turn: live.turn, number: live.outgoing.number };
    this.#current = IDLE;
    this.#connection?.setInTurn(false);
  }

  #endDelivery(delivery: StoredTurnDelivery): void {
    delivery.stop();
    this.#current = IDLE;
    this.#options.onIdle();
  }

  #failDelivery(delivery: StoredTurnDelivery, error: ErrorInfo, retryable: boolean): void {
    this.#endDelivery(delivery);
    this.#options.send({ type: 'delivery.failed', id: delivery.outgoing.id, error, retryable });
  }
}

const NO_PACKETS = { unsent: 0, packets: 0, limit: MAX_TURN_PACKETS, dropped: 0 };
