/**
 * The peer: the gateway's end of one device's line. Checks what arrives, hands the utterance to the responder and, once it is
 * whole, to the recorder, and sends the reply, paced. It outlives a connection: a device that comes back goes on where it was.
 */

import type { ActorDefinition } from '../../src/core/actor/actor.ts';
import type { Channel } from '../../src/core/actor/channel.ts';
import type { CachedReplyFile, ReceivedPacket, ReplyFrames } from '../../src/core/actor/data-plane.ts';
import { guardEach } from '../../src/core/actor/scope.ts';
import type { DeviceConnectionContract } from '../../src/core/contracts/index.ts';
import { type ErrorInfo, errorFields, errorInfo } from '../../src/core/errors.ts';
import { createInactivity } from '../../src/core/time/inactivity.ts';
import { clipText, MAX_COUNT, MAX_DURATION_MS } from '../../src/protocol/bounds.ts';
import {
  type AudioFormat,
  CLOSE_PROTOCOL_ERROR,
  CLOSE_REPLACED,
  type DeviceMessage,
  decodeDeviceMessage,
  type GatewayMessage,
  type Hello,
  MAX_MESSAGE_BYTES,
  type Settings,
} from '../../src/protocol/control.ts';
import { FRAME_MS } from '../../src/protocol/format.ts';
import { type AudioPacket, decodePacket, turnTagOf } from '../../src/protocol/packet.ts';
import type { Socket, SocketHandlers } from '../network/socket.ts';
import type { DeviceQuota } from './device-quota.ts';
import type { DeviceSocket } from './handshake.ts';
import { createPeerTurn, type PeerTurn, type PeerTurnOptions } from './peer-turn.ts';
import { createReplySender } from './reply-sender.ts';
import type { Spools } from './spool-folder.ts';
import type { TurnRecorder } from './turn-recorder.ts';
import type { UtteranceAudio } from './utterance-audio.ts';

/** A device pings every 5 s; one that is silent this long is gone. */
const DEAD_AFTER_MS = 15_000;
/** Messages that fail their check before the device is given up. */
const FAULTS_TOLERATED = 5;
/** A cached reply is as long as a message may be: the next one goes when the socket has taken the one before. */
const MAX_BYTES_BEFORE_REPLY = 16 * 1_024;
const CACHED_REPLY_RETRY_MS = 40;
const ACK_INTERVAL_MS = 500;

export interface PeerOptions {
  /** The device's connections, one after the other: connected, each replacing the one before. */
  connections: Channel<DeviceSocket>;
  heard: Channel<ReceivedPacket>;
  spoken: Channel<ReplyFrames>;
  /** What the device may say by itself while it is alone. */
  replies: Channel<CachedReplyFile>;
  recorder: TurnRecorder;
  limits: PeerTurnOptions['limits'];
  quota: DeviceQuota;
  /** For what is kept of a turn while it lasts. */
  spools: Spools;
}

export function definePeer(options: PeerOptions): ActorDefinition<DeviceConnectionContract> {
  const { connections, heard, spoken, replies, recorder, limits, quota, spools } = options;
  return (scope) => {
    const { send, clock, log, receive, run } = scope;
    let socket: Socket | undefined;
    /** Not read from until the disk has caught up. */
    let waiting: Socket | undefined;
    let hello: Hello | undefined;
    let turn: PeerTurn | undefined;
    /** The turn that began last, be it over or not: numbers grow. */
    let newest = { turn: 0, id: '' };
    let settings: Settings = {};
    let faults = 0;
    const silence = createInactivity(clock);
    let ackTimer: unknown;
    let repliesTimer: unknown;
    /** Those that the settings name and the device does not have yet: 20 at most. */
    const missingReplies: CachedReplyFile[] = [];
    const reply = createReplySender({
      scope,
      turn: () => turn,
      socket: () => socket,
      bufferMs: () => settings.bufferMs ?? hello?.playback.bufferMs ?? 0,
      onSent(of, frames) {
        if (of.done) tell(of.done);
        else send({ type: 'device.replied', turn: of.number, frames });
      },
    });

    function attach(connected: DeviceSocket): void {
      const old = socket;
      socket = connected.socket;
      hello = connected.hello;
      faults = 0;
      silence.reset();
      old?.close(CLOSE_REPLACED, 'replaced');
      const mine = connected.socket;
      const handlers: SocketHandlers = {
        onText: (text) => mine === socket && receiveText(text),
        onBinary: (bytes) => mine === socket && receiveBytes(bytes),
        onClose(code, reason, error) {
          if (mine !== socket) return;
          detach();
          // Of our own making it has no reason from the other end.
          send({ type: 'device.detached', code, reason: reason || (error?.message ?? '') });
        },
      };
      connected.listen(guardEach(handlers, scope));
      silence.checkAfter(DEAD_AFTER_MS, watch);
      const { resume, device, playback } = connected.hello;
      const resumed = resume !== undefined && resume.turn === turn?.number;
      const { name, model, software } = device;
      const make = { ...(model !== undefined && { model }), ...(software !== undefined && { software }) };
      send({ type: 'device.attached', device: name, bufferMs: playback.bufferMs, resumed, ...make });
    }

    function detach(): void {
      socket = undefined;
      silence.stop();
      for (const timer of [ackTimer, repliesTimer]) clock.clearTimeout(timer);
      reply.stop();
      ackTimer = undefined;
    }

    function deviceName(): string {
      return hello?.device.name ?? '';
    }

    function tell(message: GatewayMessage): void {
      socket?.sendText(JSON.stringify(message));
    }

    /** Says something of the current turn; said again to a device that comes back in the middle of it. */
    function tellOfTurn(message: GatewayMessage & { turn: number }): void {
      // Of each kind the last: a responder may say as often as it likes that it is working.
      if (turn?.number === message.turn) {
        turn.said = [...turn.said.filter(({ type }) => type !== message.type), message];
      }
      tell(message);
    }

    function watch(silentMs: number): void {
      if (silentMs >= DEAD_AFTER_MS) {
        log.info('device silent: connection dropped', { device: hello?.device.name, silentMs: Math.round(silentMs) });
        socket?.terminate();
        return;
      }
      silence.checkAfter(DEAD_AFTER_MS - silentMs, watch);
    }

    function fault(code: string, reason: string): void {
      // The close is on its way; what comes meanwhile is of no interest.
      if (faults >= FAULTS_TOLERATED) return;
      faults += 1;
      log.warn('a device sent something that is not of the protocol', { code, reason, faults });
      tell({ type: 'error', code, message: reason, retryable: faults < FAULTS_TOLERATED });
      if (faults >= FAULTS_TOLERATED) socket?.close(CLOSE_PROTOCOL_ERROR, 'protocol error');
    }

    function receiveText(text: string): void {
      silence.reset();
      const decoded = decodeDeviceMessage(text);
      if (decoded.ok) receiveMessage(decoded.message);
      else if (decoded.kind === 'invalid') fault('message_invalid', decoded.reason);
    }

    function receiveMessage(message: DeviceMessage): void {
      switch (message.type) {
        case 'hello':
          return fault('hello_repeated', 'a second hello');
        case 'ping':
          return tell({ type: 'pong', t0: message.t0, t1: silence.lastActiveAtMs, t2: clock.now() });
        case 'turn.start':
          return startTurn(message);
        case 'turn.abort':
          return send({ type: 'device.abort', turn: message.turn, reason: message.reason });
        case 'playback': {
          const { type: _, ...report } = message;
          const isOver = message.event === 'drained' || message.event === 'aborted';
          if (isOver && turn?.number === message.turn && turn.done) turn.reply.release();
          return send({ type: 'device.playback', ...report });
        }
        case 'report':
          return send({ type: 'device.metrics', metrics: message.figures });
        case 'turn.report':
          return send({ type: 'turn.latencies', id: message.id, latencyMs: message.latencyMs });
        case 'ack':
          return turn?.number === message.turn ? turn.reply.acknowledge(message.next) : undefined;
        case 'bye':
          return log.debug('the device says goodbye', { reason: message.reason });
      }
    }

    function startTurn(message: Extract<DeviceMessage, { type: 'turn.start' }>): void {
      const { turn: number, id, trigger, startedAt, offline } = message;
      // The same turn once more: a device that came back and found it given up.
      const isAgain = number === newest.turn && id === newest.id;
      if (number <= newest.turn && !isAgain) return fault('turn_number', `turn ${number} after turn ${newest.turn}`);
      const refusal = quota.takeTurn();
      if (refusal !== undefined) return refuseTurn(number, refusal);
      newest = { turn: number, id };
      const framesPerPacket = hello?.audio.framesPerPacket ?? 1;
      replaceTurn(createPeerTurn({ start: message, device: deviceName(), framesPerPacket, limits, spools }));
      send({ type: 'device.turn', turn: number, id, trigger, startedAtMs: startedAt, offline: offline !== undefined });
      // An offline turn whose confirmation was lost: here already.
      if (turn && offline && recorder.has(deviceName(), id)) confirm(turn);
    }

    /** What was recorded of the old one is discarded when the recorder has it, or at once where it never will be whole. */
    function replaceTurn(next: PeerTurn | undefined): void {
      const old = turn;
      turn = next;
      reply.stop();
      old?.reply.discard();
      if (old?.utterance.complete === false) old.audio.discard();
    }

    /** It gives up the one before all the same: the device does not wait for that any more. */
    function refuseTurn(number: number, message: string): void {
      log.warn('a turn is refused', { reason: message });
      tell({ type: 'error', code: 'turn_refused', message, turn: number, retryable: true });
      if (turn) send({ type: 'device.abort', turn: turn.number, reason: 'barge-in' });
    }

    function receiveBytes(bytes: Uint8Array): void {
      silence.reset();
      const decoded = decodePacket(own(bytes));
      if (!decoded.ok) return fault(decoded.error.code, decoded.error.message);
      const { packet } = decoded;
      if (!turn || packet.turn !== turnTagOf(turn.number)) return;
      const due = turn.utterance.next;
      const what = turn.utterance.add(packet, bytes.length);
      switch (what) {
        case 'new':
          turn.arrivals.observe(packet, Math.max(0, packet.sequence - due), silence.lastActiveAtMs);
          quota.takeAudio(packet.frames.length * FRAME_MS);
          turn.audio.append(bytes);
          if (turn.audio.isBehind) waitForDisk(turn.audio, socket);
          hear(turn, packet);
          break;
        case 'ahead':
          fault('packet_ahead', `frame ${packet.sequence} came, ${due} was due`);
          break;
        case 'too-long':
        case 'too-large':
          return overrun(turn, what);
      }
      scheduleAck();
    }

    /** A turn at line speed comes no faster than the disk takes it. What was read already comes all the same. */
    function waitForDisk(audio: UtteranceAudio, from: Socket | undefined): void {
      if (from === waiting) return;
      waiting = from;
      from?.setReading(false);
      run(async () => {
        await audio.caughtUp();
        if (waiting === from) waiting = undefined;
        from?.setReading(true);
      });
    }

    function overrun(current: PeerTurn, what: 'too-long' | 'too-large'): void {
      replaceTurn(undefined);
      const most = what === 'too-long' ? `${limits.turnMs / 1_000} s of audio` : `${limits.turnBytes} bytes`;
      const error: ErrorInfo = {
        code: 'turn_refused',
        message: `The turn has more than ${most}`,
        hint: 'Speak in shorter turns.',
      };
      send({ type: 'device.overrun', turn: current.number, error });
    }

    function hear(current: PeerTurn, packet: AudioPacket): void {
      current.timing.firstReceivedAtMs ??= silence.lastActiveAtMs;
      if (packet.final) {
        current.timing.finalReceivedAtMs = silence.lastActiveAtMs;
        send({ type: 'device.final', turn: current.number, frames: current.utterance.next });
        run(() => record(current));
      }
      heard.send({ turn: current.number, packet });
    }

    async function record(spokenTurn: PeerTurn): Promise<void> {
      const { start, audio } = spokenTurn;
      const { id, trigger, startedAt: startedAtMs, offline } = start;
      const device = deviceName();
      try {
        if (!recorder.has(device, id)) {
          await recorder.record({ id, device, trigger, startedAtMs, offline: offline !== undefined, audio });
        }
        confirm(spokenTurn);
      } catch (error) {
        // The device keeps the turn, and delivers it again later.
        log.error('a turn could not be recorded', { turn: id, ...errorFields(error) });
        if (offline) {
          const { code, message } = errorInfo(error);
          const retryable = code !== 'turn_refused';
          tell({ type: 'error', turn: spokenTurn.number, code, message: clipText(message), retryable });
        }
      } finally {
        audio.discard();
      }
    }

    function confirm({ number, start }: PeerTurn): void {
      tellOfTurn({ type: 'turn.stored', turn: number, id: start.id });
      send({ type: 'device.stored', turn: number });
      const inCloud = recorder.inCloud?.(deviceName(), start.id);
      if (!inCloud) return;
      run(async () => {
        await inCloud;
        tell({ type: 'turn.stored', turn: number, id: start.id, cloud: true });
      });
    }

    function scheduleAck(): void {
      ackTimer ??= clock.setTimeout(() => {
        ackTimer = undefined;
        if (turn) tell({ type: 'ack', turn: turn.number, next: turn.utterance.next, ...turn.arrivals.take() });
      }, ACK_INTERVAL_MS);
    }

    function sendCachedReplies(): void {
      clock.clearTimeout(repliesTimer);
      while (socket && missingReplies.length > 0) {
        if (socket.bufferedBytes > MAX_BYTES_BEFORE_REPLY) {
          repliesTimer = clock.setTimeout(sendCachedReplies, CACHED_REPLY_RETRY_MS);
          return;
        }
        const { key, text, file } = missingReplies.shift() as CachedReplyFile;
        tell({ type: 'reply.cached', key, text, file: Buffer.from(file).toString('base64') });
      }
    }

    function audioFormat(): AudioFormat {
      const framesPerPacket = hello?.audio.framesPerPacket ?? 1;
      return { codec: 'opus', sampleRateHz: 16_000, channels: 1, frameMs: 20, framesPerPacket };
    }

    function welcome({
      session,
      resumed,
    }: Extract<DeviceConnectionContract['receives'], { type: 'device.welcome' }>): void {
      tell({
        type: 'welcome',
        session,
        resumed,
        uplinkNext: resumed ? (turn?.utterance.next ?? 0) : 0,
        audio: audioFormat(),
        limits: {
          maxMessageBytes: MAX_MESSAGE_BYTES,
          maxTurnMs: Math.min(limits.turnMs, MAX_DURATION_MS),
          maxTurnBytes: Math.min(limits.turnBytes, MAX_COUNT),
        },
        serverTime: clock.wallNow(),
      });
      if (Object.keys(settings).length > 0) tell({ type: 'settings', settings });
      sendCachedReplies();
      if (!resumed || !turn) return;
      for (const message of turn.said) tell(message);
      // After a reply its FINAL, which is sent again, brings it.
      if (turn.done && !turn.announced) tell(turn.done);
      reply.resume(hello?.resume?.downlinkNext ?? 0);
    }

    function obey(event: DeviceConnectionContract['receives']): void {
      switch (event.type) {
        case 'device.welcome':
          return welcome(event);
        case 'device.processing': {
          const { turn: number, transcript } = event;
          return tellOfTurn({
            type: 'turn.processing',
            turn: number,
            ...(transcript === undefined ? {} : { transcript }),
          });
        }
        case 'device.reply': {
          const { turn: number, text } = event;
          if (turn?.number !== number || turn.announced) return;
          turn.announced = true;
          const words = text === undefined ? {} : { text };
          tellOfTurn({ type: 'reply.start', turn: number, audio: audioFormat(), ...words });
          return reply.pump();
        }
        case 'device.done': {
          const { turn: number, id } = event;
          if (turn?.number !== number) return tell({ type: 'turn.done', turn: number, id });
          turn.done = { type: 'turn.done', turn: number, id, timing: turn.timing };
          return tell(turn.done);
        }
        case 'device.refuse': {
          const { error, retryable, turn: number } = event;
          const { code, message } = error;
          return tellOfTurn({ type: 'error', code, message: clipText(message), retryable, turn: number });
        }
        case 'device.flush':
          return turn?.number === event.turn ? replaceTurn(undefined) : undefined;
        case 'device.settings': {
          const areNew = Object.keys({ ...settings, ...event.settings }).length > 0;
          settings = event.settings;
          return areNew ? tell({ type: 'settings', settings }) : undefined;
        }
        case 'device.close':
          tell({ type: 'bye', reason: event.reason });
          if (socket) return socket.close(event.code, event.reason);
          // The device is away: nobody is left to answer the close.
          return send({ type: 'device.detached', code: event.code, reason: event.reason });
      }
    }

    receive(connections, attach);
    receive(replies, (reply) => {
      missingReplies.push(reply);
      sendCachedReplies();
    });
    receive(spoken, (frames) => {
      if (turn?.number !== frames.turn) return;
      turn.reply.add(frames);
      reply.pump();
    });

    return {
      receive: obey,
      stop() {
        const last = socket;
        detach();
        replaceTurn(undefined);
        last?.terminate();
      },
    };
  };
}

/**
 * What a responder may keep: bytes that hold no more memory than their own. The socket's are mostly all that came at a time; among
 * many others they are copied.
 */
function own(bytes: Uint8Array): Uint8Array {
  return bytes.buffer.byteLength <= 2 * bytes.length ? bytes : bytes.slice();
}
