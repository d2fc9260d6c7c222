/**
 * Asks the networks of this machine for services of a type, for a limited time.
 */
import type { Scope } from '../core/actor/scope.ts';
import { type FoundService, servicesIn } from './dns-sd.ts';
import { type OpenLink, openMdnsLink } from './mdns-network.ts';

/** Answers come after at most 0.12 s; a packet may be lost on Wi-Fi. */
const QUESTIONS_AT_MS = [0, 400, 1_200];
const END_MS = 2_000;
/** More are nobody's house. */
const MAX_FOUND = 64;

export interface ServiceSearch {
  type: string;
  /** IPv4 addresses of this machine, one for each network. */
  addresses: () => readonly string[];
  openLink?: OpenLink;
}

/** Calls back once, with what was found within two seconds. */
export function searchServices(
  { type, addresses, openLink = openMdnsLink }: ServiceSearch,
  scope: Scope,
  onDone: (found: FoundService[]) => void,
): void {
  /** By where they are: one on several networks may be found twice. */
  const found = new Map<string, FoundService>();
  const onPacket = (packet: Parameters<typeof servicesIn>[0]) => {
    if (packet.type !== 'response') return;
    for (const service of servicesIn(packet, type)) {
      const key = `${service.name} ${service.address} ${service.port}`;
      if (found.size < MAX_FOUND) found.set(key, service);
    }
  };
  const links = addresses().map((address) => {
    const onFailed = (error: Error) =>
      scope.log.debug('this network takes no multicast', { address, error: error.message });
    return openLink(address, { onPacket, onFailed }, scope);
  });
  for (const atMs of QUESTIONS_AT_MS) {
    scope.clock.setTimeout(() => {
      for (const link of links) link.send({ type: 'query', questions: [{ type: 'PTR', name: `${type}.local` }] });
    }, atMs);
  }
  scope.clock.setTimeout(() => {
    for (const link of links) link.close();
    onDone([...found.values()]);
  }, END_MS);
}
