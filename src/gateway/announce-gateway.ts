/**
 * Announces the gateway in the networks in which it listens, so that a device finds it without its address.
 */
import { randomUUID } from 'node:crypto';
import { lookup } from 'node:dns/promises';
import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { systemCode } from '../core/errors.ts';
import { diskError } from '../core/files/disk-errors.ts';
import { discoveryIdFile } from '../core/files/paths.ts';
import { replacePrivateFile } from '../core/files/private-files.ts';
import type { Log } from '../core/log/log.ts';
import { VERSION } from '../core/process/version.ts';
import type { Clock } from '../core/time/clock.ts';
import { isLoopback } from '../server/addresses.ts';

/** `auto`: where other machines reach the gateway. `on`: also where only this machine does. */
export const MDNS_CHOICES = ['auto', 'on', 'off'] as const;
export type MdnsChoice = (typeof MDNS_CHOICES)[number];

export interface AnnouncedGateway {
  choice: MdnsChoice;
  /** As it was given: an address or a name. */
  host: string;
  /** The address for devices, with the port that it has got. */
  url: string;
  /** Where it is through a proxy. */
  publicUrl?: URL | undefined;
  /** Keeps its id. */
  state: string;
  clock: Clock;
  log: Log;
}

/** @returns says goodbye. @throws EarshotError `store_failed`, `store_full` */
export async function announceGateway(gateway: AnnouncedGateway): Promise<() => void> {
  const { choice, host, url: own, publicUrl, state, clock, log } = gateway;
  if (choice === 'off') return () => {};
  const address = await lookup(host, { family: 4 }).then(
    (found) => found.address,
    () => undefined,
  );
  if (address === undefined && host !== '::') {
    log.warn('the gateway is not announced in the network: only an IPv4 address can be', { host });
    return () => {};
  }
  const isLocal = isLoopback(address);
  if (isLocal && choice === 'auto') return () => {};
  if (isLocal)
    log.info('the gateway is announced to this machine only, because it listens on no other address', { host });

  const [{ openPublisher }, { describeGateway }, { ownAddresses }] = await Promise.all([
    import('../discovery/publisher.ts'),
    import('../discovery/gateway-service.ts'),
    import('../discovery/mdns-network.ts'),
  ]);
  const id = discoveryId(state);
  const isAny = address === undefined || address === '0.0.0.0';
  const addresses = () => (isAny ? ownAddresses('others') : [address]);
  const publisher = openPublisher({ addresses, host: `earshot-${id.slice(0, 8)}`, clock, log });
  const { protocol, port } = new URL(own);
  const isTls = protocol === 'wss:';
  // A certificate is for a name, so an address would not do.
  const url = publicUrl ? publicUrl.origin.replace(/^http/, 'ws') : isTls ? own : undefined;
  const number = Number(port || (isTls ? 443 : 80));
  publisher.publish(describeGateway({ name: hostname(), port: number, id, version: VERSION, isTls, url }));
  return publisher.close;
}

/** Made once. @throws EarshotError `store_failed`, `store_full` */
function discoveryId(state: string): string {
  const path = discoveryIdFile(state);
  try {
    const id = readFileSync(path, 'utf8').trim();
    if (/^[\w-]{36}$/.test(id)) return id;
  } catch (cause) {
    if (systemCode(cause) !== 'ENOENT') throw diskError(path, cause);
  }
  const made = randomUUID();
  replacePrivateFile(path, `${made}\n`);
  return made;
}
