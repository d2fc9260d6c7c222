/**
 * The dates of turns, which they get when they are announced. Since a turn was recorded, the device's clock may have
 * been set, or the gateway's clock may have become known.
 */
import type { Scope } from '../../src/core/actor/scope.ts';
import { type Boot, stampOf } from '../../src/core/time/boot.ts';
import { dateTurn } from '../../src/core/time/dating.ts';
import { isoTime } from '../../src/core/time/iso-time.ts';
import type { OutgoingTurn } from './outgoing-turn.ts';

export class TurnDates {
  readonly #scope: Pick<Scope, 'clock' | 'log'>;
  readonly #boot: Boot;
  /** The gateway's wall clock minus this device's monotonic clock. */
  #gatewayAheadMs: number | undefined;

  constructor(scope: Pick<Scope, 'clock' | 'log'>, boot: Boot) {
    this.#scope = scope;
    this.#boot = boot;
  }

  /** The gateway has sent its time (ms since 1970). */
  onServerTime(serverTimeMs: number): void {
    this.#gatewayAheadMs = serverTimeMs - this.#scope.clock.now();
  }

  /** When the turn was recorded, in ms since 1970. */
  dateOf({ id, stamp }: OutgoingTurn): number {
    const { clock, log } = this.#scope;
    const gatewayMs = this.#gatewayAheadMs === undefined ? undefined : clock.now() + this.#gatewayAheadMs;
    const { startedAtMs, how } = dateTurn(stamp, { wallMs: clock.wallNow(), boot: stampOf(this.#boot), gatewayMs });
    const fields = { turn: id, stamped: isoTime(stamp.startedAtMs), startedAt: isoTime(startedAtMs) };
    if (how === 'corrected') log.info('the clock was set after the turn had begun: its time is corrected', fields);
    if (how === 'not-later') log.warn('the turn was recorded before this boot, at an unknown time', fields);
    return startedAtMs;
  }
}
