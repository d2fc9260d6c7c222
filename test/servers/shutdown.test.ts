/**
 * SIGTERM ends a gateway within seconds, whatever its clients do.
 */
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { test } from 'node:test';
import { earshot, inTemporaryFolder } from '../support/cli.ts';
import { hello, turnStart } from '../support/client.ts';
import { eventually } from '../support/eventually.ts';
import { once } from '../support/in-time.ts';
import { frame, OPCODES, properHandshake } from '../support/mutations.ts';

/** Without a limit it would be endless; a busy machine needs a while for one second. */
const MOST_MS = 20_000;
const text = (message: object) => frame({ opcode: OPCODES.text, payload: Buffer.from(JSON.stringify(message)) });
const upgrade = (path: string, protocols: string[] = []) => properHandshake({ path, protocols });

test('a gateway ends while all kinds of clients keep their connections open', () =>
  inTemporaryFolder(async (state) => {
    const args = [
      'gateway',
      '--open',
      '--port',
      '0',
      '--json',
      '--inspect=0',
      '--state',
      state,
      '--drain-timeout',
      '2',
    ];
    const gateway = earshot([...args, '--limit', 'closeMs=off', '--limit', 'requestMs=off', '--limit', 'helloMs=off']);
    try {
      const { url } = JSON.parse(await gateway.line(/^\{/));
      const page = new URL((await gateway.message(/^inspector at /)).replace('inspector at ', ''));
      const [device, inspector] = [Number(new URL(url).port), Number(page.port)];
      const cloud = await cloudPort(state);
      const speaking = (name: string) =>
        Buffer.concat([upgrade('/v1/stream', ['earshot.v1']), text(hello(name)), text(turnStart(1))]);
      const pairing = Buffer.from(
        String(upgrade('/v1/stream', ['earshot.v1'])).replace('\r\n\r\n', '\r\nVia: 1.1 proxy\r\n\r\n'),
      );
      const clients: [port: number, sends: Buffer | string, reads: boolean][] = [
        [device, '', true],
        [device, 'GET /health HTTP/1.1\r\n', true],
        [device, 'POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 9\r\n\r\n', true],
        [device, upgrade('/elsewhere'), true],
        [device, upgrade('/elsewhere'), false],
        [device, upgrade('/v1/stream', ['earshot.v1']), true],
        [device, speaking('one'), true],
        [device, speaking('two'), false],
        [device, Buffer.concat([pairing, text(hello('three'))]), true],
        [device, Buffer.concat([pairing, text(hello('four'))]), false],
        [inspector, '', true],
        [inspector, upgrade('/feed', ['earshot.inspect.1', `token.${page.hash.slice(1)}`]), true],
        [inspector, upgrade('/feed', ['earshot.inspect.1', `token.${page.hash.slice(1)}`]), false],
        [inspector, upgrade('/feed'), true],
        [cloud, 'GET', true],
        [cloud, upgrade('/api/1.0.0/sync'), false],
      ];
      const sockets = await Promise.all(clients.map(([port, sends, reads]) => held(port, sends, reads)));

      const startedMs = performance.now();
      gateway.kill('SIGTERM');
      const { code, stderr } = await gateway.ended;
      const tookMs = performance.now() - startedMs;
      for (const socket of sockets) socket.destroy();
      assert.equal(code, 0, stderr);
      assert.ok(tookMs < MOST_MS, `${tookMs} ms`);
    } finally {
      gateway.kill('SIGKILL');
    }
  }));

/** A client that never closes its end, and reads or does not. */
async function held(port: number, sends: Buffer | string, reads: boolean): Promise<Socket> {
  const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
  socket.on('error', () => {});
  await once(socket, 'connect');
  if (sends.length > 0) socket.write(sends);
  if (reads) socket.resume();
  else socket.pause();
  return socket;
}

/** The embedded cloud is ready some time after its gateway. */
async function cloudPort(state: string): Promise<number> {
  const path = join(state, 'cloud.json');
  await eventually(() => existsSync(path), 'the address of the cloud');
  return Number(new URL(JSON.parse(readFileSync(path, 'utf8')).url).port);
}
