/**
 * Ping and pong on one connection. They measure the round trip and the offset of the gateway's clock, and detect a dead connection: one
 * on which nothing arrives for some time, even if the socket reports no error.
 */
import type { Clock } from '../../src/core/time/clock.ts';
import type { DeviceMessage, GatewayMessage } from '../../src/protocol/control.ts';
import type { MessageSocket } from './message-socket.ts';
import { createRoundTrip, type RoundTrip } from './round-trip.ts';

export const KEEPALIVE_MS = {
  pingIdle: 5_000,
  /** After so long without a message. While messages arrive the connection is alive, and a ping with its answer costs 170 bytes. */
  pingInTurn: 1_000,
  /** A gateway acknowledges packets every 500 ms: after this time it counts as silent. */
  silentInTurn: 700,
  deadIdle: 15_000,
  deadInTurn: 3_000,
} as const;
/** Pings at the start, each after the pong of the one before, so that the clock offset is reliable at once. */
const FIRST_PINGS = 4;
/** Pings whose pong is still expected; older ones are forgotten. */
const MAX_UNANSWERED = 8;

export interface KeepAliveOptions {
  socket: MessageSocket<DeviceMessage, GatewayMessage>;
  clock: Clock;
  inTurn: boolean;
  onRoundTrip(roundTrip: RoundTrip): void;
  onDead(silentMs: number): void;
}

export class KeepAlive {
  readonly #options: KeepAliveOptions;
  readonly #roundTrip = createRoundTrip();
  /** `t0` of pings without an answer, the newest last. */
  readonly #unanswered: number[] = [];
  #inTurn: boolean;
  #pongs = 0;
  #lastPingAtMs = 0;

  /** Sends the first ping. */
  constructor(options: KeepAliveOptions) {
    this.#options = options;
    this.#inTurn = options.inTurn;
    this.#ping();
    this.#schedule();
  }

  get clockOffsetMs(): number {
    return this.#roundTrip.clockOffsetMs;
  }

  /** In a turn a dead connection is detected sooner. */
  setInTurn(inTurn: boolean): void {
    this.#inTurn = inTurn;
    // The shorter time-out counts from here, not from the last message before the turn.
    this.#options.socket.silence.reset();
    this.#ping();
    this.#schedule();
  }

  onPong({ t0, t1, t2 }: Extract<GatewayMessage, { type: 'pong' }>): void {
    const at = this.#unanswered.indexOf(t0);
    if (at === -1) return;
    this.#unanswered.splice(at, 1);
    this.#roundTrip.add(t0, t1, t2, this.#options.clock.now());
    this.#options.onRoundTrip(this.#roundTrip);
    this.#pongs += 1;
    if (this.#pongs < FIRST_PINGS) this.#ping();
  }

  #ping(): void {
    const t0 = this.#options.clock.now();
    this.#lastPingAtMs = t0;
    this.#unanswered.push(t0);
    if (this.#unanswered.length > MAX_UNANSWERED) this.#unanswered.shift();
    this.#options.socket.send({ type: 'ping', t0 });
  }

  /** The timer belongs to the socket, and ends with it. */
  #schedule(): void {
    const delayMs = this.#inTurn ? KEEPALIVE_MS.pingInTurn : KEEPALIVE_MS.pingIdle;
    this.#options.socket.silence.checkAfter(delayMs, (silentMs) => this.#check(silentMs));
  }

  #check(silentMs: number): void {
    if (silentMs >= (this.#inTurn ? KEEPALIVE_MS.deadInTurn : KEEPALIVE_MS.deadIdle)) {
      return this.#options.onDead(silentMs);
    }
    const isSilent = !this.#inTurn || silentMs >= KEEPALIVE_MS.silentInTurn;
    if (isSilent || this.#options.clock.now() - this.#lastPingAtMs >= KEEPALIVE_MS.pingIdle) this.#ping();
    this.#schedule();
  }
}
