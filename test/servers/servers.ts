/**
 * All servers of the project, in separate processes, with a function to check whether they still work.
 */
import assert from 'node:assert/strict';
import { fork } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { WebSocket } from 'ws';
import { CLOSE_TRY_AGAIN_LATER } from '../../src/protocol/control.ts';
import { earshot } from '../support/cli.ts';
import { connected, hello, turnStart } from '../support/client.ts';
import { tokenFor } from '../support/cloud-clients.ts';
import { startEmbeddedProcess } from '../support/embedded-process.ts';
import { endWithTests } from '../support/end-with-tests.ts';
import { once } from '../support/in-time.ts';
import { proxyHeader } from '../support/proxy-header.ts';
import type { Addresses } from './servers-process.ts';

export const NAMES = [
  'gateway',
  'proxied gateway',
  'gateway with workers',
  'embedded cloud',
  'inspector',
  'monitor',
  'local API',
] as const;
export type ServerName = (typeof NAMES)[number];

export interface RunningServer {
  connect(): Socket;
  /** The monitor reads nothing from its clients: it only sends. */
  speaksHttp: boolean;
  /** The path of its WebSockets, and the headers that a handshake needs. */
  socket: { path: string; protocols: string[] };
  /** It has no WebSocket: each upgrade is refused. */
  refusesUpgrades?: boolean;
  /** A valid message there. */
  messages: string[];
  /** The first message there, with a name that no other test uses. */
  greeting?: () => string;
  /** Uses it in the normal way; rejects when it does not work. */
  answers(): Promise<void>;
  /** The id of its process. */
  pid: number;
}

/** As proxies send them. */
/** Of the honest client at the inspector. */
const MOST_ATTEMPTS = 100;

const PROXY_HEADERS = [
  proxyHeader({ source: '192.0.2.7' }),
  proxyHeader({ source: '2001:db8::7', extra: Buffer.alloc(300, 'x') }),
  proxyHeader({ command: 'local' }),
  proxyHeader({ family: 'unknown' }),
];

export interface Servers {
  servers: Record<ServerName, RunningServer>;
  close(): Promise<void>;
}

export async function openServers(): Promise<Servers> {
  const folder = mkdtempSync(join(tmpdir(), 'earshot-test-servers-'));
  const child = endWithTests(fork(new URL('./servers-process.ts', import.meta.url), [folder]));
  const several = earshot(['gateway', '--workers', '2', '--port', '0', '--json', '--state', join(folder, 'several')]);
  const [[at], cloud, line] = await Promise.all([
    once(child, 'message') as Promise<[Addresses]>,
    startEmbeddedProcess(),
    several.line(/^\{/),
  ]);
  const primary = new URL(JSON.parse(line).web);
  const [gateway, proxied, page] = [new URL(at.gateway), new URL(at.proxied), new URL(at.page)];
  const pid = child.pid ?? 0;
  const token = page.hash.slice(1);

  let floods = 0;
  let proxyHeaders = 0;
  /** Some of them are damaged: the connection is dropped then. Not their length: the gateway would wait for the rest of it. */
  function nextProxyHeader(): Buffer {
    const header = PROXY_HEADERS[proxyHeaders++ % PROXY_HEADERS.length] ?? Buffer.alloc(0);
    if (proxyHeaders % 5 !== 0) return header;
    const damaged = Buffer.from(header);
    damaged[proxyHeaders % 14] = proxyHeaders % 256;
    return damaged;
  }
  const servers: Servers['servers'] = {
    gateway: {
      connect: () => connect(Number(gateway.port), gateway.hostname),
      speaksHttp: true,
      socket: { path: '/v1/stream', protocols: ['earshot.v1'] },
      greeting: () => JSON.stringify(hello(`flood ${floods++}`)),
      messages: [hello('a'), hello('b'), turnStart(1), { type: 'ping', t0: 1 }, { type: 'bye', reason: 'x' }].map(
        (each) => JSON.stringify(each),
      ),
      pid,
      async answers() {
        const device = await connected(at.gateway, 'honest');
        device.close();
        assert.equal((await fetch(`http://${gateway.host}/health`)).status, 200);
      },
    },
    'proxied gateway': {
      connect() {
        const socket = connect(Number(proxied.port), proxied.hostname);
        socket.write(nextProxyHeader());
        return socket;
      },
      speaksHttp: true,
      socket: { path: '/v1/stream', protocols: ['earshot.v1'] },
      messages: [hello('a'), turnStart(1), { type: 'ping', t0: 1 }].map((each) => JSON.stringify(each)),
      pid,
      async answers() {
        const client = connect(Number(proxied.port), proxied.hostname);
        client.write(proxyHeader({ source: '192.0.2.7' }));
        client.write('GET /health HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n');
        const [answer] = await once(client, 'data');
        client.destroy();
        assert.match(String(answer), /^HTTP\/1\.1 200 OK\r\n/);
      },
    },
    'gateway with workers': {
      connect: () => connect(Number(primary.port), primary.hostname),
      speaksHttp: true,
      socket: { path: '/v1/stream', protocols: ['earshot.v1'] },
      messages: [hello('a'), turnStart(1), { type: 'ping', t0: 1 }].map((each) => JSON.stringify(each)),
      // The primary, which reads what all clients send first.
      pid: several.pid,
      async answers() {
        const text = await (await fetch(new URL('/metrics', primary), { headers: { connection: 'close' } })).text();
        assert.match(text, /^earshot_gateway_workers 2$/m);
      },
    },
    'embedded cloud': {
      connect: () => connect(Number(new URL(cloud.url).port), '127.0.0.1'),
      speaksHttp: true,
      socket: { path: '/api/1.0.0/sync', protocols: [] },
      messages: [
        '{"type":"Connect","sessionId":"s","connectionCount":0,"lastCloseReason":null,"clientTs":1}',
        '{"type":"ModifyQuerySet","baseVersion":0,"newVersion":1,"modifications":[{"type":"Add","queryId":0,"udfPath":"devices:list","args":[{}]}]}',
        '{"type":"Mutation","requestId":1,"udfPath":"pairing:request","args":[{"request":"r","code":"1","device":"d"}]}',
        '{"type":"Action","requestId":2,"udfPath":"devices:list","args":[]}',
        ...['{"type":"Authenticate","baseVersion":0,"tokenType":"None"}', '{"type":"Event","event":1}', '{"type":{}}'],
      ],
      pid: cloud.pid,
      async answers() {
        const body = JSON.stringify({ path: 'devices:list', args: {} });
        const headers = { authorization: `Bearer ${await tokenFor('viewer', cloud)}` };
        const response = await fetch(`${cloud.url}/api/query`, { method: 'POST', body, headers });
        assert.deepEqual(await response.json(), { status: 'success', value: [], logLines: [] });
      },
    },
    inspector: {
      connect: () => connect(Number(page.port), page.hostname),
      speaksHttp: true,
      socket: { path: '/feed', protocols: ['earshot.inspect.1', `token.${token}`] },
      messages: [
        ...['{"k":"talk","action":"press"}', '{"k":"talk"}', '{"k":"keep"}', '{"k":null}', 'null', '[]'],
        '{"k":"send","a":1,"event":{"type":"link.down"}}',
      ],
      pid,
      async answers() {
        // The other clients may have all places of pages for a moment.
        for (let attempt = 1; attempt <= MOST_ATTEMPTS; attempt++) {
          const feed = new WebSocket(`ws://${page.host}/feed`, ['earshot.inspect.1', `token.${token}`]);
          const closed = once(feed, 'close').then(([code]) => ({ code }));
          const first = await Promise.race([once(feed, 'message').then(([greeting]) => ({ greeting })), closed]);
          feed.terminate();
          if ('greeting' in first) return assert.equal(JSON.parse(String(first.greeting)).k, 'hello');
          assert.equal(first.code, CLOSE_TRY_AGAIN_LATER, `the feed was closed (${first.code})`);
        }
        assert.fail('the inspector has no place for another page');
      },
    },
    monitor: {
      connect: () => connect(at.monitor),
      speaksHttp: false,
      socket: { path: '/', protocols: [] },
      messages: ['figures'],
      pid,
      async answers() {
        const viewer = connect(at.monitor);
        const [line] = await once(viewer, 'data');
        viewer.destroy();
        assert.equal(String(line), `{"pid":${pid}}\n`);
      },
    },
    'local API': {
      connect: () => connect(at.localApi),
      speaksHttp: true,
      socket: { path: '/v1/events', protocols: [] },
      refusesUpgrades: true,
      messages: ['{}'],
      pid,
      async answers() {
        const client = connect(at.localApi);
        client.write('GET /v1/state HTTP/1.1\r\nHost: localhost\r\n\r\n');
        const [answer] = await once(client, 'data');
        client.destroy();
        assert.match(String(answer), /^HTTP\/1\.1 200 OK\r\n[\s\S]*"state":"idle"/);
      },
    },
  };
  return {
    servers,
    async close() {
      const ended = once(child, 'exit');
      child.disconnect();
      several.kill('SIGKILL');
      await Promise.all([ended, several.ended, cloud.close()]);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
