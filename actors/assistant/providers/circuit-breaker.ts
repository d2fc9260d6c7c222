/**
 * A circuit breaker in front of one provider (Nygard, Release It!): after some failures in a row nobody waits for it any more. From time to time
 * one request tries whether it works again.
 *
 * - closed: requests go through.
 * - open: no request goes through, for a time that doubles with each failed trial.
 * - half-open: one request goes through; its outcome decides.
 */
import { backoffMs } from '../../../src/core/time/backoff.ts';

export interface CircuitBreakerOptions {
  /** Monotonic, ms. */
  now: () => number;
  /** Failures in a row that open it. */
  failuresToOpen?: number;
  /** How long it is open the first time. */
  firstOpenMs?: number;
  longestOpenMs?: number;
}

export type CircuitState = 'closed' | 'open' | 'half-open';

/** A request that goes through. Only the first call of these counts. */
export interface Permit {
  succeeded(): void;
  failed(): void;
  /** It ended without a verdict: it was aborted. */
  cancelled(): void;
}

export class CircuitBreaker {
  readonly #options: Required<CircuitBreakerOptions>;
  /** Failures in a row while closed. */
  #failures = 0;
  /** Openings in a row. */
  #openings = 0;
  /** Counts openings and closings. */
  #period = 0;
  /** Undefined while closed. */
  #openUntilMs: number | undefined;
  #trial: Permit | undefined;

  constructor({ failuresToOpen = 2, firstOpenMs = 10_000, longestOpenMs = 300_000, now }: CircuitBreakerOptions) {
    this.#options = { failuresToOpen, firstOpenMs, longestOpenMs, now };
  }

  get state(): CircuitState {
    if (this.#openUntilMs === undefined) return 'closed';
    return this.#trial || this.#options.now() >= this.#openUntilMs ? 'half-open' : 'open';
  }

  /** Undefined: the request must not be made. */
  enter(): Permit | undefined {
    if (this.#openUntilMs === undefined) return this.#permit(() => this.#failInARow());
    if (this.#trial || this.#options.now() < this.#openUntilMs) return undefined;
    this.#trial = this.#permit(() => this.#open());
    return this.#trial;
  }

  #permit(onFailure: () => void): Permit {
    const period = this.#period;
    let isSettled = false;
    // The outcome of a request from before the last opening or closing says nothing new.
    const settle = (act: () => void) => {
      if (isSettled) return;
      isSettled = true;
      if (this.#trial === permit) this.#trial = undefined;
      if (period === this.#period) act();
    };
    const permit: Permit = {
      succeeded: () => settle(() => this.#close()),
      failed: () => settle(onFailure),
      cancelled: () => settle(() => {}),
    };
    return permit;
  }

  #close(): void {
    this.#failures = 0;
    if (this.#openUntilMs === undefined) return;
    this.#period += 1;
    this.#openings = 0;
    this.#openUntilMs = undefined;
  }

  #failInARow(): void {
    this.#failures += 1;
    if (this.#failures >= this.#options.failuresToOpen) this.#open();
  }

  #open(): void {
    const { firstOpenMs: firstMs, longestOpenMs: longestMs, now } = this.#options;
    this.#period += 1;
    this.#openings += 1;
    this.#failures = 0;
    this.#openUntilMs = now() + backoffMs(this.#openings, { firstMs, longestMs });
  }
}
