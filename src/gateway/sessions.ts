/**
 * The gateway without its server: does the handshake of each connection, finds or starts the session of its device, and
 * notifies of its events. Sockets and clock are injected.
 */
import { type Actor, createActor } from 'xstate';
import type { Access } from '../../actors/cloud/access.ts';
import type { CloudRecorder, SessionObserver, SessionRecorder } from '../../actors/cloud/cloud-recorder.ts';
import { createRemoteControls } from '../../actors/cloud/remote-controls.ts';
import type { TurnStandings } from '../../actors/cloud/turn-standings.ts';
import { createUsedLimits, type UsedLimits } from '../../actors/cloud/used-limits.ts';
import type { WakeExchange } from '../../actors/cloud/wake-exchange.ts';
import type { AcceptSocket } from '../../actors/network/socket.ts';
import { defineResponder, type Responder } from '../../actors/responder/responder.ts';
import { defineDeviceConnection } from '../../actors/session/device-connection.ts';
import { createDeviceQuotas, type DeviceQuota } from '../../actors/session/device-quota.ts';
import { type DeviceSocket, receiveHello } from '../../actors/session/handshake.ts';
import { memorySpools, type Spools } from '../../actors/session/spool-folder.ts';
import { TenantQuota } from '../../actors/session/tenant-quota.ts';
import type { Traffic } from '../../actors/session/traffic.ts';
import type { TurnRecorder } from '../../actors/session/turn-recorder.ts';
import { createWakeWords } from '../../actors/session/wake-words.ts';
import { type ActorToRun, sharedActorLogic } from '../../machines/adapter/actor-host.ts';
import type { ActorSystem } from '../../machines/adapter/contract-logic.ts';
import { session } from '../../machines/session.ts';
import type { SessionNotification } from '../../machines/session-context.ts';
import { supervised } from '../../machines/supervise.ts';
import type { Channel } from '../core/actor/channel.ts';
import { isolateObserver, isolateObservers } from '../core/actor/isolate-observer.ts';
import type { QueueRegistry } from '../core/actor/queue-metrics.ts';
import {
  type DeviceConnectionContract,
  deviceConnectionContract,
  type ResponderContract,
  responderContract,
} from '../core/contracts/index.ts';
import { DEFAULT_LIMITS, type Limits } from '../core/limits/limits.ts';
import type { Log } from '../core/log/log.ts';
import type { Clock } from '../core/time/clock.ts';
import {
  CLOSE_INTERNAL_ERROR,
  CLOSE_REPLACED,
  CLOSE_REVOKED,
  CLOSE_TRY_AGAIN_LATER,
  type Hello,
} from '../protocol/control.ts';
import { type AnsweredTurnsOptions, withAnsweredTurns } from './answered-turns.ts';
import { combineObservers } from './combined-observer.ts';
import { type AssistantSettings, describeDevice } from './device-description.ts';
import { createSessionChannels } from './session-channels.ts';
import type { OpenNotices } from './session-notices.ts';
import { withObserver } from './with-observer.ts';

export interface SessionsOptions {
  responder: Responder;
  /** Stores turns: a turn that it has recorded is confirmed to the device. */
  recorder: TurnRecorder;
  clock: Clock;
  log: Log;
  newId: () => string;
  /** Default: those of src/core/limits/limits.ts. */
  limits?: Limits;
  /** What all devices together may use; default: what the limits say, for this gateway alone. */
  tenant?: TenantQuota;
  /** For the spools of a turn while it lasts; default: memory. */
  spools?: Spools;
  /** Observes each session's machine; called before it is started. */
  onSession?: (actor: Actor<typeof session>, id: string) => void;
  /** Registers the readers of its queues. */
  queues?: QueueRegistry;
  onNotification?: (notification: SessionNotification) => void;
  /** Observes the notifications of sessions. */
  observe?: (session: string, onReplaced: (by: { gateway?: string }) => void) => SessionRecorder;
  /** Counts the packets of all devices. */
  traffic?: Traffic;
  /** What became of a turn that a device sends again. Without it, it is answered again. */
  standing?: TurnStandings['untilTold'];
  /** Tells the other gateways what a device that leaves has used of its limits. */
  tellUsed?: CloudRecorder['used'];
  /** Speaks what another gateway has answered. */
  voice?: AnsweredTurnsOptions['voice'];
  /** Wake words at other gateways. */
  wakeExchange?: WakeExchange;
  /** Announcements and reminders. */
  notices?: OpenNotices;
  /** Sends changes to a device while it is connected. */
  watch?: Access['watch'];
}

/** What is known of a connection before its hello: its token. */
export interface AuthenticatedDevice {
  device: string;
  tokenHash: string;
}

export interface AcceptOptions {
  authenticated?: AuthenticatedDevice;
  /** Of the client, as its limits are counted. */
  address?: string;
  /** Called after its hello. False: it was closed, and gets no session. */
  isWelcome?: () => boolean;
}

export interface Sessions {
  /** An accepted connection before its hello. */
  accept(take: AcceptSocket, options?: AcceptOptions): void;
  count(): number;
  /** Turns that are under way now. */
  turns(): number;
  /** Asks all devices to connect elsewhere between turns. Those that are gone do not come back to their sessions. */
  drain(goaway: { afterMs: number; spreadMs: number }): void;
  /** Closes the sessions that have had no turn for so long. */
  closeIdle(idleMs: number, code: number, reason: string): void;
  /** Resolves when there is no session. */
  ended(): Promise<void>;
  /** Resolves when all sessions have ended. */
  closeAll(code: number, reason: string): Promise<void>;
}

interface Described {
  hello: Hello | undefined;
  settings: AssistantSettings | undefined;
}

interface Session {
  id: string;
  device: string;
  actor: Actor<typeof session>;
  /** The connections of the device, one after the other. */
  connections: Channel<DeviceSocket>;
  /** For the assistant: the last hello, and the operator's settings. */
  described: Described;
  /** Those that are not closed. */
  given: Set<DeviceSocket>;
  observer: SessionObserver | undefined;
  /** When its last turn ended, or it began. */
  idleSinceMs: number;
  /** The log for lines that its device causes. */
  log: Log;
  used: UsedLimits;
  /** Ends its subscriptions and unregisters its queues. */
  unwatch: () => void;
}

/** The actors of one session; all sessions share one machine. */
interface SessionActors {
  deviceConnection: ActorToRun<DeviceConnectionContract>;
  responder: ActorToRun<ResponderContract>;
}

function found(actorsOf: WeakMap<ActorSystem, SessionActors>, system: ActorSystem): SessionActors {
  const actors = actorsOf.get(system);
  if (!actors) throw new Error('a session was started without its actors');
  return actors;
}

export function createSessions(options: SessionsOptions): Sessions {
  const {
    responder,
    recorder,
    clock,
    log,
    newId,
    onSession,
    queues,
    onNotification,
    observe,
    notices: openNotices,
    wakeExchange,
    standing,
    tellUsed,
    voice,
    watch,
    limits = DEFAULT_LIMITS,
    tenant = new TenantQuota(limits, clock),
    spools = memorySpools,
    traffic,
  } = options;
  const actorsOf = new WeakMap<ActorSystem, SessionActors>();
  const machine = session.provide({
    actors: {
      // A device connection is not restarted after a crash: the session ends, and the device reconnects.
      deviceConnection: sharedActorLogic(
        deviceConnectionContract,
        (system) => found(actorsOf, system).deviceConnection,
      ),
      responder: supervised(
        responderContract,
        sharedActorLogic(responderContract, (system) => found(actorsOf, system).responder),
      ),
    },
  });
  const wakeWords = createWakeWords({
    ...{ clock, log, decisionMs: limits.wakeDecisionMs, windowMs: limits.wakeWindowMs },
    elsewhere: wakeExchange,
  });
  const quotas = createDeviceQuotas(limits, tenant, clock, log);
  const sessions = new Set<Session>();
  /** Name of a device → its session: a device has one connection, and the newest replaces the others. */
  const byDevice = new Map<string, Session>();
  /** Callbacks for the end of the last session. */
  const emptied = new Set<() => void>();

  /** A token identifies the device; without a token the name in its hello is used. */
  function onHello(anyone: DeviceSocket, { authenticated, address }: AcceptOptions): void {
    const device = { ...anyone.hello.device, ...(authenticated && { name: authenticated.device }) };
    const deviceSocket = { ...anyone, hello: { ...anyone.hello, device } };
    const { resume } = deviceSocket.hello;
    const previous = byDevice.get(device.name);
    const quota = quotas.of(device.name);
    if (!quota.takeConnection(address)) {
      quota.log.warn('a device connects too often', { device: device.name });
      return deviceSocket.socket.close(CLOSE_TRY_AGAIN_LATER, 'connects too often');
    }
    if (previous && resume?.session === previous.id && isOpen(previous)) return give(previous, deviceSocket);
    const full = previous ? undefined : tenant.takeConnection(sessions.size);
    if (full !== undefined) {
      log.warn('a device is refused', { device: device.name, reason: full });
      return deviceSocket.socket.close(CLOSE_TRY_AGAIN_LATER, full);
    }
    previous?.actor.send({ type: 'session.close', code: CLOSE_REPLACED, reason: 'replaced' });
    give(start(device.name, authenticated?.tokenHash, quota), deviceSocket);
  }

  function isOpen({ actor }: Session): boolean {
    return actor.getSnapshot().matches('open');
  }

  /** A session may end before it gets its connection: its device connection crashed at once. */
  function give(to: Session, deviceSocket: DeviceSocket): void {
    if (!isOpen(to)) return deviceSocket.socket.close(CLOSE_INTERNAL_ERROR, 'internal error');
    to.described.hello = deviceSocket.hello;
    const { group } = deviceSocket.hello;
    const leaveGroup = group ? wakeExchange?.join(group) : undefined;
    if (leaveGroup) deviceSocket.scope.onEnd(leaveGroup);
    to.given.add(deviceSocket);
    deviceSocket.scope.onEnd(() => to.given.delete(deviceSocket));
    to.connections.send(deviceSocket);
  }

  function start(device: string, tokenHash: string | undefined, quota: DeviceQuota): Session {
    const id = newId();
    const described: Described = { hello: undefined, settings: undefined };
    const hosting = { clock, log: quota.log };
    const channels = createSessionChannels();
    const { connections, received, replyFrames, cachedReplies, reminderSpeech } = channels;
    const connection = defineDeviceConnection({
      ...{ ...channels, device, recorder, limits, quota, spools, wakeWords },
      ...(traffic && { traffic }),
    });
    const record = observe?.(id, ({ gateway }) => {
      quota.log.info('the device has connected to another gateway', { device, session: id, gateway });
      actor.send({ type: 'session.close', code: CLOSE_REPLACED, reason: 'replaced' });
    });
    const profile = () => describeDevice(device, described.hello, described.settings);
    const notices = openNotices?.({
      device,
      profile,
      send: (event) => actor.send(event),
      sendSpeech: (file) => reminderSpeech.send(file),
    });
    const observers = [
      ...(record ? [isolateObservers('the record of a session', log, record)] : []),
      ...(notices ? [isolateObservers('the notices of a session', log, notices.observer)] : []),
    ];
    const observer = observers.length > 0 ? combineObservers(observers) : undefined;
    const isRepeated = (turn: number) =>
      described.hello?.resume?.turn === turn && described.hello.resume.session !== id;
    const answering = defineResponder({
      responder: standing
        ? withAnsweredTurns({
            responder,
            isRepeated,
            standing: (turn, signal) => standing(device, turn, signal),
            voice,
          })
        : responder,
      device: profile,
      ...(notices && { takeAnnouncement: notices.takeAnnouncement }),
      received,
      reply: replyFrames,
    });
    const actor = createActor(machine, { clock, input: { session: id, turnLimitMs: limits.turnMs } });
    actorsOf.set(actor.system, {
      deviceConnection: { definition: observer ? withObserver(connection, observer) : connection, options: hosting },
      responder: { definition: answering, options: hosting },
    });
    const onControls = createRemoteControls({
      session: id,
      pass: (action) => actor.send({ type: 'session.control', action }),
    });
    const used = createUsedLimits({
      ...{ session: id, quota, wallNow: clock.wallNow },
      tell: (told) => tellUsed?.(device, told),
    });
    const unwatchDevice = watch?.(
      { device, tokenHash },
      {
        onCachedReply: (reply) => cachedReplies.send(reply),
        onSettings({ assistant, ...settings }) {
          described.settings = assistant;
          actor.send({ type: 'session.settings', settings });
        },
        onNewestConnection(connection) {
          record?.onNewestConnection(connection);
          onControls(connection);
          used.onNewest(connection);
        },
        onRevoked: (reason) => actor.send({ type: 'session.close', code: CLOSE_REVOKED, reason }),
      },
    );
    const unwatchQueues = queues?.watch(() =>
      [received, replyFrames, cachedReplies, reminderSpeech].map((queue) => ({
        ...queue.stats(),
        name: `${queue.stats().name} ${id.slice(-6)}`,
      })),
    );
    const unwatch = () => {
      unwatchDevice?.();
      unwatchQueues?.();
      notices?.close();
    };
    const started: Session = {
      id,
      device,
      actor,
      connections,
      described,
      given: new Set(),
      observer,
      idleSinceMs: clock.now(),
      log: quota.log,
      used,
      unwatch,
    };
    sessions.add(started);
    byDevice.set(device, started);
    actor.on('*', (notification) => note(started, notification));
    if (onNotification) actor.on('*', isolateObserver('the observer of the sessions', log, onNotification));
    if (onSession) isolateObserver('the inspector', log, onSession)(actor, id);
    actor.start();
    return started;
  }

  function note(of: Session, notification: SessionNotification): void {
    switch (notification.type) {
      case 'session.opened':
        return of.log.info('device connected', { device: notification.device, session: notification.session });
      case 'session.resumed':
        return of.log.info('device reconnected', {
          device: notification.device,
          session: notification.session,
          turn: notification.turnId || undefined,
        });
      case 'turn.tool':
        return of.observer?.toolUsed(notification.turn, notification.call);
      case 'turn.ended':
        of.idleSinceMs = clock.now();
        of.observer?.ended(notification.turn, notification.outcome);
        return of.log.info('turn ended', { turn: notification.turnId, outcome: notification.outcome });
      case 'session.closed':
        sessions.delete(of);
        of.unwatch?.();
        of.used.closed();
        of.observer?.closed(notification.code, notification.reason);
        if (sessions.size === 0) {
          for (const resolve of emptied) resolve();
          emptied.clear();
        }
        if (byDevice.get(of.device) === of) byDevice.delete(of.device);
        // A device connection that crashed may not know the reason.
        for (const { socket } of of.given) socket.terminate();
        return of.log.info('device disconnected', {
          device: notification.device,
          closeCode: notification.code,
          reason: notification.reason || undefined,
        });
    }
  }

  const inTurn = ({ actor }: Session) => actor.getSnapshot().context.inTurn;

  async function ended(): Promise<void> {
    if (sessions.size > 0) await new Promise<void>((resolve) => emptied.add(resolve));
  }

  return {
    accept: (take, accepted = {}) =>
      receiveHello(take, { clock, log, helloMs: limits.helloMs }, (deviceSocket) => {
        if (accepted.isWelcome?.() ?? true) onHello(deviceSocket, accepted);
      }),
    count: () => sessions.size,
    turns: () => [...sessions].filter(inTurn).length,
    drain(goaway) {
      for (const { actor } of sessions) actor.send({ type: 'session.drain', ...goaway });
    },
    closeIdle(idleMs, code, reason) {
      for (const each of sessions) {
        const isIdle = !inTurn(each) && clock.now() - each.idleSinceMs >= idleMs;
        if (isIdle) each.actor.send({ type: 'session.close', code, reason });
      }
    },
    ended,
    async closeAll(code, reason) {
      for (const { actor } of sessions) actor.send({ type: 'session.close', code, reason });
      await ended();
      quotas.close();
      wakeWords.close();
    },
  };
}
