/**
 * The device connection: the gateway's end of the connection to one device. It turns messages into events and commands
 * into messages; the turns themselves are in session-turns.ts. It outlives a WebSocket: a device that reconnects
 * continues its turn.
 */

import type { ActorDefinition, ActorScope, RunningActor } from '../../src/core/actor/actor.ts';
import type { Channel } from '../../src/core/actor/channel.ts';
import type { CachedReplyFile, ReminderSpeechFile, ReplyFrames } from '../../src/core/actor/data-plane.ts';
import type { DeviceConnectionContract } from '../../src/core/contracts/index.ts';
import { createTokenBucket } from '../../src/core/limits/token-bucket.ts';
import { clipText, MAX_COUNT, MAX_DURATION_MS } from '../../src/protocol/bounds.ts';
import { type DeviceMessage, MAX_MESSAGE_BYTES, type Settings } from '../../src/protocol/control.ts';
import { type ControlAction, FEATURE_OF_ACTION } from '../../src/protocol/remote-control.ts';
import { AttachedDevice } from './attached-device.ts';
import { CachedReplySender } from './cached-reply-sender.ts';
import { DeviceNotices } from './device-notices.ts';
import type { DeviceSocket } from './handshake.ts';
import { SessionTurns, type SessionTurnsOptions } from './session-turns.ts';
import { countPacket, createTraffic, type Traffic } from './traffic.ts';

export interface DeviceConnectionOptions
  extends Pick<SessionTurnsOptions, 'device' | 'received' | 'recorder' | 'limits' | 'quota' | 'spools' | 'wakeWords'> {
  /** The connections of the device, one after the other; each replaces the one before. */
  connections: Channel<DeviceSocket>;
  replyFrames: Channel<ReplyFrames>;
  /** The cached replies of the device. */
  cachedReplies: Channel<CachedReplyFile>;
  /** What its reminders say. */
  reminderSpeech: Channel<ReminderSpeechFile>;
  /** Counts the packets. */
  traffic?: Traffic;
}

type ConnectionState =
  /** The device is not connected; it may reconnect. Owns nothing. */
  | { readonly status: 'away' }
  /** The device is connected. Owns the connection, and its silence timer. */
  | AttachedDevice;

type Command<Type extends DeviceConnectionContract['receives']['type']> = Extract<
  DeviceConnectionContract['receives'],
  { type: Type }
>;

/** Each may become a write of the cloud. */
const MUTE_REPORTS_PER_MINUTE = 30;

const AWAY = { status: 'away' } as const;

export function defineDeviceConnection(options: DeviceConnectionOptions): ActorDefinition<DeviceConnectionContract> {
  return (scope) => new DeviceConnection(options, scope);
}

class DeviceConnection implements RunningActor<DeviceConnectionContract> {
  readonly #options: DeviceConnectionOptions;
  readonly #scope: ActorScope<DeviceConnectionContract>;
  readonly #turns: SessionTurns;
  readonly #cachedReplies: CachedReplySender;
  readonly #notices: DeviceNotices;
  #state: ConnectionState = AWAY;
  #settings: Settings = {};
  readonly #muteReports = createTokenBucket(MUTE_REPORTS_PER_MINUTE, 60_000);

  constructor(options: DeviceConnectionOptions, scope: ActorScope<DeviceConnectionContract>) {
    const { connections, cachedReplies, reminderSpeech, replyFrames } = options;
    this.#options = options;
    this.#scope = scope;
    const bufferMs = () => this.#settings.bufferMs ?? this.#device?.hello.playback.bufferMs ?? 0;
    this.#turns = new SessionTurns({ ...options, bufferMs, scope, send: scope.send });
    this.#cachedReplies = new CachedReplySender(scope.clock);
    this.#notices = new DeviceNotices(scope.clock);
    scope.receive(connections, (connection) => this.#attach(connection));
    scope.receive(cachedReplies, (reply) => this.#cachedReplies.add(reply));
    scope.receive(reminderSpeech, (speech) => this.#notices.speak(speech));
    scope.receive(replyFrames, (frames) => this.#turns.addReply(frames));
  }

  receive(event: DeviceConnectionContract['receives']): void {
    switch (event.type) {
      case 'device.welcome':
        return this.#welcome(event);
      case 'device.partial':
        return this.#turns.say({ type: 'turn.partial', turn: event.turn, text: event.text });
      case 'device.hold':
        return this.#turns.hold(event.turn, event.holdMs);
      case 'device.end':
        return this.#turns.endUtterance(event.turn, event.reason);
      case 'device.caption':
        return this.#turns.say({ type: 'reply.text', turn: event.turn, text: event.text, fromMs: event.fromMs });
      case 'device.stage':
        return this.#turns.noteStage(event.turn, event.stage, event.atMs);
      case 'device.processing': {
        const { turn, transcript } = event;
        return this.#turns.say({ type: 'turn.processing', turn, ...(transcript !== undefined && { transcript }) });
      }
      case 'device.reply':
        return this.#turns.announceReply(event.turn, event.text);
      case 'device.done':
        return this.#turns.finish(event.turn, event.id, event.asks === true);
      case 'device.refuse': {
        const { turn, error, retryable } = event;
        const message = clipText(error.message);
        return this.#turns.say({ type: 'error', code: error.code, message, retryable, turn });
      }
      case 'device.flush':
        return this.#turns.flush(event.turn);
      case 'device.settings':
        return this.#changeSettings(event);
      case 'device.control':
        return this.#control(event.action);
      case 'device.say':
        return this.#notices.say(event);
      case 'device.unsay':
        return this.#notices.forget(event.id);
      case 'device.reminders':
        return this.#notices.setReminders(event.reminders);
      case 'device.goaway':
        return this.#device?.send({ type: 'goaway', afterMs: event.afterMs, spreadMs: event.spreadMs });
      case 'device.close':
        return this.#close(event);
    }
  }

  stop(): void {
    const left = this.#device;
    this.#detach();
    this.#turns.clear();
    left?.terminate();
  }

  get #device(): AttachedDevice | undefined {
    return this.#state.status === 'attached' ? this.#state : undefined;
  }

  #attach(connection: DeviceSocket): void {
    const old = this.#device;
    const { traffic = createTraffic() } = this.#options;
    const device: AttachedDevice = new AttachedDevice(
      connection,
      {
        onMessage: (message) => device === this.#state && this.#onMessage(device, message),
        onPacket: (bytes) => {
          countPacket(traffic.received, bytes);
          return device === this.#state ? this.#turns.onPacket(bytes, device.lastHeardAtMs) : undefined;
        },
        onClosed: (code, reason) => {
          if (device !== this.#state) return;
          this.#detach();
          this.#scope.send({ type: 'device.detached', code, reason });
        },
      },
      traffic,
      this.#scope,
    );
    this.#state = device;
    this.#cachedReplies.detach();
    this.#notices.detach();
    this.#turns.attach(device);
    old?.replace();
    const { resume, device: who, playback, features, group } = connection.hello;
    const { name, model, software } = who;
    this.#scope.send({
      type: 'device.attached',
      device: name,
      bufferMs: playback.bufferMs,
      resumed: resume !== undefined && this.#turns.canResume(resume.turn),
      ...(features && { features }),
      ...(group !== undefined && { group }),
      ...(model !== undefined && { model }),
      ...(software !== undefined && { software }),
    });
  }

  #detach(): void {
    this.#device?.release();
    this.#state = AWAY;
    this.#cachedReplies.detach();
    this.#notices.detach();
    this.#turns.detach();
  }

  #onMessage(device: AttachedDevice, message: DeviceMessage): void {
    const { send, clock, log } = this.#scope;
    switch (message.type) {
      case 'hello':
        return device.fault('hello_repeated', 'a second hello');
      case 'ping':
        return device.send({ type: 'pong', t0: message.t0, t1: device.lastHeardAtMs, t2: clock.now() });
      case 'turn.start':
        if (message.announcement !== undefined) this.#notices.forget(message.announcement);
        return this.#turns.start(message);
      case 'turn.abort':
        return send({ type: 'device.abort', turn: message.turn, reason: message.reason });
      case 'playback':
        this.#turns.onPlayback(message);
        return send({ ...message, type: 'device.playback' });
      case 'report':
        // Each is a row of the cloud.
        if (!this.#options.quota.takeReport()) return log.debug('a report is left out: the device sends too many');
        return send({ type: 'device.metrics', metrics: message.figures });
      case 'turn.report':
        return send({ type: 'turn.latencies', id: message.id, latencyMs: message.latencyMs });
      case 'say.declined':
        this.#notices.forget(message.id);
        return send({ ...message, type: 'device.declined' });
      case 'reminder.rang':
        return send({ ...message, type: 'device.rang' });
      case 'mute':
        if (!this.#muteReports.takeOne(clock.now()))
          return log.debug('a report is left out: the device sends too many');
        return send({ ...message, type: 'device.mute' });
      case 'ack':
        return this.#turns.onAck(message);
      case 'bye':
        return log.debug('the device says goodbye', { reason: message.reason });
    }
  }

  #welcome({ session, resumed }: Command<'device.welcome'>): void {
    const device = this.#device;
    if (!device) return;
    const { limits } = this.#options;
    device.send({
      type: 'welcome',
      session,
      resumed,
      uplinkNext: resumed ? this.#turns.nextFrame : 0,
      audio: device.audioFormat,
      limits: {
        maxMessageBytes: MAX_MESSAGE_BYTES,
        maxTurnMs: Math.min(limits.turnMs, MAX_DURATION_MS),
        maxTurnBytes: Math.min(limits.turnBytes, MAX_COUNT),
      },
      serverTime: this.#scope.clock.wallNow(),
    });
    if (Object.keys(this.#settings).length > 0) device.send({ type: 'settings', settings: this.#settings });
    this.#cachedReplies.attach(device);
    this.#notices.attach(device);
    if (resumed) this.#turns.resume(device.hello.resume?.downlinkNext ?? 0);
  }

  #control(action: ControlAction): void {
    const device = this.#device;
    if (device?.hello.features?.includes(FEATURE_OF_ACTION[action])) device.send({ type: 'control', action });
  }

  #changeSettings({ settings }: Command<'device.settings'>): void {
    const areNew = Object.keys({ ...this.#settings, ...settings }).length > 0;
    this.#settings = settings;
    if (areNew) this.#device?.send({ type: 'settings', settings });
  }

  #close({ code, reason }: Command<'device.close'>): void {
    const device = this.#device;
    // The device is not connected: there is no close to wait for.
    if (!device) return this.#scope.send({ type: 'device.detached', code, reason });
    device.send({ type: 'bye', reason });
    device.close(code, reason);
  }
}
