/**
 * A TCP proxy that simulates a network: delay, jitter, a low bandwidth, stalls, silence (half-open), resets, and a cut
 * at a given byte. Bytes are never reordered or changed, as in TCP.
 */
import { connect, createServer, type Server, type Socket } from 'node:net';
import { once } from '../support/in-time.ts';
import { type Random, seededRandom } from '../support/random.ts';

export interface LineQuality {
  /** In one direction. */
  delayMs: number;
  /** Added to the delay: exponential, with this mean. */
  jitterMs: number;
  /** Each direction; 0: no limit. */
  bytesPerSecond: number;
}

export interface FaultProxyOptions extends Partial<LineQuality> {
  target: { host: string; port: number };
  /** 0: any free port. */
  port?: number;
  seed?: number;
}

export interface FaultProxy {
  readonly port: number;
  /** Connections that are open now. */
  readonly connections: number;
  setQuality(quality: Partial<LineQuality>): void;
  /** Stops all data for a while; then it arrives, late. */
  stall(ms: number): void;
  /** Ends every connection with a TCP reset. */
  reset(): void;
  /**
   * Passes this many more bytes (both directions together), then closes without a close frame in the middle of a
   * message.
   */
  cutAfter(bytes: number): void;
  /**
   * The network is lost: open connections become silent without an end, new ones get no answer. `reach` restores it;
   * open connections stay silent, as with a NAT that has lost its state.
   */
  vanish(): void;
  reach(): void;
  close(): Promise<void>;
}

export async function startFaultProxy(options: FaultProxyOptions): Promise<FaultProxy> {
  const { target, port = 0, seed = 1, ...wanted } = options;
  const random = seededRandom(seed);
  const quality: LineQuality = { delayMs: 0, jitterMs: 0, bytesPerSecond: 0, ...wanted };
  const pairs = new Set<Pair>();
  let stalledUntilMs = 0;
  let cutIn = Number.POSITIVE_INFINITY;
  let gone = false;

  interface Pair {
    device: Socket;
    gateway: Socket;
    silent: boolean;
  }

  function destroy(pair: Pair): void {
    pairs.delete(pair);
    pair.device.destroy();
    pair.gateway.destroy();
  }

  function open(device: Socket): void {
    if (gone) {
      // Neither refused nor answered: the client has to time out.
      const silent: Pair = { device, gateway: device, silent: true };
      pairs.add(silent);
      device.on('error', () => pairs.delete(silent)).on('close', () => pairs.delete(silent));
      return;
    }
    const gateway = connect(target);
    const pair: Pair = { device, gateway, silent: false };
    pairs.add(pair);
    carry(pair, device, gateway);
    carry(pair, gateway, device);
  }

  /** One direction: bytes in order, each block when it is due. */
  function carry(pair: Pair, from: Socket, to: Socket): void {
    const waiting: { dueMs: number; work: () => void }[] = [];
    let lastDueMs = 0;
    const later = (bytes: number, work: () => void) => {
      lastDueMs = dueMs(lastDueMs, bytes);
      waiting.push({ dueMs: lastDueMs, work });
      if (waiting.length === 1) next();
    };
    // One timer per direction: two could overtake each other.
    const next = () => {
      const first = waiting[0];
      if (!first) return;
      const waitMs = first.dueMs - performance.now();
      if (waitMs > 0) {
        setTimeout(next, waitMs);
        return;
      }
      waiting.shift();
      first.work();
      next();
    };
    from.setNoDelay(true);
    from.on('data', (bytes) => {
      if (pair.silent) return;
      later(bytes.length, () => deliver(pair, to, bytes));
    });
    from.on('end', () => {
      if (!pair.silent) later(0, () => !pair.silent && to.end());
    });
    from.on('error', () => !pair.silent && destroy(pair));
    from.on('close', () => {
      if (!pair.silent) later(0, () => pairs.has(pair) && !pair.silent && to.end());
      else pairs.delete(pair);
    });
  }

  function dueMs(lastDueMs: number, bytes: number): number {
    const now = performance.now();
    const jitterMs = quality.jitterMs > 0 ? -Math.log(1 - random.next()) * quality.jitterMs : 0;
    const pipeMs = quality.bytesPerSecond > 0 ? (1_000 * bytes) / quality.bytesPerSecond : 0;
    const arrival = Math.max(now + quality.delayMs + jitterMs, stalledUntilMs);
    return Math.max(arrival, lastDueMs) + pipeMs;
  }

  function deliver(pair: Pair, to: Socket, bytes: Buffer): void {
    if (pair.silent || !pairs.has(pair)) return;
    if (bytes.length < cutIn) {
      cutIn -= bytes.length;
      to.write(bytes);
      return;
    }
    // Nothing may follow the cut: TCP never delivers a stream with a gap.
    pairs.delete(pair);
    to.write(bytes.subarray(0, cutIn), () => destroy(pair));
    cutIn = Number.POSITIVE_INFINITY;
  }

  const server: Server = createServer({ pauseOnConnect: false }, open);
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });
  const address = server.address() as { port: number };

  return {
    port: address.port,
    get connections() {
      return pairs.size;
    },
    setQuality: (next) => void Object.assign(quality, next),
    stall(ms) {
      stalledUntilMs = Math.max(stalledUntilMs, performance.now() + ms);
    },
    reset() {
      for (const pair of pairs) {
        pairs.delete(pair);
        pair.device.resetAndDestroy();
        pair.gateway.resetAndDestroy();
      }
    },
    cutAfter(bytes) {
      cutIn = bytes;
    },
    vanish() {
      gone = true;
      for (const pair of pairs) pair.silent = true;
    },
    reach() {
      gone = false;
    },
    async close() {
      for (const pair of [...pairs]) destroy(pair);
      await once(server.close(), 'close');
    },
  };
}

export type Fault =
  | { kind: 'stall'; atMs: number; ms: number }
  | { kind: 'reset'; atMs: number }
  | { kind: 'cut'; atMs: number; bytes: number }
  | { kind: 'vanish'; atMs: number; ms: number };

/** A schedule of network faults within `spanMs`: the same seed gives the same. */
export function networkFaults(random: Random, count: number, spanMs: number): Fault[] {
  const makers: ((atMs: number) => Fault)[] = [
    (atMs) => ({ kind: 'stall', atMs, ms: random.integer(50, 1_500) }),
    (atMs) => ({ kind: 'reset', atMs }),
    (atMs) => ({ kind: 'cut', atMs, bytes: random.integer(1, 2_000) }),
    (atMs) => ({ kind: 'vanish', atMs, ms: random.integer(100, 2_500) }),
  ];
  const faults = Array.from({ length: count }, () => random.pick(makers)(random.integer(0, spanMs)));
  return faults.sort((a, b) => a.atMs - b.atMs);
}

export function inject(proxy: FaultProxy, fault: Fault): void {
  switch (fault.kind) {
    case 'stall':
      return proxy.stall(fault.ms);
    case 'reset':
      return proxy.reset();
    case 'cut':
      return proxy.cutAfter(fault.bytes);
    case 'vanish':
      proxy.vanish();
      setTimeout(() => proxy.reach(), fault.ms);
  }
}
