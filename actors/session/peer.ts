/**
 * The peer: the gateway's end of one device's connection. Checks what arrives, hands the utterance to the responder, and
 * sends the reply, paced.
 */
import type { PeerPort } from '../../machines/ports.ts';
import type { ActorDefinition } from '../../src/actor.ts';
import type { Channel } from '../../src/channel.ts';
import type { HeardPacket, SpokenFrames } from '../../src/data-plane.ts';
import type { PeerCommand } from '../../src/events.ts';
import {
  type AudioFormat,
  CLOSE_PROTOCOL_ERROR,
  CLOSE_UNSUPPORTED,
  type DeviceMessage,
  decodeDeviceMessage,
  type GatewayMessage,
  MAX_MESSAGE_BYTES,
  PROTOCOL_VERSION,
  type ReplyTiming,
} from '../../src/protocol/control.ts';
import { decodePacket, encodePacket, epochOf } from '../../src/protocol/packet.ts';
import type { Socket, SocketHandlers } from '../network/socket.ts';
import { createPacer, type Pacer } from './pacer.ts';
import { createReplyQueue, type ReplyQueue } from './reply-queue.ts';

/** A device pings every 5 s; one that is silent this long is gone. */
const DEAD_AFTER_MS = 15_000;
/** Messages that fail their check before the device is given up. */
const FAULTS_TOLERATED = 5;
/** Bytes in the socket above which a reply waits, and how soon it is looked at again. */
const MAX_SOCKET_BUFFER_BYTES = 64 * 1_024;
const PUMP_RETRY_MS = 40;
const REPLY_AUDIO: AudioFormat = { codec: 'opus', sampleRateHz: 16_000, channels: 1, frameMs: 20, framesPerPacket: 3 };

export interface PeerOptions {
  /** Takes over the accepted socket. */
  accept: (handlers: SocketHandlers) => Socket;
  heard: Channel<HeardPacket>;
  spoken: Channel<SpokenFrames>;
  maxTurnMs: number;
}

type Hello = Extract<DeviceMessage, { type: 'hello' }>;

interface Turn {
  turn: number;
  queue: ReplyQueue;
  /** Set once the reply was announced to the device. */
  announced: boolean;
  pacer?: Pacer;
  timing: ReplyTiming;
}

export function definePeer({ accept, heard, spoken, maxTurnMs }: PeerOptions): ActorDefinition<PeerPort> {
  return ({ send, clock, log }) => {
    let hello: Hello | undefined;
    let turn: Turn | undefined;
    let faults = 0;
    let lastHeardAtMs = clock.now();
    let deadTimer: unknown;
    let pumpTimer: unknown;
    let closed = false;

    const socket = accept({
      onText(text) {
        lastHeardAtMs = clock.now();
        const decoded = decodeDeviceMessage(text);
        if (decoded.ok) receiveMessage(decoded.message);
        else if (decoded.kind === 'invalid') fault('message_invalid', decoded.reason);
      },
      onBinary(bytes) {
        lastHeardAtMs = clock.now();
        const decoded = decodePacket(bytes);
        if (!decoded.ok) fault(decoded.error.code, decoded.error.message);
        else if (!hello) fault('hello_expected', 'audio before hello');
        else if (turn && decoded.packet.turn === epochOf(turn.turn)) {
          turn.timing.firstReceivedAtMs ??= lastHeardAtMs;
          if (decoded.packet.final) turn.timing.finalReceivedAtMs = lastHeardAtMs;
          // The bytes are the socket's; the responder may keep the packet.
          const packet = { ...decoded.packet, frames: decoded.packet.frames.map((frame) => frame.slice()) };
          if (packet.final) {
            send({ type: 'peer.final', turn: turn.turn, frames: packet.sequence + packet.frames.length });
          }
          heard.send({ turn: turn.turn, packet });
        }
      },
      onClose(code, reason) {
        closed = true;
        clock.clearTimeout(deadTimer);
        clock.clearTimeout(pumpTimer);
        send({ type: 'peer.closed', code, reason });
      },
    });
    watch();

    function tell(message: GatewayMessage): void {
      socket.sendText(JSON.stringify(message));
    }

    function watch(): void {
      const silentMs = clock.now() - lastHeardAtMs;
      if (silentMs >= DEAD_AFTER_MS) {
        log.info('device silent: connection dropped', { silentMs: Math.round(silentMs) });
        socket.terminate();
        return;
      }
      deadTimer = clock.setTimeout(watch, DEAD_AFTER_MS - silentMs);
    }

    function fault(code: string, reason: string): void {
      faults += 1;
      log.warn('a device sent something that is not of the protocol', { code, reason, faults });
      tell({ type: 'error', code, message: reason, retryable: faults < FAULTS_TOLERATED });
      if (faults >= FAULTS_TOLERATED) socket.close(CLOSE_PROTOCOL_ERROR, 'protocol error');
    }

    function receiveMessage(message: DeviceMessage): void {
      if (!hello && message.type !== 'hello' && message.type !== 'bye') {
        fault('hello_expected', `${message.type} before hello`);
        return;
      }
      switch (message.type) {
        case 'hello':
          return greet(message);
        case 'ping': {
          const t1 = lastHeardAtMs;
          return tell({ type: 'pong', t0: message.t0, t1, t2: clock.now() });
        }
        case 'turn.start': {
          const { turn: number, id, trigger, startedAt } = message;
          beginTurn(number);
          return send({ type: 'peer.turn', turn: number, id, trigger, startedAtMs: startedAt });
        }
        case 'turn.abort':
          return send({ type: 'peer.abort', turn: message.turn, reason: message.reason });
        case 'playback': {
          const { type: _, ...report } = message;
          return send({ type: 'peer.playback', ...report });
        }
        case 'report':
          return log.debug('figures of the device', message.figures);
        case 'bye':
          return log.debug('the device says goodbye', { reason: message.reason });
      }
    }

    function greet(message: Hello): void {
      if (message.protocol !== PROTOCOL_VERSION) {
        tell({
          type: 'error',
          code: 'unsupported_protocol',
          message: `protocol ${message.protocol} is not spoken here`,
          retryable: false,
          supported: [PROTOCOL_VERSION],
        });
        socket.close(CLOSE_UNSUPPORTED, 'unsupported protocol');
        return;
      }
      if (hello) {
        fault('hello_repeated', 'a second hello');
        return;
      }
      hello = message;
      send({ type: 'peer.hello', device: message.device.name, bufferMs: message.playback.bufferMs });
    }

    function beginTurn(number: number): void {
      clock.clearTimeout(pumpTimer);
      const framesPerPacket = hello?.audio.framesPerPacket ?? REPLY_AUDIO.framesPerPacket;
      turn = { turn: number, queue: createReplyQueue(number, framesPerPacket), announced: false, timing: {} };
    }

    /** Sends what is due of the reply, and comes back for the rest. */
    function pump(): void {
      clock.clearTimeout(pumpTimer);
      while (turn?.announced && !closed) {
        const atMs = turn.queue.nextAtMs();
        if (atMs === undefined) return;
        const now = clock.now();
        turn.pacer ??= createPacer(now, hello?.playback.bufferMs ?? 0);
        const waitMs = socket.bufferedBytes > MAX_SOCKET_BUFFER_BYTES ? PUMP_RETRY_MS : turn.pacer.waitMs(atMs, now);
        if (waitMs > 0) {
          pumpTimer = clock.setTimeout(pump, waitMs);
          return;
        }
        const packet = turn.queue.take();
        if (!packet) return;
        turn.timing.firstReplySentAtMs ??= now;
        socket.sendBinary(encodePacket(packet));
        if (packet.final) {
          send({ type: 'peer.replied', turn: turn.turn, frames: packet.sequence + packet.frames.length });
        }
      }
    }

    function obey(event: PeerCommand): void {
      switch (event.type) {
        case 'peer.welcome':
          return tell({
            type: 'welcome',
            session: event.session,
            audio: { ...REPLY_AUDIO, framesPerPacket: hello?.audio.framesPerPacket ?? REPLY_AUDIO.framesPerPacket },
            limits: { maxMessageBytes: MAX_MESSAGE_BYTES, maxTurnMs },
            serverTime: clock.now(),
          });
        case 'peer.processing': {
          const { turn: number, transcript } = event;
          return tell({ type: 'turn.processing', turn: number, ...(transcript === undefined ? {} : { transcript }) });
        }
        case 'peer.reply': {
          if (turn?.turn !== event.turn || turn.announced) return;
          turn.announced = true;
          const audio = {
            ...REPLY_AUDIO,
            framesPerPacket: hello?.audio.framesPerPacket ?? REPLY_AUDIO.framesPerPacket,
          };
          tell({
            type: 'reply.start',
            turn: event.turn,
            audio,
            ...(event.text === undefined ? {} : { text: event.text }),
          });
          return pump();
        }
        case 'peer.done': {
          const timing = turn?.turn === event.turn ? { timing: turn.timing } : {};
          return tell({ type: 'turn.done', turn: event.turn, id: event.id, ...timing });
        }
        case 'peer.refuse': {
          const { error, retryable, turn: number } = event;
          const { code, message } = error;
          return tell({ type: 'error', code, message, retryable, ...(number === undefined ? {} : { turn: number }) });
        }
        case 'peer.flush':
          if (turn?.turn === event.turn) turn = undefined;
          return clock.clearTimeout(pumpTimer);
        case 'peer.close':
          tell({ type: 'bye', reason: event.reason });
          return socket.close(event.code, event.reason);
      }
    }

    const detach = spoken.receive((frames) => {
      if (turn?.turn !== frames.turn) return;
      turn.queue.add(frames);
      pump();
    });

    return {
      receive: obey,
      stop() {
        detach();
        clock.clearTimeout(deadTimer);
        clock.clearTimeout(pumpTimer);
        if (!closed) socket.terminate();
      },
    };
  };
}
