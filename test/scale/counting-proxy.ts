/** A TCP proxy on loopback that counts the bytes of both directions: what a gateway and its cloud say to each other. */
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { once } from '../support/in-time.ts';

export interface CountingProxy {
  url: string;
  /** To the cloud, and from it. */
  bytes(): { sent: number; received: number };
  close(): void;
}

export async function startCountingProxy(target: string): Promise<CountingProxy> {
  const { hostname, port } = new URL(target);
  const open = new Set<Socket>();
  const counted = { sent: 0, received: 0 };
  const server = createServer((client) => {
    const cloud = connect(Number(port), hostname);
    for (const [from, to, direction] of [
      [client, cloud, 'sent'],
      [cloud, client, 'received'],
    ] as const) {
      open.add(from);
      from.on('data', (bytes) => {
        counted[direction] += bytes.length;
      });
      from.on('error', () => to.destroy());
      from.on('close', () => {
        open.delete(from);
        to.destroy();
      });
      from.pipe(to);
    }
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    bytes: () => ({ ...counted }),
    close() {
      server.close();
      for (const socket of open) socket.destroy();
    },
  };
}
