/**
 * A server of ESPHome's native API for one device, on a port of its own: that is how Home Assistant tells devices apart.
 */
import { createServer, type Socket } from 'node:net';
import { createEncryptedWire, createPlainWire } from '../../core/esphome/wire.ts';
import type { Log } from '../../core/log/log.ts';
import type { Clock } from '../../core/time/clock.ts';
import { listenError } from '../../server/listen-error.ts';
import { openApiConnection } from './api-connection.ts';
import type { Satellite } from './satellite.ts';
import type { SatelliteIdentity } from './satellite-identity.ts';

/** Home Assistant has one connection, and a second one while it connects again. */
const MAX_CONNECTIONS = 8;
const KEY_BYTES = 32;

export interface ApiServerOptions {
  host: string;
  port: number;
  satellite: Satellite;
  identity: SatelliteIdentity;
  /** Base64. Undefined: connections are not encrypted, and anybody may connect. */
  key: string | undefined;
  clock: Clock;
  log: Log;
}

export interface ApiServer {
  /** Ends all connections. */
  close(): void;
}

/** @throws EarshotError `port_in_use`, `address_unavailable` */
export async function openApiServer(options: ApiServerOptions): Promise<ApiServer> {
  const { host, port, satellite, identity, clock, log } = options;
  const key = options.key === undefined ? undefined : Buffer.from(options.key, 'base64');
  if (key && key.length !== KEY_BYTES) throw new Error('the key of the satellites does not have 32 bytes');

  function accept(socket: Socket): void {
    const connection = openApiConnection({
      socket,
      wire: (send) => (key ? createEncryptedWire({ ...identity, key, send }) : createPlainWire()),
      onMessage: (message) => satellite.receive(connection, message),
      onClosed: () => satellite.remove(connection),
      ...{ clock, log },
    });
    satellite.add(connection);
  }

  const server = createServer({ keepAlive: true }, accept);
  server.maxConnections = MAX_CONNECTIONS;
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: Error) => reject(listenError(error, host, port)));
    server.listen({ host, port, exclusive: true }, resolve);
  });
  server.on('error', (error) => log.warn('a server for Home Assistant reports an error', { error: error.message }));
  return {
    close() {
      server.close();
      satellite.close();
    },
  };
}
