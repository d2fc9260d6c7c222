/**
 * Composes one session of a device: its channels and actors, its record, its notices, its limits and its subscriptions. The machine is not
 * started yet.
 */
import { type Actor, createActor } from 'xstate';
import type { Access } from '../../actors/cloud/access.ts';
import type { CloudRecorder } from '../../actors/cloud/cloud-recorder.ts';
import { createRemoteControls } from '../../actors/cloud/remote-controls.ts';
import type { SessionObserver, SessionRecorder } from '../../actors/cloud/session-recorder.ts';
import type { TurnStandings } from '../../actors/cloud/turn-standings.ts';
import { createUsedLimits, type UsedLimits } from '../../actors/cloud/used-limits.ts';
import type { Responder } from '../../actors/responder/responder.ts';
import { defineResponder } from '../../actors/responder/responder-actor.ts';
import { defineDeviceConnection } from '../../actors/session/device-connection.ts';
import type { DeviceQuota } from '../../actors/session/device-quota.ts';
import type { DeviceSocket } from '../../actors/session/handshake.ts';
import type { Spools } from '../../actors/session/spool-folder.ts';
import type { Traffic } from '../../actors/session/traffic.ts';
import type { TurnRecorder } from '../../actors/session/turn-recorder.ts';
import type { WakeWords } from '../../actors/session/wake-words.ts';
import { type ActorToRun, sharedActorLogic } from '../../machines/adapter/actor-host.ts';
import type { ActorSystem } from '../../machines/adapter/contract-logic.ts';
import { session } from '../../machines/session.ts';
import { supervised } from '../../machines/supervise.ts';
import type { Channel } from '../core/actor/channel.ts';
import { isolateObservers } from '../core/actor/isolate-observer.ts';
import type { QueueRegistry } from '../core/actor/queue-metrics.ts';
import {
  type DeviceConnectionContract,
  deviceConnectionContract,
  type ResponderContract,
  responderContract,
} from '../core/contracts/index.ts';
import type { Limits } from '../core/limits/limits.ts';
import type { Log } from '../core/log/log.ts';
import type { Clock } from '../core/time/clock.ts';
import { CLOSE_REPLACED, CLOSE_REVOKED, type Hello } from '../protocol/control.ts';
import { type AnsweredTurnsOptions, withAnsweredTurns } from './answered-turns.ts';
import { combineObservers } from './combined-observer.ts';
import { type AssistantSettings, describeDevice } from './device-description.ts';
import { createSessionChannels } from './session-channels.ts';
import type { OpenNotices } from './session-notices.ts';
import { withObserver } from './with-observer.ts';

/** What all sessions of a gateway share. */
export interface SessionParts {
  responder: Responder;
  /** Stores turns: a turn that it has recorded is confirmed to the device. */
  recorder: TurnRecorder;
  clock: Clock;
  log: Log;
  newId: () => string;
  /** Registers the readers of its queues. */
  queues?: QueueRegistry;
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
  /** Announcements and reminders. */
  notices?: OpenNotices;
  /** Sends changes to a device while it is connected. */
  watch?: Access['watch'];
}

export interface ComposerOptions extends SessionParts {
  limits: Limits;
  /** For the spools of a turn while it lasts. */
  spools: Spools;
  wakeWords: WakeWords;
}

export type ComposeSession = (device: string, tokenHash: string | undefined, quota: DeviceQuota) => OpenSession;

interface Described {
  hello: Hello | undefined;
  settings: AssistantSettings | undefined;
}

export interface OpenSession {
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

export function createSessionComposer(options: ComposerOptions): ComposeSession {
  const { responder, recorder, limits, spools, wakeWords, clock, log, newId } = options;
  const { queues, observe, traffic, standing, tellUsed, voice, notices: openNotices, watch } = options;
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

  return function compose(device, tokenHash, quota) {
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
    return {
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
  };
}
