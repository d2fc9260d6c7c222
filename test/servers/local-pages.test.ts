/**
 * What a page in a browser on this machine can try: each server checks the origin and the host.
 */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { once } from '../support/in-time.ts';
import { openServers, type ServerName, type Servers } from './servers.ts';

let all: Servers;
before(async () => {
  all = await openServers();
});
after(() => all.close());

async function ask(name: ServerName, path: string, headers: Record<string, string>): Promise<string> {
  const socket = all.servers[name].connect();
  const lines = Object.entries(headers).map(([field, value]) => `${field}: ${value}\r\n`);
  socket.write(`GET ${path} HTTP/1.1\r\n${lines.join('')}\r\n`);
  const [answer] = await once(socket, 'data');
  socket.destroy();
  return String(answer);
}

const statusOf = (answer: string) => Number(/^HTTP\/1\.1 (\d+)/.exec(answer)?.[1]);

const PAGES: Record<'gateway' | 'embedded cloud' | 'inspector', { plain: string; isPublic: boolean }> = {
  gateway: { plain: '/health', isPublic: false },
  'embedded cloud': { plain: '/version', isPublic: false },
  /** A page of another origin may request the page itself, and cannot read it; its feed is what matters. */
  inspector: { plain: '/', isPublic: true },
};

for (const [name, { plain, isPublic }] of Object.entries(PAGES) as [keyof typeof PAGES, (typeof PAGES)['gateway']][]) {
  describe(`the ${name}`, () => {
    const upgrade = () => ({
      Host: '127.0.0.1',
      Connection: 'Upgrade',
      Upgrade: 'websocket',
      'Sec-WebSocket-Version': '13',
      'Sec-WebSocket-Key': 'AAAAAAAAAAAAAAAAAAAAAA==',
      ...(all.servers[name].socket.protocols.length > 0 && {
        'Sec-WebSocket-Protocol': all.servers[name].socket.protocols.join(', '),
      }),
    });

    test('answers a program on this machine', async () => {
      assert.equal(statusOf(await ask(name, plain, { Host: '127.0.0.1' })), 200);
      assert.equal(statusOf(await ask(name, plain, { Host: 'localhost:1' })), 200);
      assert.equal(statusOf(await ask(name, all.servers[name].socket.path, upgrade())), 101);
    });

    test('does not answer under a name that was rebound to this machine', async () => {
      assert.equal(statusOf(await ask(name, plain, { Host: 'evil.example' })), 403);
    });

    for (const origin of ['http://evil.example', 'null', 'http://127.0.0.1:1']) {
      test(`opens no socket for a page of ${origin}, and permits it to read nothing`, async () => {
        const opened = await ask(name, all.servers[name].socket.path, { ...upgrade(), Origin: origin });
        assert.equal(statusOf(opened), 403);
        const answer = await ask(name, plain, { Host: '127.0.0.1', Origin: origin });
        assert.doesNotMatch(answer, /access-control-allow-origin/i);
        if (!isPublic) assert.equal(statusOf(answer), 403);
      });
    }
  });
}
