/**
 * A gateway as a service: `_earshot._tcp`. What it publishes is not secret, and what is found is not trusted.
 */
import { isIP } from 'node:net';
import { type FoundService, instanceLabel, type ServiceDescription } from './dns-sd.ts';

export const GATEWAY_SERVICE = '_earshot._tcp';

/** Of the record; a device ignores a gateway with another one. */
const PROTOCOL = '1';

export interface GatewayService {
  /** For people: the name of its machine. */
  name: string;
  port: number;
  /** The same after a restart, and at another address. */
  id: string;
  version: string;
  isTls: boolean;
  /** Where devices reach it, if that is not this port of its address: by the name in its certificate, or through a proxy. */
  url?: string | undefined;
}

export interface FoundGateway {
  name: string;
  id: string;
  url: URL;
}

export function describeGateway({ name, port, id, version, isTls, url }: GatewayService): ServiceDescription {
  const txt = { protocol: PROTOCOL, id, version, tls: isTls ? '1' : '0', ...(url !== undefined && { url }) };
  return { type: GATEWAY_SERVICE, name: instanceLabel(name), port, txt };
}

/** Undefined for one that no device of this version can use. */
export function readGateway({ name, port, address, txt }: FoundService): FoundGateway | undefined {
  const { protocol, id = '', tls, url } = txt;
  if (protocol !== PROTOCOL || !/^[\w-]{8,64}$/.test(id) || isIP(address) === 0) return undefined;
  const text = url ?? `${tls === '1' ? 'wss' : 'ws'}://${address}:${port}`;
  if (!URL.canParse(text)) return undefined;
  const parsed = new URL(text);
  const isGateway = (parsed.protocol === 'ws:' || parsed.protocol === 'wss:') && parsed.hostname !== '';
  const isPlain = !parsed.username && !parsed.password && !parsed.search && !parsed.hash;
  return isGateway && isPlain ? { name, id, url: parsed } : undefined;
}
