/**
 * Sends the packets of one turn over one connection, as fast as its socket accepts them. It owns the timer that checks a full socket
 * again.
 */
import type { Clock } from '../../src/core/time/clock.ts';
import type { Connection } from './connection.ts';
import type { RetransmissionBuffer } from './retransmission-buffer.ts';

/** Bytes in the socket's own buffer above which packets wait: about 6 s of speech. */
export const MAX_SOCKET_BUFFER_BYTES = 32 * 1_024;
/** How soon a full socket is checked again. */
const RETRY_MS = 40;

export class PacketSender {
  readonly #connection: Connection;
  readonly #packets: RetransmissionBuffer;
  readonly #clock: Clock;
  readonly #onSent: (packet: Uint8Array) => void;
  #timer: unknown;
  #isStopped = false;

  constructor(
    connection: Connection,
    packets: RetransmissionBuffer,
    clock: Clock,
    onSent: (packet: Uint8Array) => void,
  ) {
    this.#connection = connection;
    this.#packets = packets;
    this.#clock = clock;
    this.#onSent = onSent;
  }

  /** Sends the packets that wait. */
  flush(): void {
    this.#clock.clearTimeout(this.#timer);
    while (!this.#isStopped && this.#packets.peek()) {
      if (this.#connection.bufferedBytes > MAX_SOCKET_BUFFER_BYTES) {
        this.#timer = this.#clock.setTimeout(() => this.flush(), RETRY_MS);
        return;
      }
      const packet = this.#packets.take();
      if (!packet) return;
      this.#connection.sendPacket(packet);
      this.#onSent(packet);
    }
  }

  stop(): void {
    this.#isStopped = true;
    this.#clock.clearTimeout(this.#timer);
  }
}
