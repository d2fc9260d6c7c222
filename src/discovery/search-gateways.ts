/**
 * Searches for gateways in the networks of this machine.
 */
import type { Scope } from '../core/actor/scope.ts';
import { type FoundGateway, GATEWAY_SERVICE, readGateway } from './gateway-service.ts';
import { ownAddresses } from './mdns-network.ts';
import { searchServices } from './search.ts';

/** Calls back once. */
export function searchGateways(scope: Scope, onDone: (found: FoundGateway[]) => void): void {
  searchServices({ type: GATEWAY_SERVICE, addresses: () => ownAddresses('all') }, scope, (found) =>
    onDone(found.flatMap((service) => readGateway(service) ?? [])),
  );
}
