/**
 * A simulated network between devices and a gateway: connections that break, that stall without an error, and that cannot be opened.
 */
import type { AcceptSocket, Dial } from '../../actors/network/socket.ts';
import { EarshotError } from '../../src/core/errors.ts';
import type { Clock } from '../../src/core/time/clock.ts';
import type { Random } from '../support/random.ts';
import { openVirtualConnection, type VirtualConnection } from '../support/virtual-connection.ts';

/** More than any part lets wait in a socket. */
const CONGESTED_BYTES = 1_000_000;

export interface VirtualNetwork {
  dial: Dial;
  /** Every connection breaks; both peers are notified, each after its own delay. */
  breakAll(): void;
  /** Every connection stalls; no peer is notified. */
  silenceAll(): void;
  /** No new connection can be opened until then. */
  vanish(ms: number): void;
  /** Sockets accept messages and report them as buffered. */
  congest(is: boolean): void;
  connections(): number;
}

export interface VirtualNetworkOptions {
  clock: Clock;
  random: Random;
  delayMs: number;
  jitterMs: number;
  /** The gateway accepts a connection. */
  accept: (take: AcceptSocket) => void;
}

export function createVirtualNetwork(options: VirtualNetworkOptions): VirtualNetwork {
  const { clock, random, delayMs, jitterMs, accept } = options;
  const connections = new Set<VirtualConnection>();
  let goneUntilMs = 0;
  let isCongested = false;

  const transitMs = () => delayMs - Math.log(1 - random.next()) * jitterMs;
  const bufferedBytes = () => (isCongested ? CONGESTED_BYTES : 0);

  const dial: Dial = (handlers) => {
    const connection = openVirtualConnection({
      ...{ clock, transitMs, handlers, bufferedBytes },
      onOver: () => connections.delete(connection),
    });
    if (clock.now() < goneUntilMs) {
      const error = new EarshotError('gateway_unreachable', 'There is no network', '');
      clock.setTimeout(() => connection.refuse(error), 1_000);
    } else {
      connections.add(connection);
      connection.accept(accept);
    }
    return connection.socket;
  };

  return {
    dial,
    breakAll() {
      for (const connection of connections) connection.break();
      connections.clear();
    },
    silenceAll() {
      for (const connection of connections) connection.silence();
      connections.clear();
    },
    vanish(ms) {
      goneUntilMs = clock.now() + ms;
    },
    congest(is) {
      isCongested = is;
    },
    connections: () => connections.size,
  };
}
