/**
 * A program that poses as the console's page: calls and sync sockets through the gateway, from the context's address or another.
 */
import { type ClientRequest, request } from 'node:http';
import { WebSocket } from 'ws';
import type { HostileContext } from './hostile-context.ts';

export interface PageCall {
  method?: 'GET' | 'POST';
  path: string;
  /** Of a session at the console. */
  token?: string | undefined;
  headers?: Record<string, string | number>;
  body?: string;
  localAddress?: string;
}

/** The origin of the gateway's own pages. */
export function pageOrigin({ gateway }: HostileContext): string {
  return new URL(gateway.replace(/^ws/, 'http')).origin;
}

/** A request that is begun; whoever gets it ends it. It ends with the attack. */
export function beginCall(context: HostileContext, call: PageCall): ClientRequest {
  const { method = 'POST', path, token, headers = {}, localAddress = context.localAddress } = call;
  const origin = pageOrigin(context);
  const asked = request(new URL(path, origin), {
    ...{ method, localAddress, agent: false },
    headers: {
      ...(method === 'POST' && { origin, 'content-type': 'application/json' }),
      ...(token !== undefined && { authorization: `Bearer ${token}` }),
      ...headers,
    },
  });
  asked.on('error', () => asked.destroy());
  const end = () => void asked.destroy();
  context.signal.addEventListener('abort', end);
  asked.on('close', () => context.signal.removeEventListener('abort', end));
  return asked;
}

/** The status of its answer; undefined: the connection ended without one. */
export function call(context: HostileContext, options: PageCall): Promise<number | undefined> {
  const asked = beginCall(context, options);
  return new Promise((resolve) => {
    asked.on('response', (response) => {
      response.resume();
      response.on('close', () => resolve(response.statusCode));
    });
    asked.on('close', () => resolve(undefined));
    asked.end(options.body);
  });
}

/** A query that every role may ask. */
export function query(context: HostileContext, token: string, localAddress?: string): Promise<number | undefined> {
  const body = JSON.stringify({ path: 'devices:list', args: {}, format: 'json' });
  return call(context, { path: '/api/query', token, body, ...(localAddress !== undefined && { localAddress }) });
}

/** An open sync socket; undefined: it was refused. With a token it has sent it. */
export async function syncSocket(
  context: HostileContext,
  token?: string,
  localAddress = context.localAddress,
): Promise<WebSocket | undefined> {
  const url = new URL('/api/1.48.0/sync', context.gateway);
  const options = { headers: { origin: pageOrigin(context) }, localAddress, handshakeTimeout: 5_000 };
  const socket = new WebSocket(url, { ...options, perMessageDeflate: false });
  const end = () => socket.terminate();
  context.signal.addEventListener('abort', end);
  socket.on('close', () => context.signal.removeEventListener('abort', end));
  const isOpen = await new Promise<boolean>((resolve) => {
    socket.on('open', () => resolve(true));
    socket.on('error', () => resolve(false));
    socket.on('close', () => resolve(false));
  });
  if (!isOpen) return undefined;
  if (token !== undefined) {
    socket.send(JSON.stringify({ type: 'Authenticate', baseVersion: 0, tokenType: 'User', value: token }));
  }
  return socket;
}
