/**
 * The turn that is being recorded or answered: its packets to the gateway, and the reply from it. It outlives a
 * connection: after a reconnect both directions continue at the first frame that the receiver lacks.
 */

import type { DownlinkPacket, ReceiverReport, UplinkPacket } from '../../src/core/actor/data-plane.ts';
import type { Scope } from '../../src/core/actor/scope.ts';
import type { NetworkContract, TurnTiming } from '../../src/core/contracts/index.ts';
import type { GatewayMessage } from '../../src/protocol/control.ts';
import { FRAME_MS } from '../../src/protocol/format.ts';
import { isFinal, turnTagOf } from '../../src/protocol/packet.ts';
import type { Connection } from './connection.ts';
import { EndHints } from './end-hints.ts';
import { abortMessage, type OutgoingTurn } from './outgoing-turn.ts';
import { PacketAcks } from './packet-acks.ts';
import { PacketSender } from './packet-sender.ts';
import { ReplyReceiver } from './reply-receiver.ts';
import { withoutUndefined } from './without-undefined.ts';

type LiveTurnState =
  /** There is no open connection to a gateway that knows the turn: its packets wait. */
  | { readonly status: 'waiting' }
  /** The gateway of this connection knows the turn. Owns the sender of its packets and the acknowledgements of the reply. */
  | {
      readonly status: 'attached';
      readonly connection: Connection;
      readonly sender: PacketSender;
      readonly acks: PacketAcks;
    };

type Ack = Extract<GatewayMessage, { type: 'ack' }>;

const WAITING = { status: 'waiting' } as const;

export interface LiveTurnOptions {
  /** Its number in the conversation. */
  turn: number;
  outgoing: OutgoingTurn;
  scope: Pick<Scope, 'clock' | 'log'>;
  send: (event: NetworkContract['sends']) => void;
  downlink: (packet: DownlinkPacket) => void;
  /** Of a turn that is traced. */
  traceparent?: ((turnId: string) => string) | undefined;
}

export class LiveTurn {
  readonly status = 'live';
  readonly turn: number;
  readonly outgoing: OutgoingTurn;
  readonly reply = new ReplyReceiver();
  readonly endHints: EndHints;
  readonly #options: LiveTurnOptions;
  #state: LiveTurnState = WAITING;
  #isSent = false;
  /** Where the last caption begins: the gateway sends those again that it sent before a reconnect. */
  #captionFromMs = -1;

  constructor(options: LiveTurnOptions) {
    this.turn = options.turn;
    this.outgoing = options.outgoing;
    this.endHints = new EndHints({ isWanted: options.outgoing.isHandsFree });
    this.#options = options;
  }

  /** The gateway of this connection does not know the turn: it gets it from the start. */
  announce(connection: Connection, startedAt: number): void {
    const { scope, traceparent } = this.#options;
    const start = this.outgoing.startMessage(startedAt, scope.clock.now());
    connection.send({ ...start, ...(traceparent && { traceparent: traceparent(this.outgoing.id) }) });
    this.#attach(connection, 0);
  }

  /** The gateway knows the turn, and has its frames before this one. */
  resume(connection: Connection, nextFrame: number): void {
    this.#attach(connection, nextFrame);
  }

  /** The connection or the turn has ended. */
  detach(): void {
    if (this.#state.status === 'waiting') return;
    this.#state.sender.stop();
    this.#state.acks.stop();
    this.#state = WAITING;
  }

  /** Adds a packet of speech. It is sent at once if possible. */
  add(packet: UplinkPacket): void {
    const { scope } = this.#options;
    if (!this.outgoing.add(packet))
      scope.log.warn('the turn is too long: a packet was dropped', { turn: this.outgoing.id });
    if (this.#state.status === 'attached') this.#state.sender.flush();
  }

  /** Tells the gateway that the turn is aborted, if it knows the turn. */
  abort(reason: Parameters<typeof abortMessage>[1]): void {
    const message = abortMessage(this.outgoing.number, reason);
    if (message && this.#state.status === 'attached') this.#state.connection.send(message);
  }

  /** A packet of the reply. The bytes are valid during the call only. */
  onReply(packet: Uint8Array): void {
    if (this.#state.status === 'waiting') return;
    const { connection, acks } = this.#state;
    const { scope, downlink, send } = this.#options;
    const arrivedAtMs = scope.clock.now();
    const arrival = this.reply.add(packet, arrivedAtMs);
    if (arrival === 'too-long') return connection.fault('a reply of more than ten minutes');
    if (arrival === 'repeated') return;
    downlink({ turn: this.turn, bytes: packet.slice(), arrivedAtMs });
    acks.onReceived();
    if (arrival === 'last') send({ type: 'reply.finished', turn: this.turn, frames: this.reply.next });
  }

  /**
   * The gateway has nothing more to say, so what has come of the reply is all of it: another gateway that goes on with the turn may have less to say, or
   * nothing.
   */
  endReply(): void {
    if (this.reply.isBegun && !this.reply.isComplete)
      this.onReply(this.reply.finalPacket(turnTagOf(this.outgoing.number)));
  }

  onCaption(text: string, fromMs: number): void {
    if (fromMs <= this.#captionFromMs) return;
    this.#captionFromMs = fromMs;
    this.#options.send({ type: 'reply.text', turn: this.turn, text, fromMs });
  }

  /** @returns loss and lateness of the packets, if the acknowledgement reports them and confirms new frames */
  acknowledge({ next, lateMs, lost = 0 }: Ack): Pick<ReceiverReport, 'lossPercent' | 'latenessMs'> | undefined {
    const frames = this.outgoing.packets.acknowledge(next);
    if (lateMs === undefined || frames <= 0) return undefined;
    return { lossPercent: Math.min(100, (100 * lost) / frames), latenessMs: lateMs };
  }

  /** A gateway may have all of it, and answer: what an answer does must not be done a second time by another gateway. */
  get mayBeAnswered(): boolean {
    return this.#isSent || this.reply.next > 0;
  }

  /** Audio that the gateway has not acknowledged. */
  get backlogMs(): number {
    return this.outgoing.packets.unacknowledgedFrames * FRAME_MS;
  }

  /** The gateway's times converted to this device's clock, and this device's own. */
  timing(theirs: TurnTiming, clockOffsetMs: number): TurnTiming {
    const here = (atMs: number | undefined) => (atMs === undefined ? undefined : atMs + clockOffsetMs);
    return withoutUndefined({
      firstReceivedAtMs: here(theirs.firstReceivedAtMs),
      finalReceivedAtMs: here(theirs.finalReceivedAtMs),
      firstReplySentAtMs: here(theirs.firstReplySentAtMs),
      transcribedAtMs: here(theirs.transcribedAtMs),
      firstTokenAtMs: here(theirs.firstTokenAtMs),
      firstSentenceAtMs: here(theirs.firstSentenceAtMs),
      firstAudioAtMs: here(theirs.firstAudioAtMs),
      firstReplyArrivedAtMs: this.reply.firstArrivedAtMs,
    });
  }

  #attach(connection: Connection, nextFrame: number): void {
    const { clock } = this.#options.scope;
    const { packets, number } = this.outgoing;
    const acks = new PacketAcks(clock, () => connection.send({ type: 'ack', turn: number, next: this.reply.next }));
    const sender = new PacketSender(connection, packets, clock, (packet) => {
      acks.onSent();
      this.#onSent(packet);
    });
    this.#state = { status: 'attached', connection, sender, acks };
    packets.rewind(nextFrame);
    sender.flush();
  }

  #onSent(packet: Uint8Array): void {
    const { turn, outgoing } = this;
    const { scope, send } = this.#options;
    outgoing.countSent(packet.length);
    const atMs = scope.clock.now();
    if (outgoing.sent.packets === 1) send({ type: 'uplink.started', turn, atMs });
    if (!isFinal(packet)) return;
    this.#isSent = true;
    send({ type: 'uplink.finished', turn, atMs, ...outgoing.sent });
  }
}
