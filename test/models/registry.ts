/**
 * An npm registry with one tarball, on loopback, that can behave badly.
 */
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface RegistryRequest {
  path: string;
  range: string | undefined;
  authorization: string | undefined;
}

export interface RegistryOptions {
  tarball: Uint8Array;
  /** Without: it always sends everything, with 200. */
  hasRanges?: boolean;
  status?: number;
  /** What it does with the answer to the nth request (from 1), which begins at the byte `from`; default: sends it whole. */
  send?(response: ServerResponse, content: Uint8Array, nth: number): void;
}

export async function withRegistry<T>(
  {
    tarball,
    hasRanges = true,
    status = 200,
    send = (response, content) => void response.end(content),
  }: RegistryOptions,
  work: (url: string, requests: RegistryRequest[]) => Promise<T>,
): Promise<T> {
  const requests: RegistryRequest[] = [];
  const server = createServer((request, response) => {
    const { range, authorization } = request.headers;
    requests.push({ path: request.url ?? '', range, authorization });
    if (status !== 200) return void response.writeHead(status).end('no');
    const from = hasRanges && range !== undefined ? Number(/^bytes=(\d+)-$/.exec(range)?.[1]) : 0;
    if (from >= tarball.length) return void response.writeHead(416).end();
    response.writeHead(from > 0 ? 206 : 200, {
      'content-length': tarball.length - from,
      ...(from > 0 && { 'content-range': `bytes ${from}-${tarball.length - 1}/${tarball.length}` }),
    });
    send(response, tarball.subarray(from), requests.length);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  try {
    return await work(`http://127.0.0.1:${(server.address() as AddressInfo).port}/npm/`, requests);
  } finally {
    server.closeAllConnections();
    server.close();
  }
}

/** Sends so many bytes and breaks the connection when the client has had them on its disk. */
export function cutAfter(bytes: number, hasArrived: () => boolean): NonNullable<RegistryOptions['send']> {
  return (response, content) => {
    if (content.length <= bytes) return void response.end(content);
    response.write(content.subarray(0, bytes));
    const wait = () => {
      if (hasArrived()) response.destroy();
      else if (!response.destroyed) setTimeout(wait, 2);
    };
    wait();
  };
}
