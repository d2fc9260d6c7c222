/**
 * The network actor: the device's end of the line. Turns commands into messages and messages into edges, sends the turn's
 * packets and hands the reply's to the player.
 */
import type { NetworkPort } from '../../machines/ports.ts';
import type { ActorDefinition } from '../../src/actor.ts';
import type { Channel } from '../../src/channel.ts';
import type { DownlinkPacket, UplinkPacket } from '../../src/data-plane.ts';
import type { ErrorInfo } from '../../src/errors.ts';
import type { NetworkCommand } from '../../src/events.ts';
import type { DeviceMessage, GatewayMessage } from '../../src/protocol/control.ts';
import { type AudioPacket, epochOf } from '../../src/protocol/packet.ts';
import { type Connection, openConnection } from './connection.ts';
import { createOutbox, type Outbox } from './outbox.ts';
import type { Dial } from './socket.ts';

/** Bytes in the socket's own buffer above which packets wait in the outbox: about 6 s of speech. */
const MAX_SOCKET_BUFFER_BYTES = 32 * 1_024;
/** How soon a full socket is looked at again. */
const FLUSH_RETRY_MS = 40;
/** Packets of one turn that are kept: two minutes in packets of 20 ms, about 0.5 MB. */
const MAX_TURN_PACKETS = 6_000;

export interface NetworkOptions {
  dial: Dial;
  hello: Extract<DeviceMessage, { type: 'hello' }>;
  uplink: Channel<UplinkPacket>;
  downlink: (packet: DownlinkPacket) => void;
  /** In 0…1. */
  random: () => number;
}

interface Turn {
  turn: number;
  outbox: Outbox;
  packets: number;
  bytes: number;
  firstReplyArrivedAtMs?: number;
}

export function defineNetwork(options: NetworkOptions): ActorDefinition<NetworkPort> {
  const { dial, hello, uplink, downlink, random } = options;
  return ({ send, clock, log }) => {
    let connection: Connection | undefined;
    let turn: Turn | undefined;
    let flushTimer: unknown;

    function connect(): void {
      drop('dialling again');
      const mine = openConnection(
        dial,
        hello,
        {
          onWelcome: ({ session }) => send({ type: 'network.opened', session }),
          onMessage,
          onPacket,
          onRoundTrip: ({ roundTripMs, clockOffsetMs }) =>
            send({ type: 'network.roundTrip', roundTripMs, clockOffsetMs }),
          onClosed(error, retryable) {
            if (connection !== mine) return;
            connection = undefined;
            endTurn();
            send({ type: 'network.closed', error: error.info, retryable, spread: random() });
          },
        },
        { clock, log },
      );
      connection = mine;
    }

    /** Lets go of the connection; its end is of no interest any more. */
    function drop(reason: string): void {
      const old = connection;
      connection = undefined;
      endTurn();
      old?.close(reason);
    }

    function endTurn(): void {
      clock.clearTimeout(flushTimer);
      turn = undefined;
      connection?.setInTurn(false);
    }

    function startTurn({
      turn: number,
      id,
      trigger,
      startedAtMs,
    }: Extract<NetworkCommand, { type: 'turn.start' }>): void {
      turn = { turn: number, outbox: createOutbox(number, MAX_TURN_PACKETS), packets: 0, bytes: 0 };
      connection?.setInTurn(true);
      connection?.send({ type: 'turn.start', turn: number, id, trigger, startedAt: startedAtMs });
    }

    function onUplink(packet: UplinkPacket): void {
      if (turn?.turn !== packet.turn) return;
      if (!turn.outbox.add(packet)) log.warn('the turn is too long: a packet was dropped', { turn: turn.turn });
      flush();
    }

    function flush(): void {
      clock.clearTimeout(flushTimer);
      while (turn && connection?.isOpen) {
        const packet = turn.outbox.peek();
        if (!packet) return;
        if (connection.bufferedBytes > MAX_SOCKET_BUFFER_BYTES) {
          flushTimer = clock.setTimeout(flush, FLUSH_RETRY_MS);
          return;
        }
        connection.sendPacket(packet.bytes);
        turn.outbox.advance();
        turn.packets += 1;
        turn.bytes += packet.bytes.length;
        const atMs = clock.now();
        if (turn.packets === 1) send({ type: 'uplink.started', turn: turn.turn, atMs });
        if (packet.final) {
          send({ type: 'uplink.finished', turn: turn.turn, atMs, packets: turn.packets, bytes: turn.bytes });
        }
      }
    }

    function onPacket(packet: AudioPacket, bytes: Uint8Array): void {
      if (!turn || packet.turn !== epochOf(turn.turn)) return;
      const arrivedAtMs = clock.now();
      turn.firstReplyArrivedAtMs ??= arrivedAtMs;
      downlink({ turn: turn.turn, bytes: bytes.slice(), arrivedAtMs });
      if (packet.final) {
        send({ type: 'reply.finished', turn: turn.turn, frames: packet.sequence + packet.frames.length });
      }
    }

    function onMessage(message: GatewayMessage): void {
      switch (message.type) {
        case 'turn.processing': {
          const { turn: number, transcript } = message;
          return send({ type: 'turn.processing', turn: number, ...(transcript === undefined ? {} : { transcript }) });
        }
        case 'reply.start': {
          const { turn: number, text } = message;
          return send({ type: 'reply.started', turn: number, ...(text === undefined ? {} : { text }) });
        }
        case 'turn.done':
          return onDone(message);
        case 'error': {
          const { turn: number, message: text } = message;
          if (number === undefined) return;
          const error: ErrorInfo = { code: 'turn_refused', message: text, hint: 'See the log of the gateway.' };
          return send({ type: 'turn.refused', turn: number, error });
        }
        case 'settings':
          return send({ type: 'settings.changed', settings: message.settings });
        default:
          log.debug('message without effect', { type: message.type });
      }
    }

    function onDone({ turn: number, timing }: Extract<GatewayMessage, { type: 'turn.done' }>): void {
      const offsetMs = connection?.clockOffsetMs ?? 0;
      const arrived = turn?.turn === number ? turn.firstReplyArrivedAtMs : undefined;
      const here = (atMs: number | undefined) => (atMs === undefined ? undefined : atMs + offsetMs);
      send({
        type: 'turn.done',
        turn: number,
        timing: defined({
          firstReceivedAtMs: here(timing?.firstReceivedAtMs),
          finalReceivedAtMs: here(timing?.finalReceivedAtMs),
          firstReplySentAtMs: here(timing?.firstReplySentAtMs),
          firstReplyArrivedAtMs: arrived,
        }),
      });
      if (turn?.turn === number) connection?.setInTurn(false);
    }

    const detach = uplink.receive(onUplink);
    return {
      receive(event) {
        switch (event.type) {
          case 'network.connect':
            return connect();
          case 'network.close':
            return drop(event.reason);
          case 'network.report':
            return connection?.send({ type: 'report', figures: event.report });
          case 'turn.start':
            return startTurn(event);
          case 'turn.abort': {
            const { turn: number, reason } = event;
            if (turn?.turn !== number) return;
            connection?.send({ type: 'turn.abort', turn: number, reason });
            return endTurn();
          }
          case 'turn.playback': {
            const { type: _, ...report } = event;
            return connection?.send({ type: 'playback', ...report });
          }
        }
      },
      stop() {
        detach();
        drop('stopping');
      },
    };
  };
}

/** Without the keys that are undefined. */
function defined<T extends object>(value: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(value).filter(([, entry]) => entry !== undefined)) as never;
}
