/**
 * What a worker has of its primary: its place, the connections that are handed over to it, and the status of the other processes.
 */
import type { Socket } from 'node:net';
import { EarshotError } from '../../core/errors.ts';
import type { HandedOver } from '../../server/connections.ts';
import type { GatewayStatus } from '../metrics/gateway-status.ts';
import type { ToPrimary, ToWorker, WorkerNews, WorkerPlace } from './messages.ts';

export interface PrimaryLink {
  place: WorkerPlace;
  /** The address of the embedded cloud, once it is there. */
  cloudUrl: Promise<string>;
  /** Resolves when it should take no further devices, and end when those that it has have left. */
  toDrain: Promise<void>;
  /** Resolves when the primary has ended: so does its worker, without any delay. */
  gone: Promise<void>;
  /** `take`: serves a connection. `status`: of this process. */
  serve(take: (socket: Socket, handed: HandedOver) => void, status: () => GatewayStatus): void;
  /** At the end: the channel would keep the process alive. */
  leave(): void;
  /** From now on it takes connections. */
  ready(news: WorkerNews): void;
  /** Of the other processes. */
  statuses(): Promise<GatewayStatus[]>;
}

/** Whether this process was started as a worker. */
export const isWorker = (environment: NodeJS.ProcessEnv): boolean => environment.EARSHOT_WORKER !== undefined;

/** Resolves when the primary has told its place. @throws EarshotError `usage` where there is no primary */
export async function openPrimaryLink(): Promise<PrimaryLink> {
  // Not for the processes that it starts.
  delete process.env.EARSHOT_WORKER;
  if (!process.send) {
    const hint = 'Use --workers N, and unset EARSHOT_WORKER.';
    throw new EarshotError('usage', 'Only earshot gateway starts workers', hint);
  }
  const channel = process;
  // The terminal's Ctrl-C reaches all processes; the primary tells its workers what to do.
  process.on('SIGINT', () => undefined);
  const told = deferred<WorkerPlace>();
  const cloud = deferred<string>();
  const toDrain = deferred<void>();
  const gone = deferred<void>();
  const calls = new Map<number, (statuses: GatewayStatus[]) => void>();
  let lastCall = 0;
  let serving: Parameters<PrimaryLink['serve']> | undefined;

  const tell = (message: ToPrimary) => void (channel.connected && channel.send?.(message));

  channel.on('message', (message: ToWorker, socket: unknown) => {
    switch (message.kind) {
      case 'start':
        return told.resolve(message.place);
      case 'cloud':
        return cloud.resolve(message.url);
      case 'connection':
        // Its client has gone meanwhile.
        if (socket) take(socket as Socket, message.source, Buffer.from(message.opening, 'base64'));
        return tell({ kind: 'taken' });
      case 'tell status':
        if (serving) tell({ kind: 'status', call: message.call, status: serving[1]() });
        return;
      case 'statuses':
        calls.get(message.call)?.(message.statuses);
        return void calls.delete(message.call);
      case 'drain':
        return toDrain.resolve();
    }
  });
  process.on('SIGTERM', () => toDrain.resolve());
  process.once('disconnect', () => {
    toDrain.resolve();
    gone.resolve();
    for (const resolve of calls.values()) resolve([]);
  });

  function take(socket: Socket, source: string | undefined, opening: Buffer): void {
    // As those that a server accepts: a client may end its half, and is answered.
    socket.allowHalfOpen = true;
    serving?.[0](socket, { source, opening });
  }

  return {
    place: await told.promise,
    cloudUrl: cloud.promise,
    toDrain: toDrain.promise,
    gone: gone.promise,
    serve(...served) {
      serving = served;
    },
    leave: () => void (channel.connected && channel.disconnect()),
    ready: (news) => tell({ kind: 'ready', news }),
    statuses: () =>
      new Promise((resolve) => {
        if (!channel.connected) return resolve([]);
        lastCall += 1;
        calls.set(lastCall, resolve);
        tell({ kind: 'tell statuses', call: lastCall });
      }),
  };
}

function deferred<T>() {
  let resolve: (value: T) => void = () => {};
  const promise = new Promise<T>((settle) => {
    resolve = settle;
  });
  return { promise, resolve };
}
