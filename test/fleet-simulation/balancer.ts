/**
 * A balancer in front of the gateways, as HAProxy does it: the fewest connections, health checks, another server when one refuses or does not
 * answer.
 */
import { EarshotError } from '../../src/core/errors.ts';
import type { Clock } from '../../src/core/time/clock.ts';
import type { VirtualConnection } from '../support/virtual-connection.ts';
import type { SimulatedGateway } from './simulated-gateway.ts';

const CHECK_EVERY_MS = 2_000;
/** Checks in a row that change what it believes. */
const CHECKS = 2;
const CONNECT_TIMEOUT_MS = 2_000;
const RETRIES = 3;

/** A place for a gateway's process. */
export interface Slot {
  readonly zone: number;
  process: SimulatedGateway | undefined;
  /** Its zone can be reached. */
  isReachable: boolean;
}

export interface Balancer {
  route(connection: VirtualConnection, token: string): void;
  stop(): void;
}

export function startBalancer(slots: readonly Slot[], clock: Clock): Balancer {
  const rotation = new Set(slots);
  const contrary = new Map<Slot, number>();
  let timer: unknown;

  function check(): void {
    for (const slot of slots) {
      const isHealthy = slot.isReachable && slot.process?.isReady === true;
      const times = isHealthy === rotation.has(slot) ? 0 : (contrary.get(slot) ?? 0) + 1;
      contrary.set(slot, times < CHECKS ? times : 0);
      if (times < CHECKS) continue;
      if (isHealthy) rotation.add(slot);
      else rotation.delete(slot);
    }
    timer = clock.setTimeout(check, CHECK_EVERY_MS);
  }
  timer = clock.setTimeout(check, CHECK_EVERY_MS);

  function choose(tried: ReadonlySet<Slot>): Slot | undefined {
    let chosen: Slot | undefined;
    for (const slot of rotation) {
      if (tried.has(slot)) continue;
      if (!chosen || loadOf(slot) < loadOf(chosen)) chosen = slot;
    }
    return chosen;
  }

  function attempt(connection: VirtualConnection, token: string, tried: Set<Slot>): void {
    const slot = tried.size < RETRIES ? choose(tried) : undefined;
    if (!slot) return connection.refuse(new EarshotError('gateway_unreachable', 'HTTP 503', ''));
    tried.add(slot);
    if (!slot.isReachable) {
      clock.setTimeout(() => attempt(connection, token, tried), CONNECT_TIMEOUT_MS);
    } else if (slot.process?.isReady) slot.process.take(connection, token);
    else attempt(connection, token, tried);
  }

  return {
    route: (connection, token) => attempt(connection, token, new Set()),
    stop: () => clock.clearTimeout(timer),
  };
}

function loadOf({ process }: Slot): number {
  return process?.connections() ?? 0;
}
