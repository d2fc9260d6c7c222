/**
 * The WebSockets of devices, and of pages as devices: who may connect, whose token is checked, who is paired. Those who may come in are
 * passed on to the sessions.
 */
import type { IncomingMessage } from 'node:http';
import { v7 as uuidv7 } from 'uuid';
import { type WebSocket, WebSocketServer } from 'ws';
import { bearerToken } from '../../actors/cloud/access.ts';
import { pairDevice } from '../../actors/cloud/pairing.ts';
import { createPairingPlaces } from '../../actors/cloud/pairing-places.ts';
import type { AcceptSocket } from '../../actors/network/socket.ts';
import { adopt } from '../../actors/network/websocket.ts';
import { receiveHello } from '../../actors/session/handshake.ts';
import type { Limits } from '../core/limits/limits.ts';
import type { Log } from '../core/log/log.ts';
import { createOccasionalLog } from '../core/log/occasional-log.ts';
import type { Clock } from '../core/time/clock.ts';
import {
  BEARER_PROTOCOL,
  CLOSE_GOING_AWAY,
  CLOSE_REVOKED,
  CLOSE_TRY_AGAIN_LATER,
  MAX_MESSAGE_BYTES,
  STREAM_PATH,
  SUBPROTOCOL,
} from '../protocol/control.ts';
import { clientKey, isLoopback } from '../server/addresses.ts';
import { batchedWrites } from '../server/batched-writes.ts';
import { createCountsByKey } from '../server/counts-by-key.ts';
import { type FrontDoor, timerMs, type Visit } from '../server/front-door.ts';
import type { Handshake } from '../server/handshakes.ts';
import type { HttpRoute, Upgrade } from '../server/routes.ts';
import type { GatewayCloud } from './gateway-cloud.ts';
import type { Sessions } from './sessions.ts';
import type { PageOrigins } from './web/page-origins.ts';

/** An answer of HTTP, and for a page the code of a close instead. */
interface Refusal {
  status: number;
  code?: string;
  reason: string;
}
const REFUSAL_CLOSES: Record<number, number> = { 401: CLOSE_REVOKED, 503: CLOSE_TRY_AGAIN_LATER };

export interface DeviceStreamsOptions {
  sessions: Pick<Sessions, 'accept'>;
  /** Checks tokens, and pairs devices. */
  cloud: Pick<GatewayCloud, 'access' | 'ready'>;
  /** Pages may be devices, from these origins. */
  servesPages: boolean;
  origins: PageOrigins;
  refuse: FrontDoor['refuse'];
  limits: Limits;
  clock: Clock;
  log: Log;
}

export interface DeviceStreams {
  route: HttpRoute;
  /** Connected devices. */
  count(): number;
  /** Accepts none any more. */
  refuse(): void;
  /** Accepts none any more, and closes those that have no session; the sessions close theirs. */
  close(): void;
}

export function openDeviceStreams(options: DeviceStreamsOptions): DeviceStreams {
  const { sessions, cloud, servesPages, origins, refuse, limits, clock, log } = options;
  const { access } = cloud;
  const places = createPairingPlaces(limits, clock);
  const warnOccasionally = createOccasionalLog(log);
  const pairing = { cloud: cloud.ready, places, warnOccasionally, onPaired: access.knowPaired, newId: uuidv7 };
  let closing = false;
  let devices = 0;
  const devicesOf = createCountsByKey();
  const sockets = new WebSocketServer({
    noServer: true,
    perMessageDeflate: false,
    maxPayload: MAX_MESSAGE_BYTES,
    maxFragments: limits.fragments,
    // @types/ws does not declare it yet.
    ...{ closeTimeout: timerMs(limits.closeMs) },
    handleProtocols: (offered) => (offered.has(SUBPROTOCOL) ? SUBPROTOCOL : false),
  });

  async function openStream(upgrade: Upgrade): Promise<void> {
    const { request, socket, head, ...visit } = upgrade;
    const offered = offeredProtocols(request);
    const refusal = refusalOf(request, offered, visit);
    if (refusal) return refuseDevice(upgrade, refusal);
    const { client, handshake } = visit;
    const token = bearerToken(request.headers.authorization) ?? bearerProtocol(offered);
    if (token !== undefined) handshake.reach('proving');
    const address = clientKey(client.address);
    const admission = await access.admit({ token, isLocal: client.isLocal, address });
    if (admission.kind === 'refused') {
      warnOccasionally('a device is refused', { code: admission.code, address: client.address });
      return refuseDevice(upgrade, admission);
    }
    if (admission.kind === 'unpaired' && client.via === 'a stranger' && isLoopback(client.address)) {
      warnOccasionally('a device came through a proxy and has no token: it can only be paired', {
        hint: 'If it is your proxy, add it with --trust-proxy.',
      });
    }
    if (socket.destroyed) return;
    if (admission.kind === 'device') handshake.reach('proving', `device ${admission.device}`);
    sockets.handleUpgrade(request, socket, head, (accepted) => {
      const take: AcceptSocket = (handlers, scope) =>
        adopt(accepted, handlers, scope, {
          maxUnreadBytes: limits.unreadBytes,
          readLimits: limits,
          connection: socket,
          beforeWrite: batchedWrites(socket),
        });
      if (admission.kind === 'unpaired') {
        receiveHello(take, { clock, log, helloMs: limits.helloMs }, (deviceSocket) => {
          handshake.leave();
          pairDevice(deviceSocket, { ...pairing, address });
        });
      } else {
        const isWelcome = () => enter(accepted, handshake, address);
        sessions.accept(take, { isWelcome, address, ...(admission.kind === 'device' && { authenticated: admission }) });
      }
    });
  }

  /** A browser tells its page nothing of an HTTP answer: so the connection is accepted, and the page told by the code of its close. */
  function refuseDevice({ request, socket, head, ...visit }: Upgrade, { status, code, reason }: Refusal): void {
    const closeCode = REFUSAL_CLOSES[status];
    const isOurs = request.headers.origin !== undefined && servesPages && origins.mayStream(request, visit);
    if (!isOurs || closeCode === undefined || !offeredProtocols(request).includes(SUBPROTOCOL)) {
      return refuse(socket, status, { ...(code !== undefined && { code }), error: reason });
    }
    if (socket.destroyed) return;
    visit.handshake.reach('refused');
    sockets.handleUpgrade(request, socket, head, (accepted) => {
      // Whatever else the page sends: it is refused.
      accepted.on('error', () => {});
      accepted.close(closeCode, reason);
      const timer = setTimeout(() => accepted.terminate(), timerMs(limits.closeMs));
      accepted.once('close', () => clearTimeout(timer));
    });
  }

  /** A device has sent its hello. Other devices may have reached the limit since it connected. */
  function enter(accepted: WebSocket, handshake: Handshake, address: string): boolean {
    const full = fullness(address);
    if (closing || full) {
      if (closing) accepted.close(CLOSE_GOING_AWAY, 'going away');
      else accepted.close(CLOSE_TRY_AGAIN_LATER, full);
      return false;
    }
    handshake.leave();
    devices += 1;
    const leave = devicesOf.add(address);
    accepted.once('close', () => {
      devices -= 1;
      leave();
    });
    return true;
  }

  /** Why there can't be another device at this address. */
  function fullness(address: string): string | undefined {
    if (devices >= limits.connections) return 'the gateway is full';
    return devicesOf.of(address) >= limits.connectionsPerAddress ? 'too many devices of this address' : undefined;
  }

  function refusalOf(request: IncomingMessage, offered: readonly string[], visit: Visit): Refusal | undefined {
    if (closing) return { status: 503, reason: 'the gateway is shutting down' };
    const full = fullness(clientKey(visit.client.address));
    if (full) return { status: 503, reason: full };
    if (!offered.includes(SUBPROTOCOL)) return { status: 400, reason: `offer the sub-protocol ${SUBPROTOCOL}` };
    // Only a browser sends an origin: that of the page. A page of others could reach a gateway on its visitor's machine.
    const isPage = request.headers.origin !== undefined;
    const isForeign = isPage && !(servesPages && origins.mayStream(request, visit));
    return isForeign ? { status: 403, reason: 'not for this web page' } : undefined;
  }

  return {
    route: { path: STREAM_PATH, upgrade: openStream },
    count: () => devices,
    refuse() {
      closing = true;
    },
    close() {
      closing = true;
      // They wait to be paired, or have sent no hello yet.
      for (const socket of sockets.clients) socket.close(CLOSE_GOING_AWAY, 'gateway shutting down');
    },
  };
}

function offeredProtocols({ headers }: IncomingMessage): string[] {
  return (headers['sec-websocket-protocol'] ?? '').split(',').map((name) => name.trim());
}

/** A browser can send no `Authorization` with a WebSocket: a page offers its token as a second sub-protocol, `bearer.TOKEN`. */
function bearerProtocol(offered: readonly string[]): string | undefined {
  const found = offered.find((each) => each.startsWith(BEARER_PROTOCOL));
  return found?.slice(BEARER_PROTOCOL.length);
}
