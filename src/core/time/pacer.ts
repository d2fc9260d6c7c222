/**
 * Paces a reply: a burst up to the length of the device's buffer, then real time. Pure: it tells when the next packet
 * may be sent.
 *
 * Pacing keeps the device's buffer at its advertised length, whatever the responder's speed. So a barge-in discards
 * little, and a device with little memory is not overfilled.
 */
export interface Pacer {
  /** Ms from `nowMs` until audio that begins `sentMs` into the reply may be sent; 0 or less: now. */
  waitMs(sentMs: number, nowMs: number): number;
}

/** `startedAtMs`: when the first packet was sent. The device has played at most the time since then. */
export function createPacer(startedAtMs: number, bufferMs: number): Pacer {
  return new BufferPacer(startedAtMs, bufferMs);
}

class BufferPacer implements Pacer {
  /** When audio at the begin of the reply may be sent beyond the buffer. */
  readonly #zeroAtMs: number;

  constructor(startedAtMs: number, bufferMs: number) {
    this.#zeroAtMs = startedAtMs - bufferMs;
  }

  waitMs(sentMs: number, nowMs: number): number {
    return sentMs + this.#zeroAtMs - nowMs;
  }
}
