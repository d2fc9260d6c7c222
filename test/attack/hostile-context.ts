/**
 * The environment of a hostile client: sockets from its own address, a signal that ends it, seeded random numbers, and
 * a function to report a breach. Everything is limited by the signal and by a count.
 */
import { connect, type Socket } from 'node:net';
import { WebSocket } from 'ws';
import { type Random, seededRandom } from '../support/random.ts';
import { helloOf } from '../support/wire-device.ts';

/** Begins a line that a hostile device tries to insert into a log or a terminal. */
export const FORGED = 'forged by a hostile device';

export interface HostileSettings {
  /** `ws://…` of the gateway, `http://…` of the embedded cloud. */
  gateway: string;
  cloud: string;
  /** Local address of hostile connections. */
  localAddress: string;
  tokens: string[];
  /** Id of a file that the embedded cloud stores. */
  fileId: string;
  /** Path of a recording of 4 MB, as the console fetches it. */
  filePath: string;
  /** Of two sessions at the console that may only look: a hostile one and an honest one. */
  pageTokens: readonly string[];
  seed: number;
  /** 1: the full attack; less: a fraction of its numbers, for a short run. */
  scale: number;
}

export interface HostileContext extends HostileSettings {
  readonly signal: AbortSignal;
  readonly random: Random;
  /** Counts one more action: a request, a message, a packet. */
  count(times?: number): void;
  /** The attack has caused damage. Each text counts once. */
  breach(what: string): void;
  /** This fraction of a number of the full attack, at least 1. */
  scaled(count: number): number;
  /** A TCP connection to the gateway, or to another server. Errors only end it. */
  raw(target?: string): Socket;
  /** A WebSocket that has sent its hello; undefined when it was refused. */
  device(options?: DeviceOptions): Promise<WebSocket | undefined>;
  /** Resolves after this time, or at once when the attack is over. */
  pause(ms: number): Promise<void>;
  /** Resolves when the attack is over. */
  over: Promise<void>;
}

export interface DeviceOptions {
  token?: string | undefined;
  name?: string;
  headers?: Record<string, string>;
  /** Without it: sends no hello. */
  hello?: boolean;
  bufferMs?: number;
  /** Default: that of the context. */
  localAddress?: string;
}

export interface HostileOutcome {
  done: number;
  breaches: string[];
}

export function createContext(
  settings: HostileSettings,
  signal: AbortSignal,
): { context: HostileContext; begun: Promise<void>; outcome: () => HostileOutcome; close: () => void } {
  const sockets = new Set<{ destroy(): void }>();
  const breaches = new Set<string>();
  let done = 0;
  let begin = () => {};
  /** Resolves after its first action. */
  const begun = new Promise<void>((resolve) => {
    begin = resolve;
  });
  const over = new Promise<void>((resolve) => {
    if (signal.aborted) resolve();
    signal.addEventListener('abort', () => resolve());
  });
  const { localAddress } = settings;

  function own<T extends { destroy(): void }>(socket: T, onEnd: (forget: () => void) => void): T {
    sockets.add(socket);
    onEnd(() => sockets.delete(socket));
    return socket;
  }

  const context: HostileContext = {
    ...settings,
    signal,
    random: seededRandom(settings.seed),
    count(times = 1) {
      done += times;
      begin();
    },
    breach: (what) => void breaches.add(what),
    scaled: (count) => Math.max(1, Math.round(count * settings.scale)),
    raw(target = settings.gateway) {
      const { hostname, port } = new URL(target);
      // Half-open: when the other end closes, this one does not.
      const socket = connect({ host: hostname, port: Number(port), localAddress, allowHalfOpen: true });
      socket.on('error', () => socket.destroy());
      return own(socket, (forget) => socket.on('close', forget));
    },
    async device({ token, name = 'hostile', headers = {}, hello = true, bufferMs = 600, ...options } = {}) {
      const socket = new WebSocket(new URL('/v1/stream', settings.gateway), 'earshot.v1', {
        localAddress: options.localAddress ?? localAddress,
        handshakeTimeout: 5_000,
        perMessageDeflate: false,
        headers: { ...headers, ...(token !== undefined && { authorization: `Bearer ${token}` }) },
      });
      own({ destroy: () => socket.terminate() }, (forget) => socket.on('close', forget));
      const isOpen = await new Promise<boolean>((resolve) => {
        socket.on('open', () => resolve(true));
        socket.on('error', () => resolve(false));
        socket.on('close', () => resolve(false));
      });
      if (!isOpen) return undefined;
      if (hello) sendJson(socket, helloOf(name, 6, bufferMs));
      return socket;
    },
    pause(ms) {
      let timer: NodeJS.Timeout | undefined;
      const waited = new Promise<void>((resolve) => {
        timer = setTimeout(resolve, ms);
      });
      return Promise.race([waited, over]).finally(() => clearTimeout(timer));
    },
    over,
  };
  return {
    context,
    begun,
    outcome: () => ({ done, breaches: [...breaches] }),
    close() {
      for (const socket of sockets) socket.destroy();
    },
  };
}

export function sendJson(socket: WebSocket, message: object): void {
  if (socket.readyState === WebSocket.OPEN) socket.send(JSON.stringify(message));
}

/** Bytes that may wait in a flooding socket before the flood pauses. */
const FLOOD_BUFFER_BYTES = 512 * 1_024;
const FLOOD_BATCH = 250;

export interface FloodOptions {
  /** Maximum number of bytes in the full attack. */
  atMost: number;
}

/** Sends as fast as the other end accepts, until the attack is over, the socket is closed, or the limit is reached. */
export async function flood(
  context: HostileContext,
  socket: WebSocket,
  { atMost }: FloodOptions,
  send: (number: number) => void,
): Promise<void> {
  const most = context.scaled(atMost);
  for (let number = 0; number < most; ) {
    if (context.signal.aborted || socket.readyState !== WebSocket.OPEN) return;
    const batch = Math.min(FLOOD_BATCH, most - number);
    for (let i = 0; i < batch; i++) send(number++);
    context.count(batch);
    do {
      await new Promise((resolve) => setTimeout(resolve, 1));
    } while (
      socket.bufferedAmount > FLOOD_BUFFER_BYTES &&
      socket.readyState === WebSocket.OPEN &&
      !context.signal.aborted
    );
  }
}

/** Works with one connection after the other until the attack is over. */
export async function again(
  context: HostileContext,
  options: DeviceOptions,
  work: (socket: WebSocket) => Promise<void>,
  { pauseMs = 100, atMost = 10_000 }: { pauseMs?: number; atMost?: number } = {},
): Promise<void> {
  for (let i = 0; i < atMost && !context.signal.aborted; i++) {
    const socket = await context.device(options);
    if (socket) {
      await work(socket);
      socket.terminate();
    }
    await context.pause(pauseMs);
  }
}

/** Many at the same time. */
export async function together(count: number, work: (number: number) => Promise<void>): Promise<void> {
  await Promise.all(Array.from({ length: count }, (_, number) => work(number)));
}
