/** The network between the devices of a fleet and its balancer: how long messages take, and connections that break or stall. */
import type { Dial } from '../../actors/network/socket.ts';
import type { Random } from '../support/random.ts';
import type { VirtualClock } from '../support/virtual-clock.ts';
import { openVirtualConnection, type VirtualConnection } from '../support/virtual-connection.ts';

/** One in so many devices has a slow link. */
const SLOW_EVERY = 20;
const SLOW_MS = 350;

export interface DeviceLinksOptions {
  devices: number;
  clock: VirtualClock;
  onDial(device: number): void;
  /** The connection has come to the balancer. */
  onArrived(connection: VirtualConnection, device: number): void;
  onOver(connection: VirtualConnection): void;
}

export class DeviceLinks {
  readonly #options: DeviceLinksOptions;
  readonly #connections: readonly Set<VirtualConnection>[];

  constructor(options: DeviceLinksOptions) {
    this.#options = options;
    this.#connections = Array.from({ length: options.devices }, () => new Set());
  }

  /** @param random of this device */
  dialOf(index: number, random: Random): Dial {
    const { clock, onDial, onArrived, onOver } = this.#options;
    const baseMs = index % SLOW_EVERY === SLOW_EVERY - 1 ? SLOW_MS : random.integer(8, 40);
    const transitMs = () => baseMs - Math.log(1 - random.next()) * (baseMs / 4);
    const ofDevice = this.#connections[index] as Set<VirtualConnection>;
    return (handlers) => {
      onDial(index);
      const connection = openVirtualConnection({
        ...{ clock, transitMs, handlers },
        onOver() {
          ofDevice.delete(connection);
          onOver(connection);
        },
      });
      ofDevice.add(connection);
      clock.setTimeout(() => onArrived(connection, index), transitMs());
      return connection.socket;
    };
  }

  /** Connections of this share of the devices break, or stall without a word. */
  disturb(share: number, isSilent: boolean, random: Random): void {
    for (const connections of this.#connections) {
      if (random.next() >= share) continue;
      for (const connection of connections) {
        if (isSilent) connection.silence();
        else connection.break();
      }
    }
  }
}
