/** Watches the queues of all gateways, and how many devices are connected, each second of virtual time. */
import type { VirtualClock } from '../support/virtual-clock.ts';
import type { Slot } from './balancer.ts';

export const OBSERVE_EVERY_MS = 1_000;

export class QueueWatch {
  /** By name: the most that was ever in it, and its limit. */
  readonly fullest = new Map<string, { depth: number; limit: number }>();
  /** Each queue that was ever fuller than its limit, or dropped something that counts. */
  readonly overfull = new Map<string, string>();
  /** Devices with a connection. */
  readonly connected: number[] = [];

  constructor(slots: readonly Slot[], connectedNow: () => number, clock: VirtualClock) {
    const observe = () => {
      this.connected.push(connectedNow());
      for (const { process } of slots) for (const queue of process?.isAlive ? process.queues() : []) this.#note(queue);
      clock.setTimeout(observe, OBSERVE_EVERY_MS);
    };
    observe();
  }

  #note({ name, depth, limit, dropped }: { name: string; depth: number; limit: number; dropped: number }): void {
    // The end of its name is the session's.
    const kind = name.replace(/ [0-9a-f]{6}$/, '');
    if (depth > (this.fullest.get(kind)?.depth ?? -1)) this.fullest.set(kind, { depth, limit });
    if (depth > limit) this.overfull.set(kind, `${depth} of ${limit}`);
    if (dropped > 0) this.overfull.set(kind, `${dropped} dropped`);
  }
}
