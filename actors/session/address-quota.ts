/**
 * What all devices of one address together may use of this gateway in a minute. Pure. An address that used nothing in this minute takes no memory.
 */
import type { Limits } from '../../src/core/limits/limits.ts';
import type { Clock } from '../../src/core/time/clock.ts';

const MINUTE_MS = 60_000;

export type AddressLimits = Pick<Limits, 'turnsPerAddress' | 'speechSecondsPerAddress' | 'bytesPerAddress'>;

interface Used {
  turns: number;
  speechSeconds: number;
  bytes: number;
}

export class AddressQuota {
  readonly #limits: AddressLimits;
  readonly #clock: Pick<Clock, 'now'>;
  #minute = Number.NaN;
  readonly #used = new Map<string, Used>();

  constructor(limits: AddressLimits, clock: Pick<Clock, 'now'>) {
    this.#limits = limits;
    this.#clock = clock;
  }

  /** Undefined: it may begin, and is counted; otherwise the reason, for people. */
  takeTurn(address: string): string | undefined {
    const used = this.#of(address);
    if (used.speechSeconds >= this.#limits.speechSecondsPerAddress) {
      return 'The devices of this address speak more than is allowed: wait a minute';
    }
    if (used.bytes >= this.#limits.bytesPerAddress) {
      return 'The devices of this address send more bytes than is allowed: wait a minute';
    }
    if (used.turns >= this.#limits.turnsPerAddress) {
      return `The devices of this address begin more than ${this.#limits.turnsPerAddress} turns a minute`;
    }
    used.turns += 1;
    return undefined;
  }

  takeSpeech(address: string, ms: number, bytes: number): void {
    const used = this.#of(address);
    used.speechSeconds += ms / 1_000;
    used.bytes += bytes;
  }

  /** Addresses that have used something in this minute. */
  get size(): number {
    return this.#used.size;
  }

  #of(address: string): Used {
    const minute = Math.floor(this.#clock.now() / MINUTE_MS);
    if (minute !== this.#minute) this.#used.clear();
    this.#minute = minute;
    const known = this.#used.get(address);
    if (known) return known;
    const used = { turns: 0, speechSeconds: 0, bytes: 0 };
    this.#used.set(address, used);
    return used;
  }
}
