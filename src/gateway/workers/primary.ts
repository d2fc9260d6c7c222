/**
 * The primary of a gateway with several processes: it accepts connections, reads their first bytes, and hands each over to a worker, which
 * serves it as a gateway of its own does. It answers no request itself.
 */
import type { ChildProcess } from 'node:child_process';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { EarshotError } from '../../core/errors.ts';
import type { Limits } from '../../core/limits/limits.ts';
import type { Log } from '../../core/log/log.ts';
import { createOccasionalLog } from '../../core/log/occasional-log.ts';
import type { Clock } from '../../core/time/clock.ts';
import { clientKey, isLoopback, plainAddress } from '../../server/addresses.ts';
import type { TrustedProxies } from '../../server/client.ts';
import { KEEP_ALIVE_DELAY_MS } from '../../server/front-door.ts';
import { createHandshakes, type Handshake } from '../../server/handshakes.ts';
import { listenError } from '../../server/listen-error.ts';
import { readOpening } from '../../server/opening-bytes.ts';
import type { GatewayStatus } from '../metrics/gateway-status.ts';
import { stopReading } from './hand-over.ts';
import type { ToPrimary, WorkerNews, WorkerPlace } from './messages.ts';
import { parseOpening } from './opening.ts';
import { readPrimaryMetrics } from './primary-metrics.ts';
import { slotOf } from './rendezvous.ts';
import { gatherStatuses } from './statuses.ts';
import { openWorker, type Worker } from './worker.ts';

export interface PrimaryOptions {
  host: string;
  /** 0: any free port. */
  port: number;
  workers: number;
  limits: Pick<Limits, 'handshakes' | 'handshakesPerAddress' | 'requestMs'>;
  proxies: TrustedProxies;
  /** The workers speak TLS: what a client sends cannot be read here. */
  isTls: boolean;
  embedded: WorkerPlace['embedded'];
  /** Of the embedded cloud. */
  cloudUrl?: Promise<string>;
  /** Starts the process of a worker, with a channel for messages. */
  fork: () => ChildProcess;
  clock: Clock;
  log: Log;
}

export interface Primary {
  address: AddressInfo;
  /** What the workers tell of themselves at their start: all the same. */
  news: WorkerNews;
  workers: readonly Pick<Worker, 'slot' | 'pid' | 'isReady'>[];
  /** All workers drain. Resolves when they have ended; after `timeoutMs` they are killed. */
  drain(timeoutMs: number): Promise<void>;
}

/**
 * Resolves when all workers take connections.
 *
 * @throws EarshotError `port_in_use`, `address_unavailable`, `worker_failed`
 */
export async function startPrimary(options: PrimaryOptions): Promise<Primary> {
  const { host, port, workers: count, limits, proxies, isTls, embedded, cloudUrl, fork, clock, log } = options;
  const handshakes = createHandshakes(limits);
  const warnOccasionally = createOccasionalLog(log);
  const server = createServer({
    ...{ allowHalfOpen: true, noDelay: true, keepAlive: true, keepAliveInitialDelay: KEEP_ALIVE_DELAY_MS },
    // A socket from which nothing was read can be handed over as it is.
    pauseOnConnect: true,
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error) => reject(listenError(error, host, port)));
    server.listen(port, host, resolve);
  });
  server.removeAllListeners('error');
  server.on('error', (error) => warnOccasionally('connections cannot be taken', { error: error.message }));
  const address = server.address() as AddressInfo;
  /** For those that belong to no worker in particular. */
  let rotation = 0;
  const changed = new Set<() => void>();
  const note = () => {
    for (const check of [...changed]) check();
  };
  let firstFailure: number | undefined;
  let news: WorkerNews | undefined;

  const workers = Array.from({ length: count }, (_, i) => openSlot(i + 1));
  const statuses = gatherStatuses({ workers, own: ownStatus, clock });
  cloudUrl?.then(
    (url) => {
      for (const worker of workers) worker.send({ kind: 'cloud', url });
    },
    () => {}, // It is logged where it is started.
  );

  function openSlot(slot: number): Worker {
    return openWorker({
      ...{ slot, clock, log },
      start() {
        const child = fork();
        const place: WorkerPlace = { slot, workers: count, address, embedded };
        child.send({ kind: 'start', place });
        cloudUrl?.then(
          (url) => child.connected && child.send({ kind: 'cloud', url }),
          () => {},
        );
        return child;
      },
      onReady(told) {
        news = told;
        note();
      },
      onMessage: (message: ToPrimary) => statuses.receive(slot, message),
      onEnded(waiting, isFirst) {
        if (isFirst) firstFailure ??= slot;
        for (const { socket, handshake, source, opening } of waiting) {
          // Which worker it belonged to is not kept: any other one serves it.
          const next = nextReady();
          if (next) next.handOver({ socket, handshake, source, opening });
          else drop(socket, handshake);
        }
        note();
      },
    });
  }

  function ownStatus(): GatewayStatus {
    return {
      health: {
        connections: 0,
        handshakes: handshakes.count(),
        records: { waiting: 0, dropped: 0, refused: 0, deadLetters: 0 },
      },
      reasons: [],
      isCloudConnected: true,
      metrics: readPrimaryMetrics(workers, handshakes),
    };
  }

  server.on('connection', (socket: Socket) => {
    const peer = plainAddress(socket.remoteAddress ?? '');
    const isProxy = proxies.includes(peer);
    const hasProxyHeader = isProxy && proxies.header === 'proxy-protocol';
    const handshake = handshakes.enter(isProxy ? undefined : clientKey(peer), () => {
      warnOccasionally('connections that did not finish their handshake were dropped', { address: peer });
      socket.destroy();
    });
    socket.on('close', handshake.leave);
    socket.on('error', () => socket.destroy());
    if (isTls && !hasProxyHeader) return dispatch(socket, handshake, { source: undefined, opening: Buffer.alloc(0) });
    readOpening(socket, {
      limitMs: limits.requestMs,
      parse(bytes) {
        const opening = parseOpening(bytes, { hasProxyHeader, isPlain: !isTls });
        return opening === 'incomplete' ? undefined : opening;
      },
      onParsed(opening, bytes) {
        if (opening === 'invalid') {
          warnOccasionally('a trusted proxy does not name its client', { address: peer });
          return void socket.destroy();
        }
        stopReading(socket);
        const { source, token, start } = opening;
        const key = token ?? addressKey(source ?? peer, isProxy);
        dispatch(socket, handshake, { source, opening: bytes.subarray(start) }, key);
      },
    });
  });

  /** Undefined: one address stands for many devices. */
  function addressKey(client: string, isProxy: boolean): string | undefined {
    return isLoopback(client) || (isProxy && proxies.header !== 'proxy-protocol') ? undefined : clientKey(client);
  }

  function dispatch(
    socket: Socket,
    handshake: Handshake,
    { source, opening }: { source: string | undefined; opening: Buffer },
    key?: string,
  ): void {
    const ready = workers.filter((worker) => worker.isReady());
    const slot =
      key === undefined
        ? undefined
        : slotOf(
            key,
            ready.map((worker) => worker.slot),
          );
    const worker = slot === undefined ? nextReady() : ready.find((each) => each.slot === slot);
    if (worker) worker.handOver({ socket, handshake, source, opening });
    else drop(socket, handshake);
  }

  function nextReady(): Worker | undefined {
    const ready = workers.filter((worker) => worker.isReady());
    rotation += 1;
    return ready[rotation % ready.length];
  }

  /** No worker is ready: the client tries again. */
  function drop(socket: Socket, handshake: Handshake): void {
    warnOccasionally('connections were dropped: no worker is ready');
    handshake.leave();
    socket.destroy();
  }

  /** Resolves once it holds. */
  function until(holds: () => boolean): Promise<void> {
    return new Promise((resolve) => {
      const check = () => {
        if (!holds()) return;
        changed.delete(check);
        resolve();
      };
      changed.add(check);
      check();
    });
  }

  async function drain(timeoutMs: number): Promise<void> {
    for (const worker of workers) {
      worker.retire();
      worker.send({ kind: 'drain' });
    }
    const patience = clock.setTimeout(() => {
      log.warn('workers did not end and are killed');
      for (const worker of workers) worker.kill('SIGKILL');
    }, timeoutMs);
    await until(() => workers.every((worker) => worker.isOver()));
    clock.clearTimeout(patience);
    server.close();
  }

  await until(() => firstFailure !== undefined || workers.every((worker) => worker.isReady()));
  if (news && firstFailure === undefined) return { address, news, workers, drain };
  await drain(0);
  throw new EarshotError('worker_failed', `Worker ${firstFailure} could not start`, 'Its message above tells why.');
}
