/**
 * Stately's inspector, through its WebSocket adapter: it gets every actor and event; without a relay the command
 * reports it.
 */
import assert from 'node:assert/strict';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import { WebSocketServer } from 'ws';
import { earshot, inTemporaryFolder } from '../support/cli.ts';
import { once } from '../support/in-time.ts';

const turn = (folder: string, relay: string) =>
  earshot(['start', '--once', '--json', '--output', 'null', '--state', folder, '--stately', relay], { cwd: folder })
    .ended;

test('a relay gets actors, events and states', () =>
  inTemporaryFolder(async (folder) => {
    const relay = new WebSocketServer({ port: 0, host: '127.0.0.1' });
    await once(relay, 'listening');
    const heard = new Map<string, number>();
    relay.on('connection', (socket) =>
      socket.on('message', (data) => {
        const { type } = JSON.parse(String(data)) as { type: string };
        heard.set(type, (heard.get(type) ?? 0) + 1);
      }),
    );
    const { code, stderr } = await turn(folder, `ws://127.0.0.1:${(relay.address() as AddressInfo).port}`);
    for (const client of relay.clients) client.terminate();
    relay.close();
    assert.equal(code, 0, stderr);
    for (const type of ['@xstate.event', '@xstate.snapshot']) {
      assert.ok((heard.get(type) ?? 0) > 50, `${type} in ${JSON.stringify([...heard])}`);
    }
  }));

test('without a relay there is an error, and nothing is started', () =>
  inTemporaryFolder(async (folder) => {
    const { code, stderr } = await turn(folder, 'ws://127.0.0.1:9');
    assert.equal(code, 2);
    assert.match(stderr, /No relay to Stately's inspector answers at ws:\/\/127\.0\.0\.1:9/);
  }));
