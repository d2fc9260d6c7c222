/**
 * Announces devices in the local network as ESPHome's announce themselves, `_esphomelib._tcp`: so Home Assistant finds them by itself.
 */
import { lookup } from 'node:dns/promises';
import type { Log } from '../../core/log/log.ts';
import type { Clock } from '../../core/time/clock.ts';
import { type OpenLink, ownAddresses } from '../../discovery/mdns-network.ts';
import { openPublisher } from '../../discovery/publisher.ts';
import { isLoopback } from '../../server/addresses.ts';
import type { MdnsChoice } from '../announce-gateway.ts';
import type { SatelliteIdentity } from './satellite-identity.ts';

const SERVICE = '_esphomelib._tcp';

export interface Advertiser {
  /** @returns takes it back */
  publish(identity: SatelliteIdentity, port: number): () => void;
}

export interface AdvertiserOptions {
  choice: MdnsChoice;
  /** Where the servers listen, as it was given. */
  host: string;
  isEncrypted: boolean;
  version: string;
  clock: Clock;
  log: Log;
  openLink?: OpenLink;
}

/** Undefined: there is nothing to announce, because no other machine reaches the servers, or it is not wanted. */
export async function openAdvertiser(options: AdvertiserOptions): Promise<Advertiser | undefined> {
  const { choice, host, isEncrypted, version, clock, log, openLink } = options;
  if (choice === 'off') return undefined;
  const address = await lookup(host, { family: 4 }).then(
    (found) => found.address,
    () => undefined,
  );
  if (address === undefined && host !== '::') {
    log.warn('devices are not announced to Home Assistant: only an IPv4 address can be', { host });
    return undefined;
  }
  if (choice === 'auto' && isLoopback(address)) return undefined;
  const isAny = address === undefined || address === '0.0.0.0';
  const addresses = () => (isAny ? ownAddresses('others') : [address]);
  return {
    publish({ device, name, macAddress }, port) {
      const txt = {
        ...{ mac: macAddress.replaceAll(':', '').toLowerCase(), friendly_name: device, version },
        ...{ platform: 'HOST', board: 'host', network: 'ethernet' },
        ...(isEncrypted && { api_encryption: 'Noise_NNpsk0_25519_ChaChaPoly_SHA256' }),
      };
      // With a host of its own: Home Assistant tells devices apart by it, too.
      const publisher = openPublisher({ addresses, host: name, clock, log, ...(openLink && { openLink }) });
      publisher.publish({ type: SERVICE, name, port, txt });
      return publisher.close;
    },
  };
}
