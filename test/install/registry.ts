/** An npm registry on loopback: takes what `npm publish` sends, and hands it out again. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

interface Published {
  name: string;
  'dist-tags': Record<string, string>;
  versions: Record<string, { dist: { tarball: string; integrity: string } }>;
  _attachments?: Record<string, { data: string }>;
}

export interface Registry {
  url: string;
  packages: Map<string, Published>;
  /** By the path of their address. Tests may change what is there. */
  tarballs: Map<string, Buffer>;
  close(): void;
}

export async function startRegistry(): Promise<Registry> {
  const packages = new Map<string, Published>();
  const tarballs = new Map<string, Buffer>();

  function publish(sent: Published): void {
    const { _attachments: attachments = {}, ...document } = sent;
    const known = packages.get(sent.name);
    packages.set(sent.name, {
      ...document,
      versions: { ...known?.versions, ...document.versions },
      'dist-tags': { ...known?.['dist-tags'], ...document['dist-tags'] },
    });
    for (const [file, { data }] of Object.entries(attachments)) {
      tarballs.set(`/${sent.name}/-/${file}`, Buffer.from(data, 'base64'));
    }
  }

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = decodeURIComponent(request.url ?? '');
    if (request.method === 'PUT') {
      const chunks: Buffer[] = [];
      for await (const chunk of request) chunks.push(chunk);
      publish(JSON.parse(Buffer.concat(chunks).toString()));
      response.writeHead(201, { 'content-type': 'application/json' }).end('{}');
      return;
    }
    const document = packages.get(path.slice(1));
    const tarball = tarballs.get(path);
    if (document) response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(document));
    else if (tarball) response.writeHead(200, { 'content-length': tarball.length }).end(tarball);
    else response.writeHead(404).end('{"error":"not found"}');
  }

  const server = createServer((request, response) => {
    answer(request, response).catch((error: Error) => response.writeHead(500).end(error.message));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    packages,
    tarballs,
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
}
