/**
 * The way from a gateway that stops to another one: between turns, after a random part of the time that the gateway gives its devices. The new
 * connection is made before the old one is closed, so a turn that begins meanwhile does not wait. If there is no other gateway yet, it is
 * tried again as long as the old connection lasts.
 */
import { backoffMs } from '../../src/core/time/backoff.ts';
import type { Clock } from '../../src/core/time/clock.ts';
import type { Connection, Welcome } from './connection.ts';

/** From dialling to the welcome of the other gateway. */
const WELCOME_MS = 5_000;
const RETRY = { firstMs: 250, longestMs: 2_000 };

/** What the next connection tells before it is the device's. */
export interface NextConnectionHandlers {
  onWelcome(welcome: Welcome): void;
  onClosed(): void;
}

export interface MoveOptions {
  /** The device waits a random part of it. */
  spreadMs: number;
  /** In 0…1. */
  random: () => number;
  clock: Clock;
  /** Whether no turn is sent or answered. */
  isIdle: () => boolean;
  open(handlers: NextConnectionHandlers): Connection;
  /** The other gateway has welcomed the device. False: not now, because a turn is answered on the old connection. */
  take(next: Connection, welcome: Welcome): boolean;
}

export class Move {
  readonly #options: MoveOptions;
  #next: Connection | undefined;
  #timer: unknown;
  /** It is time to move, and a turn is under way. */
  #waitsForTurn = false;
  #failures = 0;

  constructor(options: MoveOptions) {
    this.#options = options;
    this.#after(options.random() * options.spreadMs, () => this.#dial());
  }

  /** A turn has ended, and the next one has not begun. */
  onIdle(): void {
    if (this.#waitsForTurn) this.#dial();
  }

  /** The old connection has ended, or the device. */
  stop(): void {
    this.#waitsForTurn = false;
    this.#options.clock.clearTimeout(this.#timer);
    this.#leaveNext('not needed any more');
  }

  #after(ms: number, act: () => void): void {
    this.#options.clock.clearTimeout(this.#timer);
    this.#timer = this.#options.clock.setTimeout(act, ms);
  }

  #dial(): void {
    const { isIdle, open } = this.#options;
    this.#waitsForTurn = !isIdle();
    if (this.#waitsForTurn) return;
    const next = open({
      onWelcome: (welcome) => {
        if (this.#next === next) this.#onWelcome(next, welcome);
      },
      onClosed: () => {
        if (this.#next === next) this.#retry();
      },
    });
    this.#next = next;
    this.#after(WELCOME_MS, () => this.#retry());
  }

  #onWelcome(next: Connection, welcome: Welcome): void {
    this.#options.clock.clearTimeout(this.#timer);
    if (!this.#options.take(next, welcome)) return this.#retry();
    this.#next = undefined;
  }

  #retry(): void {
    this.#leaveNext('not now');
    this.#failures += 1;
    const mostMs = backoffMs(this.#failures, RETRY);
    this.#after(mostMs / 2 + (mostMs / 2) * this.#options.random(), () => this.#dial());
  }

  #leaveNext(reason: string): void {
    const next = this.#next;
    this.#next = undefined;
    next?.close(reason);
  }
}
