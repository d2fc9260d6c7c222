/**
 * Sends a device the replies that it may play without a connection. Each may have the maximum length of a message, so
 * the next one is sent when the socket has accepted the one before. Those that were not sent wait for the next
 * connection.
 */
import type { CachedReplyFile } from '../../src/core/actor/data-plane.ts';
import type { Clock } from '../../src/core/time/clock.ts';
import type { AttachedDevice } from './attached-device.ts';

const MAX_BUFFERED_BYTES = 16 * 1_024;
const RETRY_MS = 40;

export class CachedReplySender {
  readonly #clock: Clock;
  /** Those that the settings name and the device does not have: 20 at most. */
  readonly #waiting: CachedReplyFile[] = [];
  #device: AttachedDevice | undefined;
  #timer: unknown;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  add(reply: CachedReplyFile): void {
    this.#waiting.push(reply);
    this.#flush();
  }

  /** The device was welcomed. */
  attach(device: AttachedDevice): void {
    this.#device = device;
    this.#flush();
  }

  detach(): void {
    this.#device = undefined;
    this.#clock.clearTimeout(this.#timer);
  }

  #flush(): void {
    this.#clock.clearTimeout(this.#timer);
    for (let reply = this.#waiting[0]; this.#device && reply; reply = this.#waiting[0]) {
      if (this.#device.bufferedBytes > MAX_BUFFERED_BYTES) {
        this.#timer = this.#clock.setTimeout(() => this.#flush(), RETRY_MS);
        return;
      }
      this.#waiting.shift();
      const { key, text, file } = reply;
      this.#device.send({ type: 'reply.cached', key, text, file: Buffer.from(file).toString('base64') });
    }
  }
}
