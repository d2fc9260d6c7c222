/**
 * A gateway's sessions in virtual time, and the other end of a connection to them: to test times, and that something
 * does not happen.
 */
import type { AnyActorRef } from 'xstate';
import type { SocketHandlers } from '../../actors/network/socket.ts';
import { parrot } from '../../actors/responder/parrot.ts';
import type { Responder } from '../../actors/responder/responder.ts';
import type { TurnRecorder } from '../../actors/session/turn-recorder.ts';
import type { SessionNotification } from '../../machines/session-context.ts';
import { limitsFrom } from '../../src/core/limits/limits.ts';
import { type Log, silentLog } from '../../src/core/log/log.ts';
import { type AcceptOptions, createSessions, type Sessions, type SessionsOptions } from '../../src/gateway/sessions.ts';
import { FINAL, packet, type Received } from '../support/client.ts';
import { createVirtualClock, type VirtualClock } from '../support/virtual-clock.ts';

export interface Arrived {
  atMs: number;
  message: Received;
}

export interface End {
  say(...messages: (object | Buffer)[]): void;
  /** The received messages with their times, counted from the connection. */
  arrived: Arrived[];
  closed: { atMs: number; code: number } | undefined;
  disconnect(): void;
}

export function connect(sessions: Sessions, clock: VirtualClock, options: AcceptOptions = {}): End {
  const startedAtMs = clock.now();
  const atMs = () => clock.now() - startedAtMs;
  let handlers: SocketHandlers | undefined;
  const end: End = {
    arrived: [],
    closed: undefined,
    say(...messages) {
      for (const message of messages) {
        if (Buffer.isBuffer(message)) handlers?.onBinary(message);
        else handlers?.onText(JSON.stringify(message));
      }
    },
    disconnect: () => close(1_006),
  };
  function close(code: number): void {
    if (end.closed) return;
    end.closed = { atMs: atMs(), code };
    handlers?.onClose(code, '');
  }
  sessions.accept((given) => {
    handlers = given;
    return {
      sendText: (text) => end.arrived.push({ atMs: atMs(), message: JSON.parse(text) }),
      sendBinary: (bytes) => end.arrived.push({ atMs: atMs(), message: { type: 'packet', bytes: Buffer.from(bytes) } }),
      bufferedBytes: 0,
      setReading() {},
      close,
      terminate: () => close(1_006),
    };
  }, options);
  return end;
}

const keepEverything: TurnRecorder = { has: () => false, async record() {} };

export function virtualGateway({
  responder = parrot,
  recorder = keepEverything,
  limits = [],
  log = silentLog,
  onNotification,
  clock = createVirtualClock(),
  standing,
}: {
  responder?: Responder;
  recorder?: TurnRecorder;
  /** As on the command line: `turns=10`. */
  limits?: string[];
  log?: Log;
  onNotification?: (notification: SessionNotification) => void;
  clock?: VirtualClock;
} & Pick<SessionsOptions, 'standing'> = {}) {
  let sessionsMade = 0;
  const newId = () => `session ${++sessionsMade}`;
  const actors: AnyActorRef[] = [];
  const sessions = createSessions({
    ...{ responder, recorder, clock, log, newId, limits: limitsFrom(limits) },
    ...(onNotification && { onNotification }),
    ...(standing && { standing }),
    onSession: (actor) => actors.push(actor),
  });
  const device = connect(sessions, clock);
  /** Of the newest session: the actor at its socket. */
  const connection = (): AnyActorRef => actors.at(-1)?.getSnapshot().children.deviceConnection;
  return { clock, sessions, device, connection };
}

export const arrivals = ({ arrived }: End, type: string) => arrived.filter(({ message }) => message.type === type);
export const sequenceOf = ({ message }: Arrived) => message.bytes?.readUInt32BE(4);
export const utterancePackets = (turn: number, packets: number) =>
  Array.from({ length: packets }, (_, i) => packet({ turn, sequence: 2 * i, flags: i === packets - 1 ? FINAL : 0 }));
