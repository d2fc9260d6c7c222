/**
 * Who a device is for Home Assistant, which knows it again by its MAC address, its name and its port. All three stay the same: the address and the name are made
 * from the device's name and a secret of this gateway, the port is kept in the state folder beside the key of the encryption.
 */
import { createHash, randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import * as v from 'valibot';
import { EarshotError, systemCode } from '../../core/errors.ts';
import { makeKey } from '../../core/esphome/wire.ts';
import { diskError } from '../../core/files/disk-errors.ts';
import { homeAssistantFile } from '../../core/files/paths.ts';
import { replacePrivateFile } from '../../core/files/private-files.ts';
import { openPrivateFolder } from '../../core/files/private-folder.ts';

/** Devices of one gateway; each has a port. */
export const MAX_SATELLITES = 256;
/** ESPHome's names have up to 31 characters: `earshot-`, 16 of the device's, and 7 of its address. */
const MAX_SLUG = 16;

const port = v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(65_535));
const content = v.object({
  seed: v.pipe(v.string(), v.regex(/^[0-9a-f]{32}$/)),
  /** Base64 of 32 bytes. */
  key: v.pipe(v.string(), v.regex(/^[A-Za-z0-9+/]{43}=$/)),
  ports: v.record(v.string(), port),
});
type Content = v.InferOutput<typeof content>;

/** Of one device. */
export interface SatelliteIdentity {
  /** The device's, at the gateway. */
  device: string;
  /** ESPHome's name of it, e.g. `earshot-kitchen-1a2b3c`. */
  name: string;
  /** `02:…`: locally administered. */
  macAddress: string;
}

export interface SatelliteIdentities {
  /** Base64, as Home Assistant asks for it. */
  readonly key: string;
  of(device: string): SatelliteIdentity;
  /** The same as last time, or the lowest that is free from `first` on. @throws EarshotError `satellites_full`, `store_failed` */
  portOf(device: string, first: number): number;
  /** Devices that have had a port, and their ports. */
  ports(): [device: string, port: number][];
}

/** A state folder without such a file gets one. @throws EarshotError `store_failed`, `store_full` */
export function openSatelliteIdentities(state: string): SatelliteIdentities {
  const file = homeAssistantFile(state);
  const found = read(file);
  const kept = found ?? { seed: randomBytes(16).toString('hex'), key: makeKey(), ports: {} };
  const ports = new Map(Object.entries(kept.ports));

  function save(): void {
    replacePrivateFile(file, `${JSON.stringify({ ...kept, ports: Object.fromEntries(ports) }, null, 2)}\n`, 'all');
  }
  if (!found) {
    openPrivateFolder(state);
    save();
  }

  return {
    key: kept.key,
    of: (device) => identityOf(device, kept.seed),
    portOf(device, first) {
      const known = ports.get(device);
      if (known !== undefined) return known;
      const taken = new Set(ports.values());
      for (let at = first; at < Math.min(first + MAX_SATELLITES, 65_536); at++) {
        if (taken.has(at)) continue;
        ports.set(device, at);
        save();
        return at;
      }
      const hint = `Forget devices that are gone: delete them from ports in ${file}.`;
      throw new EarshotError('satellites_full', `All ports from ${first} on belong to devices`, hint);
    },
    ports: () => [...ports],
  };
}

/** @throws EarshotError `store_failed`: it cannot be read, or is damaged */
function read(file: string): Content | undefined {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (cause) {
    if (systemCode(cause) === 'ENOENT') return undefined;
    throw diskError(file, cause);
  }
  try {
    return v.parse(content, JSON.parse(text));
  } catch (cause) {
    const hint = 'Delete it: the gateway makes a new key, and each device must be added to Home Assistant again.';
    throw new EarshotError('store_failed', `${file} is damaged`, hint, { cause });
  }
}

function identityOf(device: string, seed: string): SatelliteIdentity {
  const digest = createHash('sha256').update(`${seed} ${device}`).digest('hex');
  const macAddress = `02${digest.slice(0, 10)}`.toUpperCase().match(/../g)?.join(':') ?? '';
  const slug = device
    .normalize('NFKD')
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .slice(0, MAX_SLUG)
    .replaceAll(/^-|-$/g, '');
  const name = ['earshot', ...(slug === '' ? [] : [slug]), digest.slice(4, 10)].join('-');
  return { device, name, macAddress };
}
