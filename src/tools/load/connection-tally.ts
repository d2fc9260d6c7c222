/** Counts the connections of one device of a load test, and how long it has none. */
import type { LoadDeviceOptions } from './load-device.ts';
import { addDelay, count } from './measures.ts';

export class ConnectionTally {
  readonly #options: Pick<LoadDeviceOptions, 'clock' | 'measures'>;
  #connectedOnce = false;
  /** When it began to connect, or lost its connection. */
  #disconnectedAtMs: number | undefined;

  constructor(options: Pick<LoadDeviceOptions, 'clock' | 'measures'>) {
    this.#options = options;
  }

  get hasConnected(): boolean {
    return this.#connectedOnce;
  }

  /** The device dials for the first time. */
  begin(): void {
    this.#disconnectedAtMs = this.#options.clock.now();
  }

  onConnected(): void {
    const { clock, measures } = this.#options;
    const { delayMs } = measures();
    const sinceMs = clock.now() - (this.#disconnectedAtMs ?? clock.now());
    addDelay(this.#connectedOnce ? delayMs.reconnect : delayMs.connect, sinceMs);
    this.#connectedOnce = true;
    this.#disconnectedAtMs = undefined;
  }

  /** An attempt failed, or the connection was lost: of those in a row the first one is the loss. */
  onFailed(code: string): void {
    const { clock, measures } = this.#options;
    const { lost, failed } = measures().connections;
    count(this.#disconnectedAtMs === undefined ? lost : failed, code);
    this.#disconnectedAtMs ??= clock.now();
  }
}
