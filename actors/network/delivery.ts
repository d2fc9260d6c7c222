/**
 * A stored turn that is sent to the gateway in the background. It ends with the connection on which it began. It owns the sender of its
 * packets.
 */
import type { Clock } from '../../src/core/time/clock.ts';
import type { Connection } from './connection.ts';
import type { OutgoingTurn } from './outgoing-turn.ts';
import { PacketSender } from './packet-sender.ts';

export class StoredTurnDelivery {
  readonly status = 'delivering';
  readonly outgoing: OutgoingTurn;
  readonly #connection: Connection;
  readonly #clock: Clock;
  readonly #sender: PacketSender;

  constructor(outgoing: OutgoingTurn, connection: Connection, clock: Clock) {
    this.outgoing = outgoing;
    this.#connection = connection;
    this.#clock = clock;
    this.#sender = new PacketSender(connection, outgoing.packets, clock, ({ length }) => outgoing.countSent(length));
  }

  /** The connection has accepted all of its packets. */
  get isSent(): boolean {
    return this.outgoing.packets.stats().unsent === 0;
  }

  /** @param traceparent the trace of the turn as it was recorded */
  start(startedAt: number, traceparent: string | undefined): void {
    const start = this.outgoing.startMessage(startedAt, this.#clock.now());
    this.#connection.send({ ...start, ...(traceparent !== undefined && { traceparent }) });
    this.#sender.flush();
  }

  /** Sends nothing more of it, and frees its packets. */
  stop(): void {
    this.#sender.stop();
    this.outgoing.packets.release();
  }
}
