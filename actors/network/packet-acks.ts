/**
 * Acknowledges received packets: some time after one was received, or earlier together with a packet that is sent in
 * any case. It owns the timer. A device acknowledges a reply, a gateway the utterance.
 */
import type { Clock } from '../../src/core/time/clock.ts';

const INTERVAL_MS = 500;
/**
 * After this time since a packet was received, the acknowledgement is sent together with the next packet that is sent.
 */
const WITH_PACKET_MS = 400;

export class PacketAcks {
  readonly #clock: Clock;
  readonly #send: () => void;
  #timer: unknown;
  #sinceMs = 0;

  constructor(clock: Clock, send: () => void) {
    this.#clock = clock;
    this.#send = send;
  }

  /** A packet was received. */
  onReceived(): void {
    if (this.#timer !== undefined) return;
    this.#sinceMs = this.#clock.now();
    this.#timer = this.#clock.setTimeout(() => this.#acknowledge(), INTERVAL_MS);
  }

  /** A packet was sent in the other direction. */
  onSent(): void {
    if (this.#timer !== undefined && this.#clock.now() - this.#sinceMs >= WITH_PACKET_MS) this.#acknowledge();
  }

  stop(): void {
    this.#clock.clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #acknowledge(): void {
    this.stop();
    this.#send();
  }
}
