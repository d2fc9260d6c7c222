/**
 * The embedded cloud, in its process, at its address.
 */
import type { Backend } from '../suite/backend.ts';
import { byClients } from './by-clients.ts';
import { startEmbeddedCloudOfSuite } from './embedded-server.ts';

export async function openEmbedded(): Promise<Backend> {
  const server = await startEmbeddedCloudOfSuite();
  return byClients({
    name: 'embedded',
    url: server.url,
    siteUrl: `${server.url}/http`,
    async restart() {
      await server.kill();
      await server.start();
    },
    close: server.close,
  });
}
