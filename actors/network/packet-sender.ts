/**
 * Sends the packets of one turn over one connection, as fast as its socket takes them. It owns the timer with which a full socket is
 * looked at again.
 */
import type { Clock } from '../../src/core/time/clock.ts';
import type { Connection } from './connection.ts';
import type { Outbox, OutgoingPacket } from './outbox.ts';

/** Bytes in the socket's own buffer above which packets wait: about 6 s of speech. */
export const MAX_SOCKET_BUFFER_BYTES = 32 * 1_024;
/** How soon a full socket is looked at again. */
const RETRY_MS = 40;

export class PacketSender {
  readonly #connection: Connection;
  readonly #packets: Outbox;
  readonly #clock: Clock;
  readonly #onSent: (packet: OutgoingPacket) => void;
  #timer: unknown;
  #isStopped = false;

  constructor(connection: Connection, packets: Outbox, clock: Clock, onSent: (packet: OutgoingPacket) => void) {
    this.#connection = connection;
    this.#packets = packets;
    this.#clock = clock;
    this.#onSent = onSent;
  }

  /** Sends what waits. */
  flush(): void {
    this.#clock.clearTimeout(this.#timer);
    while (!this.#isStopped) {
      const packet = this.#packets.peek();
      if (!packet) return;
      if (this.#connection.bufferedBytes > MAX_SOCKET_BUFFER_BYTES) {
        this.#timer = this.#clock.setTimeout(() => this.flush(), RETRY_MS);
        return;
      }
      this.#connection.sendPacket(packet.bytes);
      this.#packets.advance();
      this.#onSent(packet);
    }
  }

  stop(): void {
    this.#isStopped = true;
    this.#clock.clearTimeout(this.#timer);
  }
}
