/**
 * The gateway without its server: does the handshake of each connection, finds or starts the session of its device, and
 * notifies of its events. Sockets and clock are injected.
 */
import type { WakeExchange } from '../../actors/cloud/wake-exchange.ts';
import type { AcceptSocket } from '../../actors/network/socket.ts';
import { createDeviceQuotas, type DeviceQuota } from '../../actors/session/device-quota.ts';
import { type DeviceSocket, receiveHello } from '../../actors/session/handshake.ts';
import { memorySpools, type Spools } from '../../actors/session/spool-folder.ts';
import { TenantQuota } from '../../actors/session/tenant-quota.ts';
import { createWakeWords } from '../../actors/session/wake-words.ts';
import type { SessionNotification } from '../../machines/session-context.ts';
import { isolateObserver } from '../core/actor/isolate-observer.ts';
import { DEFAULT_LIMITS, type Limits } from '../core/limits/limits.ts';
import { CLOSE_INTERNAL_ERROR, CLOSE_REPLACED, CLOSE_TRY_AGAIN_LATER } from '../protocol/control.ts';
import { createSessionComposer, type OpenSession, type SessionParts } from './compose-session.ts';

export interface SessionsOptions extends SessionParts {
  /** Default: those of src/core/limits/limits.ts. */
  limits?: Limits;
  /** What all devices together may use; default: what the limits say, for this gateway alone. */
  tenant?: TenantQuota;
  /** For the spools of a turn while it lasts; default: memory. */
  spools?: Spools;
  /** Observes each session's machine; called before it is started. */
  onSession?: (actor: OpenSession['actor'], id: string) => void;
  onNotification?: (notification: SessionNotification) => void;
  /** Wake words at other gateways. */
  wakeExchange?: WakeExchange;
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

export function createSessions(options: SessionsOptions): Sessions {
  const { clock, log, onSession, onNotification, wakeExchange } = options;
  const { limits = DEFAULT_LIMITS, tenant = new TenantQuota(limits, clock), spools = memorySpools } = options;
  const wakeWords = createWakeWords({
    ...{ clock, log, decisionMs: limits.wakeDecisionMs, windowMs: limits.wakeWindowMs },
    elsewhere: wakeExchange,
  });
  const compose = createSessionComposer({ ...options, limits, spools, wakeWords });
  const quotas = createDeviceQuotas(limits, tenant, clock, log);
  const sessions = new Set<OpenSession>();
  /** Name of a device → its session: a device has one connection, and the newest replaces the others. */
  const byDevice = new Map<string, OpenSession>();
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

  function isOpen({ actor }: OpenSession): boolean {
    return actor.getSnapshot().matches('open');
  }

  /** A session may end before it gets its connection: its device connection crashed at once. */
  function give(to: OpenSession, deviceSocket: DeviceSocket): void {
    if (!isOpen(to)) return deviceSocket.socket.close(CLOSE_INTERNAL_ERROR, 'internal error');
    to.described.hello = deviceSocket.hello;
    const { group } = deviceSocket.hello;
    const leaveGroup = group ? wakeExchange?.join(group) : undefined;
    if (leaveGroup) deviceSocket.scope.onEnd(leaveGroup);
    to.given.add(deviceSocket);
    deviceSocket.scope.onEnd(() => to.given.delete(deviceSocket));
    to.connections.send(deviceSocket);
  }

  function start(device: string, tokenHash: string | undefined, quota: DeviceQuota): OpenSession {
    const started = compose(device, tokenHash, quota);
    const { actor, id } = started;
    sessions.add(started);
    byDevice.set(device, started);
    actor.on('*', (notification) => note(started, notification));
    if (onNotification) actor.on('*', isolateObserver('the observer of the sessions', log, onNotification));
    if (onSession) isolateObserver('the inspector', log, onSession)(actor, id);
    actor.start();
    return started;
  }

  function note(of: OpenSession, notification: SessionNotification): void {
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

  const inTurn = ({ actor }: OpenSession) => actor.getSnapshot().context.inTurn;

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
