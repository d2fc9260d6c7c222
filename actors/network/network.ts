/**
 * The network actor: the device's end of the line. Turns commands into messages and messages into events, sends the turn's
 * packets and hands the reply's to the player. A turn outlives its connection: after a reconnect both directions go on from
 * where the other end is.
 */

import type { ActorDefinition } from '../../src/core/actor/actor.ts';
import type { Channel } from '../../src/core/actor/channel.ts';
import type { BacklogTurn, DownlinkPacket, ReceiverReport, UplinkPacket } from '../../src/core/actor/data-plane.ts';
import type { Probe, QueueReading } from '../../src/core/actor/queue-metrics.ts';
import type { NetworkContract, TurnTiming } from '../../src/core/contracts/index.ts';
import type { ErrorInfo } from '../../src/core/errors.ts';
import { createLimitedLog } from '../../src/core/log/limited-log.ts';
import { type Boot, stampOf } from '../../src/core/time/boot.ts';
import { dateTurn } from '../../src/core/time/dating.ts';
import { MAX_DURATION_MS } from '../../src/protocol/bounds.ts';
import type { CachedReplyMessage, DeviceMessage, GatewayMessage, Latencies } from '../../src/protocol/control.ts';
import { FRAME_MS } from '../../src/protocol/format.ts';
import { epochOf, frameCountOf, isFinal, sequenceOf, turnOf } from '../../src/protocol/packet.ts';
import { type Connection, openConnection } from './connection.ts';
import { createGatewayBounds, GATEWAY_LOG_LINES_PER_MINUTE, MAX_REPLY_FRAMES } from './gateway-bounds.ts';
import type { WatchInterfaces } from './interface-watch.ts';
import type { Dial } from './socket.ts';
import { abortMessage, createKeptTurn, createLiveTurn, MAX_TURN_PACKETS, type WireTurn } from './wire-turn.ts';

/** Bytes in the socket's own buffer above which packets wait in the outbox: about 6 s of speech. */
const MAX_SOCKET_BUFFER_BYTES = 32 * 1_024;
/** How soon a full socket is looked at again. */
const FLUSH_RETRY_MS = 40;
const ACK_INTERVAL_MS = 500;
/** From this long after the last one an acknowledgement goes out with a packet, in one piece, where there is one. */
const ACK_WITH_PACKET_MS = 400;
const IDLE_OUTBOX = { unsent: 0, packets: 0, limit: MAX_TURN_PACKETS, dropped: 0 };

export interface NetworkOptions {
  dial: Dial;
  hello: Extract<DeviceMessage, { type: 'hello' }>;
  uplink: Channel<UplinkPacket>;
  /** Kept turns to be delivered. */
  backlog: Channel<BacklogTurn>;
  downlink: (packet: DownlinkPacket) => void;
  /** What the gateway says of the packets that it got, and the link of itself: for the encoder. */
  heard: (report: ReceiverReport) => void;
  watchInterfaces: WatchInterfaces;
  boot: Boot;
  /** In 0…1. */
  random: () => number;
  /** The device was paired: the token is asked for at the next attempt to connect. */
  onToken?: (token: string) => void;
  onCachedReply?: (reply: CachedReplyMessage) => void;
  /** Told how to read the outbox and the socket. */
  probe?: Probe;
}

export function defineNetwork(options: NetworkOptions): ActorDefinition<NetworkContract> {
  const { dial, hello, uplink, backlog, downlink, heard, watchInterfaces, boot, random } = options;
  const { onToken, onCachedReply, probe } = options;
  return (scope) => {
    const { send, clock, log, receive, guard, onEnd } = scope;
    const bounds = createGatewayBounds(clock);
    /** For lines that the gateway causes. */
    const gatewayLog = createLimitedLog({ log, linesPerMinute: GATEWAY_LOG_LINES_PER_MINUTE, clock });
    onEnd(gatewayLog.close);
    let connection: Connection | undefined;
    let session: string | undefined;
    /** The gateway's wall clock less our monotonic one. */
    let gatewayAheadMs: number | undefined;
    let live: WireTurn | undefined;
    /** A kept turn on its way; gives way to a live one. */
    let delivery: WireTurn | undefined;
    let lastNumber = 0;
    let roundTripMs = 0;
    /** The live turn before: what the speaker did with its reply may be told late. */
    let previous: { turn: number; number: number } | undefined;
    let goingAway = false;
    let flushTimer: unknown;
    let ackTimer: unknown;
    let ackSinceMs = 0;
    let stopWatching: (() => void) | undefined;

    function connect(): void {
      drop('dialling again');
      stopWatching?.();
      stopWatching = undefined;
      goingAway = false;
      const resume = live && session ? { session, turn: live.number, downlinkNext: live.downlinkNext } : undefined;
      const mine = openConnection(
        dial,
        resume ? { ...hello, resume } : hello,
        {
          onWelcome,
          onMessage,
          onPacket,
          onRoundTrip(measured) {
            roundTripMs = measured.roundTripMs;
            const { clockOffsetMs } = measured;
            send({ type: 'network.roundTrip', roundTripMs, clockOffsetMs, backlogMs: backlogMs() });
          },
          onClosed(error, retryable) {
            if (connection !== mine) return;
            forgetConnection();
            // Before it is told: whoever hears of it may stop this actor.
            watch();
            send({ type: 'network.closed', error: error.info, retryable, spread: random() });
          },
        },
        { ...scope, log: gatewayLog },
      );
      connection = mine;
      mine.setInTurn(live !== undefined);
    }

    /** Lets go of the connection; its end is of no interest any more. */
    function drop(reason: string): void {
      const old = connection;
      forgetConnection();
      old?.close(reason);
    }

    function forgetConnection(): void {
      connection = undefined;
      clock.clearTimeout(flushTimer);
      clock.clearTimeout(ackTimer);
      ackTimer = undefined;
      if (live) live.announced = false;
      if (delivery) failDelivery({ code: 'link_down', message: 'The connection was lost', hint: '' }, true);
    }

    /** While there is no connection, a network that comes back is worth an attempt at once. */
    function watch(): void {
      stopWatching?.();
      stopWatching = watchInterfaces(() => send({ type: 'network.available' }), scope);
    }

    function onWelcome(welcome: Extract<GatewayMessage, { type: 'welcome' }>): void {
      session = welcome.session;
      gatewayAheadMs = welcome.serverTime - clock.now();
      if (live) goOn(live, welcome);
      send({ type: 'network.opened', session });
    }

    /** After a reconnect in the middle of a turn. */
    function goOn(turn: WireTurn, { resumed, uplinkNext }: Extract<GatewayMessage, { type: 'welcome' }>): void {
      if (resumed) {
        gatewayLog.info('the turn goes on where it was', { turn: turn.id, uplinkNext });
        turn.announced = true;
        turn.outbox.rewind(uplinkNext);
      } else if (turn.replyFinished) {
        // All of the reply is here; only the gateway's last word on it was lost.
        return finishLive({});
      } else {
        gatewayLog.info('the gateway does not know the turn: it is sent from the start', { turn: turn.id });
        announce(turn);
      }
      flush();
    }

    function announce(turn: WireTurn): void {
      if (!connection?.isOpen) return;
      turn.announced = true;
      turn.outbox.rewind(0);
      connection.send(turn.startMessage(whenSpoken(turn)));
    }

    /** By now the clock may have been set, or the gateway's be known. */
    function whenSpoken({ id, stamp }: WireTurn): number {
      const gatewayMs = gatewayAheadMs === undefined ? undefined : clock.now() + gatewayAheadMs;
      const { startedAtMs, how } = dateTurn(stamp, { wallMs: clock.wallNow(), boot: stampOf(boot), gatewayMs });
      const fields = { turn: id, stamped: stamp.startedAtMs, startedAt: startedAtMs };
      if (how === 'corrected') log.info('the clock was set after the turn had begun: it is dated anew', fields);
      if (how === 'not-later') log.warn('the turn was spoken before this boot, at a time that is not known', fields);
      return startedAtMs;
    }

    function startLive(command: Extract<NetworkContract['receives'], { type: 'turn.start' }>): void {
      endLive();
      delivery = undefined;
      lastNumber += 1;
      live = createLiveTurn(lastNumber, { ...command, boot: stampOf(boot) });
      connection?.setInTurn(true);
      announce(live);
    }

    function endLive(): void {
      if (live?.turn !== undefined) previous = { turn: live.turn, number: live.number };
      live = undefined;
      clock.clearTimeout(ackTimer);
      ackTimer = undefined;
      connection?.setInTurn(false);
      if (goingAway) leave();
    }

    /** The gateway asked to be left between turns. */
    function leave(): void {
      connection?.close('going away, as asked');
    }

    function deliver(kept: BacklogTurn): void {
      if (live || !connection?.isOpen || goingAway) {
        const error: ErrorInfo = { code: 'link_down', message: 'The line is busy', hint: '' };
        send({ type: 'delivery.failed', id: kept.id, error, retryable: true });
        return;
      }
      lastNumber += 1;
      delivery = createKeptTurn(lastNumber, kept);
      log.info('a kept turn is delivered', { turn: kept.id, frames: kept.frames });
      announce(delivery);
      flush();
    }

    function failDelivery(error: ErrorInfo, retryable: boolean): void {
      if (!delivery) return;
      const { id } = delivery;
      delivery = undefined;
      send({ type: 'delivery.failed', id, error, retryable });
    }

    function onUplink(packet: UplinkPacket): void {
      if (live?.turn !== packet.turn) return;
      if (!live.add(packet)) log.warn('the turn is too long: a packet was dropped', { turn: live.id });
      flush();
    }

    function flush(): void {
      clock.clearTimeout(flushTimer);
      const turn = live ?? delivery;
      while (turn?.announced && connection?.isOpen) {
        const packet = turn.outbox.peek();
        if (!packet) return;
        if (connection.bufferedBytes > MAX_SOCKET_BUFFER_BYTES) {
          flushTimer = clock.setTimeout(flush, FLUSH_RETRY_MS);
          return;
        }
        connection.sendPacket(packet.bytes);
        ackWithPacket();
        turn.outbox.advance();
        turn.packets += 1;
        turn.bytes += packet.bytes.length;
        if (turn.turn !== undefined) tellSent(turn.turn, turn, packet.final);
      }
    }

    function tellSent(turn: number, { packets, bytes }: WireTurn, final: boolean): void {
      const atMs = clock.now();
      if (packets === 1) send({ type: 'uplink.started', turn, atMs });
      if (final) send({ type: 'uplink.finished', turn, atMs, packets, bytes });
    }

    function onPacket(packet: Uint8Array): void {
      if (live?.turn === undefined || turnOf(packet) !== epochOf(live.number)) return;
      const arrivedAtMs = clock.now();
      const frames = frameCountOf(packet);
      const end = sequenceOf(packet) + frames;
      if (end > MAX_REPLY_FRAMES) return connection?.fault(`frame ${end} of a reply`);
      // After a resume the gateway may send again what has come already.
      if (frames > 0 && end <= live.downlinkNext) return;
      live.firstReplyArrivedAtMs ??= arrivedAtMs;
      live.downlinkNext = Math.max(live.downlinkNext, end);
      downlink({ turn: live.turn, bytes: packet.slice(), arrivedAtMs });
      scheduleAck();
      if (!isFinal(packet) || live.replyFinished) return;
      live.replyFinished = true;
      send({ type: 'reply.finished', turn: live.turn, frames: end });
    }

    function scheduleAck(): void {
      if (ackTimer !== undefined) return;
      ackSinceMs = clock.now();
      ackTimer = clock.setTimeout(sendAck, ACK_INTERVAL_MS);
    }

    function ackWithPacket(): void {
      if (ackTimer === undefined || clock.now() - ackSinceMs < ACK_WITH_PACKET_MS) return;
      clock.clearTimeout(ackTimer);
      sendAck();
    }

    function sendAck(): void {
      ackTimer = undefined;
      if (live) connection?.send({ type: 'ack', turn: live.number, next: live.downlinkNext });
    }

    function readQueues(): QueueReading[] {
      const turn = live ?? delivery;
      const { unsent, packets, limit, dropped } = turn?.outbox.stats() ?? IDLE_OUTBOX;
      return [
        { name: 'outbox', unit: 'packets', depth: unsent, limit, sent: packets - unsent, dropped },
        {
          name: 'socket backlog',
          unit: 'bytes',
          depth: connection?.bufferedBytes ?? 0,
          limit: MAX_SOCKET_BUFFER_BYTES,
          sent: turn?.bytes ?? 0,
          dropped: 0,
        },
      ];
    }

    function acknowledge({ turn, next, lateMs, lost = 0 }: Extract<GatewayMessage, { type: 'ack' }>): void {
      const of = turnNumbered(turn);
      const frames = of?.outbox.acknowledge(next) ?? 0;
      // A kept turn comes as fast as it can: it says nothing of how live speech fares.
      if (of !== live || lateMs === undefined || frames <= 0) return;
      heard({
        lossPercent: Math.min(100, (100 * lost) / frames),
        latenessMs: lateMs,
        roundTripMs,
        backlogMs: backlogMs(),
      });
    }

    function backlogMs(): number {
      return (live?.outbox.unacknowledgedFrames() ?? 0) * FRAME_MS;
    }

    function onMessage(message: GatewayMessage): void {
      const turn = 'turn' in message && message.turn === live?.number ? live?.turn : undefined;
      switch (message.type) {
        case 'turn.processing':
          if (turn === undefined) return;
          return send({ type: 'turn.processing', turn, ...optional({ transcript: message.transcript }) });
        case 'reply.start':
          if (turn === undefined) return;
          return send({ type: 'reply.started', turn, ...optional({ text: message.text }) });
        case 'ack':
          return acknowledge(message);
        case 'turn.stored':
          if (delivery?.id === message.id) delivery = undefined;
          return send({ type: 'turn.stored', id: message.id, ...optional({ cloud: message.cloud }) });
        case 'turn.done':
          if (turn !== undefined) finishLive(message.timing ?? {});
          return;
        case 'error':
          return onError(message);
        case 'pair.pending':
          return send({ type: 'network.pairing', code: message.code, expiresAtMs: message.expiresAt });
        case 'pair.approved':
          gatewayLog.info('the gateway has paired this device');
          return onToken?.(message.token);
        case 'reply.cached':
          if (bounds.takesReply(message.key)) return onCachedReply?.(message);
          return gatewayLog.warn('a cached reply is not taken', { key: message.key });
        case 'settings':
          if (bounds.takesSettings(message.settings)) {
            return send({ type: 'settings.changed', settings: message.settings });
          }
          return gatewayLog.warn('settings change too often: these are not taken');
        case 'goaway':
          goingAway = true;
          return live ? undefined : leave();
        default:
          gatewayLog.debug('message without effect', { type: message.type });
      }
    }

    function turnNumbered(number: number): WireTurn | undefined {
      return [live, delivery].find((turn) => turn?.number === number);
    }

    function onError({ turn: number, message, retryable }: Extract<GatewayMessage, { type: 'error' }>): void {
      if (number === undefined) return;
      const error: ErrorInfo = { code: 'turn_refused', message, hint: 'See the log of the gateway.' };
      if (delivery?.number === number) failDelivery(error, retryable);
      else if (live?.number === number && live.turn !== undefined)
        send({ type: 'turn.refused', turn: live.turn, error });
    }

    /** The gateway's times on this clock; then the turn is over. */
    function finishLive(timing: TurnTiming): void {
      if (live?.turn === undefined) return;
      const offsetMs = connection?.clockOffsetMs ?? 0;
      const here = (atMs: number | undefined) => (atMs === undefined ? undefined : atMs + offsetMs);
      send({
        type: 'turn.done',
        turn: live.turn,
        timing: optional({
          firstReceivedAtMs: here(timing.firstReceivedAtMs),
          finalReceivedAtMs: here(timing.finalReceivedAtMs),
          firstReplySentAtMs: here(timing.firstReplySentAtMs),
          firstReplyArrivedAtMs: live.firstReplyArrivedAtMs,
        }),
      });
      endLive();
    }

    receive(uplink, onUplink);
    receive(backlog, deliver);
    const guardedQueues = guard(readQueues);
    if (probe) onEnd(probe.watch(() => guardedQueues() ?? []));
    return {
      receive(event) {
        switch (event.type) {
          case 'turn.latencies':
            return connection?.send({ type: 'turn.report', id: event.id, latencyMs: plausible(event.latencyMs) });
          case 'network.connect':
            return connect();
          case 'network.close':
            return drop(event.reason);
          case 'device.metrics':
            return connection?.send({ type: 'report', figures: event.metrics });
          case 'turn.start':
            return startLive(event);
          case 'turn.abort': {
            if (live?.turn !== event.turn) return;
            const message = abortMessage(live.number, event.reason);
            if (message && live.announced) connection?.send(message);
            return endLive();
          }
          case 'turn.playback': {
            const { type: _, turn, ...report } = event;
            const number = [live, previous].find((each) => each?.turn === turn)?.number;
            if (number !== undefined) connection?.send({ type: 'playback', turn: number, ...report });
            return;
          }
        }
      },
      stop() {
        stopWatching?.();
        endLive();
        drop('stopping');
      },
    };
  };
}

/** Parts of them are times that the gateway has told. */
function plausible(latencies: Latencies): Latencies {
  return Object.fromEntries(Object.entries(latencies).filter(([, ms]) => ms >= 0 && ms <= MAX_DURATION_MS));
}

/** Without the keys that are undefined. */
function optional<T extends object>(value: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(value).filter(([, entry]) => entry !== undefined)) as never;
}
