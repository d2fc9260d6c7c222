/**
 * One connection to the gateway, from dialling to its end: hello and welcome, ping and pong, and the check of everything
 * that arrives. A connection on which nothing arrives for a while is dead, whatever the socket says.
 */

import { guardEach, type Scope } from '../../src/core/actor/scope.ts';
import { EarshotError } from '../../src/core/errors.ts';
import { createSilence } from '../../src/core/time/silence.ts';
import {
  CLOSE_NORMAL,
  CLOSE_PROTOCOL_ERROR,
  CLOSE_REPLACED,
  CLOSE_UNSUPPORTED,
  type DeviceMessage,
  decodeGatewayMessage,
  type GatewayMessage,
} from '../../src/protocol/control.ts';
import { checkPacket } from '../../src/protocol/packet.ts';
import { createRoundTrip, type RoundTrip } from './round-trip.ts';
import type { Dial, Socket } from './socket.ts';

export const KEEPALIVE_MS = {
  pingIdle: 5_000,
  /** … of silence. While something comes, the line is alive, and a ping with what answers it costs 170 bytes. */
  pingInTurn: 1_000,
  /** A gateway confirms what it hears every 500 ms: later than this it is silent. */
  silentInTurn: 700,
  deadIdle: 15_000,
  deadInTurn: 3_000,
} as const;
/** Pings sent one after the other's pong at the start, for a clock offset that can be trusted at once. */
const FIRST_PINGS = 4;
/** Pings whose pong is still of interest. */
const MAX_UNANSWERED = 8;
/** Messages that fail their check before the gateway is given up. */
const FAULTS_TOLERATED = 5;

type Hello = Extract<DeviceMessage, { type: 'hello' }>;
type Welcome = Extract<GatewayMessage, { type: 'welcome' }>;

export interface ConnectionHandlers {
  onWelcome(welcome: Welcome): void;
  onMessage(message: GatewayMessage): void;
  /** The bytes of a packet that was checked; lent for the call. */
  onPacket(packet: Uint8Array): void;
  onRoundTrip(roundTrip: RoundTrip): void;
  /** Once. `retryable` is false for what trying again soon won't mend. */
  onClosed(error: EarshotError, retryable: boolean): void;
}

export interface Connection {
  send(message: DeviceMessage): void;
  sendPacket(bytes: Uint8Array): void;
  readonly isOpen: boolean;
  readonly bufferedBytes: number;
  readonly clockOffsetMs: number;
  /** It has sent something that it must not: said, and counted. */
  fault(reason: string): void;
  /** In a turn, a dead connection is noticed sooner. */
  setInTurn(inTurn: boolean): void;
  close(reason: string): void;
}

export function openConnection(dial: Dial, hello: Hello, handlers: ConnectionHandlers, scope: Scope): Connection {
  const { clock, log } = scope;
  const roundTrip = createRoundTrip();
  let isOpen = false;
  let closed = false;
  let inTurn = false;
  let pongs = 0;
  /** `t0` of pings that were not answered, the newest last. */
  const unanswered: number[] = [];
  let faults = 0;
  const silence = createSilence(clock);
  let lastPingAtMs = clock.now();
  let verdict: { error: EarshotError; retryable: boolean } | undefined;

  const socketHandlers = {
    onOpen() {
      silence.heard();
      send(hello);
    },
    onText(text: string) {
      silence.heard();
      const decoded = decodeGatewayMessage(text);
      if (decoded.ok) receive(decoded.message);
      else if (decoded.kind === 'invalid') fault(decoded.reason);
      else log.debug('message of a later version ignored', { reason: decoded.reason });
    },
    onBinary(bytes: Uint8Array) {
      silence.heard();
      const error = checkPacket(bytes);
      if (error) fault(error.message);
      else handlers.onPacket(bytes);
    },
    onClose(code: number, reason: string, error?: EarshotError) {
      if (closed) return;
      closed = true;
      isOpen = false;
      silence.stop();
      const ending = verdict ?? endingOf(code, reason, error);
      handlers.onClosed(ending.error, ending.retryable);
    },
  };
  const socket: Socket = dial(guardEach(socketHandlers, scope), scope);

  function receive(message: GatewayMessage): void {
    switch (message.type) {
      case 'welcome':
        if (isOpen) return fault('a second welcome');
        isOpen = true;
        handlers.onWelcome(message);
        ping();
        scheduleKeepAlive();
        return;
      case 'pong':
        if (!isAnswered(message.t0)) return;
        roundTrip.add(message.t0, message.t1, message.t2, clock.now());
        handlers.onRoundTrip(roundTrip);
        pongs += 1;
        if (pongs < FIRST_PINGS) ping();
        return;
      case 'error':
        if (message.turn === undefined) {
          log.warn('the gateway reports an error', { code: message.code, error: message.message });
          if (!message.retryable) {
            const error = new EarshotError(
              'gateway_refused',
              `The gateway refuses: ${message.message}`,
              'See its log.',
            );
            verdict = { error, retryable: false };
          }
        }
        handlers.onMessage(message);
        return;
      default:
        handlers.onMessage(message);
    }
  }

  /** Whether such a ping was waiting for its pong. */
  function isAnswered(t0: number): boolean {
    const at = unanswered.indexOf(t0);
    if (at !== -1) unanswered.splice(at, 1);
    return at !== -1;
  }

  function fault(reason: string): void {
    // The close is on its way; what comes meanwhile is of no interest.
    if (faults >= FAULTS_TOLERATED) return;
    faults += 1;
    log.warn('the gateway sent something that is not of the protocol', { reason, faults });
    if (faults < FAULTS_TOLERATED) return;
    verdict = {
      error: new EarshotError(
        'protocol_error',
        `The gateway does not keep to the protocol: ${reason}`,
        'Is it an Earshot gateway?',
      ),
      retryable: true,
    };
    socket.close(CLOSE_PROTOCOL_ERROR, 'protocol error');
  }

  function send(message: DeviceMessage): void {
    socket.sendText(JSON.stringify(message));
  }

  function ping(): void {
    const t0 = clock.now();
    lastPingAtMs = t0;
    unanswered.push(t0);
    if (unanswered.length > MAX_UNANSWERED) unanswered.shift();
    send({ type: 'ping', t0 });
  }

  function scheduleKeepAlive(): void {
    silence.checkAfter(inTurn ? KEEPALIVE_MS.pingInTurn : KEEPALIVE_MS.pingIdle, onKeepAlive);
  }

  function onKeepAlive(silentMs: number): void {
    if (silentMs >= (inTurn ? KEEPALIVE_MS.deadInTurn : KEEPALIVE_MS.deadIdle)) {
      const error = new EarshotError(
        'link_dead',
        `Nothing was heard from the gateway for ${(silentMs / 1_000).toFixed(1)} s`,
        'The connection is made again by itself.',
      );
      verdict = { error, retryable: true };
      socket.terminate();
      return;
    }
    const isSilent = !inTurn || silentMs >= KEEPALIVE_MS.silentInTurn;
    if (isSilent || clock.now() - lastPingAtMs >= KEEPALIVE_MS.pingIdle) ping();
    scheduleKeepAlive();
  }

  return {
    send,
    sendPacket: (bytes) => socket.sendBinary(bytes),
    get isOpen() {
      return isOpen;
    },
    get bufferedBytes() {
      return socket.bufferedBytes;
    },
    get clockOffsetMs() {
      return roundTrip.clockOffsetMs;
    },
    fault,
    setInTurn(next) {
      if (inTurn === next) return;
      inTurn = next;
      // Silence before the turn says nothing of now: the shorter patience counts from here.
      silence.heard();
      if (!isOpen) return;
      ping();
      scheduleKeepAlive();
    },
    close(reason) {
      if (isOpen) send({ type: 'bye', reason });
      socket.close(CLOSE_NORMAL, reason);
    },
  };
}

function endingOf(code: number, reason: string, error: EarshotError | undefined) {
  if (error) return { error, retryable: error.code !== 'gateway_refused' };
  if (code === CLOSE_REPLACED) {
    const message = 'Another connection of the same device took over';
    return {
      error: new EarshotError('gateway_closed', message, 'Give each device its own name (--name).'),
      retryable: false,
    };
  }
  const message = `The gateway closed the connection (${code}${reason ? `: ${reason}` : ''})`;
  const closed = new EarshotError('gateway_closed', message, 'It is made again by itself.');
  return { error: closed, retryable: code !== CLOSE_UNSUPPORTED };
}
