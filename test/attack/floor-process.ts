/**
 * A plain echo server over WebSocket that is not attacked: the delay of its packets is the delay of the machine and the
 * harness.
 */
import type { AddressInfo } from 'node:net';
import { WebSocketServer } from 'ws';
import { serveChild } from './child-process.ts';

serveChild<undefined, undefined>(async (_task, signal, ready) => {
  const server = new WebSocketServer({ host: '127.0.0.1', port: 0, perMessageDeflate: false });
  server.on('connection', (socket) => socket.on('message', (data, binary) => socket.send(data as Buffer, { binary })));
  await new Promise((resolve) => server.once('listening', resolve));
  ready(`ws://127.0.0.1:${(server.address() as AddressInfo).port}`);
  await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()));
  return undefined;
});
