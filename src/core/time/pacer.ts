/**
 * Paces a reply: a burst up to what the device can buffer, then real time. Pure: it says when the next packet may go.
 *
 * Pacing keeps the device's buffer at its advertised length whatever the responder's speed, so a barge-in has little to
 * throw away and a slow device little to hold.
 */
export interface Pacer {
  /** Ms from `nowMs` until audio that begins `sentMs` into the reply may be sent; 0 or less: now. */
  waitMs(sentMs: number, nowMs: number): number;
}

/** `startedAtMs`: when the first packet went out. The device has played at most what has passed since. */
export function createPacer(startedAtMs: number, bufferMs: number): Pacer {
  return {
    waitMs: (sentMs, nowMs) => sentMs - bufferMs - (nowMs - startedAtMs),
  };
}
