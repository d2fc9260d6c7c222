/**
 * The way to the cloud through the gateway, with a cloud that hangs, breaks off or is elsewhere: what is passed on, and the limits.
 */
import assert from 'node:assert/strict';
import { createServer, type IncomingMessage, request, type Server, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { after, before, describe, test } from 'node:test';
import { WebSocket, WebSocketServer } from 'ws';
import { createCertificate } from '../support/certificate.ts';
import { inTime, once } from '../support/in-time.ts';
import { openWeb, type TestWeb } from './open-web.ts';

/** What it does next, in place of the cloud. */
let answer: (request: IncomingMessage, response: ServerResponse) => void;
let cloud: Server;
let sync: WebSocketServer;
let cloudUrl: string;
before(async () => {
  cloud = createServer((request, response) => {
    if (request.url === '/version') return void response.end('a cloud of tests');
    answer(request, response);
  });
  sync = new WebSocketServer({ server: cloud });
  cloud.listen(0, '127.0.0.1');
  await once(cloud, 'listening');
  cloudUrl = `http://127.0.0.1:${(cloud.address() as AddressInfo).port}`;
});
after(() => {
  for (const socket of sync.clients) socket.terminate();
  cloud.closeAllConnections();
  cloud.close();
});

async function withWeb(limits: string[], work: (web: TestWeb, token: string) => Promise<void>): Promise<void> {
  const web = await openWeb({ cloudUrl, limits });
  try {
    await work(web, await web.tokenFor(await web.signIn()));
  } finally {
    await web.close();
  }
}

const call = (web: TestWeb, token: string, headers: Record<string, string> = {}) =>
  web.post('/api/query', { headers: { authorization: `Bearer ${token}`, ...headers } });

test('only listed headers are passed on, in both directions, and the body with its own length', async () => {
  await withWeb([], async (web, token) => {
    let asked: IncomingMessage | undefined;
    answer = (request, response) => {
      asked = request;
      response.setHeader('set-cookie', 'a=b');
      response.setHeader('access-control-allow-origin', '*');
      response.setHeader('content-security-policy', 'default-src *');
      response.setHeader('x-secret', '1');
      request.pipe(response.writeHead(200, { 'content-type': 'application/json' }));
    };
    const headers = { cookie: 'c=d', 'x-forwarded-for': '1.2.3.4', 'convex-client': 'npm-1', te: 'trailers' };
    const given = await call(web, token, headers);
    assert.equal(given.text, '{}');
    assert.equal(given.headers['content-security-policy'], "default-src 'none'; frame-ancestors 'none'; sandbox");
    for (const name of ['set-cookie', 'access-control-allow-origin', 'x-secret'])
      assert.equal(given.headers[name], undefined, name);
    assert.deepEqual(Object.keys(asked?.headers ?? {}).sort(), [
      ...['authorization', 'connection', 'content-length', 'content-type', 'convex-client', 'host'],
    ]);
    assert.equal(`http://${asked?.headers.host}`, cloudUrl);
  });
});

test('a cloud that hangs is given up, and one that breaks off costs its own call only', async () => {
  await withWeb(['apiCallMs=100'], async (web, token) => {
    answer = () => {};
    const late = await call(web, token);
    assert.deepEqual([late.status, late.json.code], [502, 'cloud_unavailable']);
    answer = (request) => request.socket.destroy();
    assert.equal((await call(web, token)).status, 502);
    answer = (_, response) => {
      response.writeHead(200, { 'content-length': 100 });
      response.write('half');
      setImmediate(() => response.destroy());
    };
    await assert.rejects(call(web, token), { code: 'ECONNRESET' });
    answer = (_, response) => response.end('{}');
    assert.equal((await call(web, token)).status, 200);
  });
});

for (const [limit, status] of [
  ['apiCalls=2', 503],
  ['apiCallsPerAddress=2', 429],
] as const) {
  test(`${limit}: calls at the same time are limited, and free again afterwards`, async () => {
    await withWeb([limit], async (web, token) => {
      const held: ServerResponse[] = [];
      let onHeld = () => {};
      answer = (_, response) => {
        held.push(response);
        onHeld();
      };
      const both = new Promise<void>((resolve) => {
        onHeld = () => held.length === 2 && resolve();
      });
      const running = [call(web, token), call(web, token)];
      await inTime(both, 'two calls at the cloud');
      assert.equal((await call(web, token)).status, status);
      for (const response of held) response.end('{}');
      assert.deepEqual(
        (await Promise.all(running)).map((each) => each.status),
        [200, 200],
      );
      answer = (_, response) => response.end('{}');
      assert.equal((await call(web, token)).status, 200);
    });
  });
}

for (const [limit, status, bytes] of [
  ['apiCallsPerAddress=2', 429, 100],
  ['apiCallBytes=1000', 503, 500],
] as const) {
  test(`${limit}: a call takes its place while it is sent, so slow ones count`, async () => {
    await withWeb([limit], async (web, token) => {
      answer = (_, response) => response.end('{}');
      const { port } = new URL(web.gateway.url);
      const headers = { authorization: `Bearer ${token}`, origin: web.origin, 'content-type': 'application/json' };
      const slow = [1, 2].map(() => {
        const asked = request({
          ...{ host: '127.0.0.1', port, path: '/api/query', method: 'POST' },
          headers: { ...headers, 'content-length': bytes, expect: '100-continue' },
        });
        asked.flushHeaders();
        return asked;
      });
      await Promise.all(slow.map((asked) => once(asked, 'continue')));
      // Both have been read, and their tokens are being verified: the places are taken before that.
      assert.equal((await call(web, token)).status, status);
      const answers = slow.map((asked) => once(asked, 'response'));
      for (const asked of slow) asked.end(' '.repeat(bytes));
      assert.deepEqual(
        (await Promise.all(answers)).map(([response]) => response.statusCode),
        [200, 200],
      );
      assert.equal((await call(web, token)).status, 200);
    });
  });
}

describe('sync sockets', () => {
  async function open(web: TestWeb, token?: string) {
    const socket = new WebSocket(`${web.gateway.url}/api/1.48.0/sync`, { headers: { origin: web.origin } });
    socket.on('error', () => {});
    await once(socket, 'open');
    if (token !== undefined)
      socket.send(JSON.stringify({ type: 'Authenticate', baseVersion: 0, tokenType: 'User', value: token }));
    return socket;
  }
  const atCloud = () => once(sync, 'connection').then(([socket]) => socket as WebSocket);

  test('messages pass in order and whole in both directions, and the close of the cloud is told', async () => {
    await withWeb([], async (web, token) => {
      const connected = atCloud();
      const page = await open(web, token);
      const behind = await connected;
      const got: string[] = [];
      const done = new Promise<void>((resolve) => {
        behind.on('message', (data) => {
          got.push(String(data));
          if (got.length === 102) resolve();
        });
      });
      for (let i = 0; i < 100; i++) page.send(JSON.stringify({ type: 'Event', i }));
      page.send(JSON.stringify({ type: 'Mutation', text: 'x'.repeat(1_500_000) }));
      await inTime(done, () => `102 messages; there were ${got.length}`);
      assert.match(got[0] ?? '', /^\{"type":"Authenticate"/);
      assert.deepEqual(
        got.slice(1, 101).map((text) => JSON.parse(text).i),
        Array.from({ length: 100 }, (_, i) => i),
      );
      behind.send('y'.repeat(3_000_000));
      assert.equal(String((await once(page, 'message'))[0]).length, 3_000_000);
      behind.close(1011, 'the cloud restarts');
      const [code, reason] = await once(page, 'close');
      assert.deepEqual([code, String(reason)], [1011, 'the cloud restarts']);
    });
  });

  test('a page that reads nothing keeps the cloud waiting, not the memory of the gateway', async () => {
    await withWeb(['unreadBytes=65536'], async (web, token) => {
      const connected = atCloud();
      const page = await open(web, token);
      const behind = await connected;
      page.pause();
      const message = 'z'.repeat(100_000);
      // Until nothing is taken any more: 400 messages are more than the buffers of the system and of the gateway.
      let written = 0;
      for (let i = 0; i < 400; i++) behind.send(message, () => (written += 1));
      answer = (_, response) => response.end('{}');
      for (let i = 0; i < 20; i++) assert.equal((await call(web, token)).status, 200, 'the gateway goes on');
      assert.ok(behind.bufferedAmount > 0 && written < 400, `${written} of 400 messages were taken`);
      let read = 0;
      const all = new Promise<void>((resolve) => {
        page.on('message', () => {
          read += 1;
          if (read === 400) resolve();
        });
      });
      page.resume();
      await inTime(all, () => `400 messages; there were ${read}`);
    });
  });

  test('pages, their messages, and what is sent without a token are limited', async () => {
    await withWeb(['apiSockets=1', 'apiMessages=20', 'cloudUnprovenBytes=20000'], async (web, token) => {
      const connected = atCloud();
      const first = await open(web, token);
      await connected;
      const second = await open(web, token);
      assert.equal((await once(first, 'close'))[0], 1013, 'the oldest of the session with the most');
      for (let i = 0; i < 30; i++) second.send('{"type":"Event"}');
      assert.equal((await once(second, 'close'))[0], 1008);
      const unproven = await open(web);
      unproven.send(JSON.stringify({ type: 'Event', event: 'e'.repeat(30_000) }));
      assert.equal((await once(unproven, 'close'))[0], 1006);
    });
  });

  test('whoever opens many pages loses one of them, not another person theirs', async () => {
    await withWeb(['apiSockets=3'], async (web, token) => {
      const other = await web.tokenFor(await web.signIn());
      const proven = async (shown: string) => {
        const connected = atCloud();
        const page = await open(web, shown);
        await connected;
        return page;
      };
      const only = await proven(other);
      const many = [await proven(token), await proven(token)];
      const oldestCloses = many.map((page) => once(page, 'close'));
      many.push(await proven(token), await proven(token));
      assert.deepEqual(
        (await Promise.all(oldestCloses)).map(([code]) => code),
        [1013, 1013],
      );
      assert.deepEqual(
        [only, ...many.slice(2)].map(({ readyState }) => readyState),
        [WebSocket.OPEN, WebSocket.OPEN, WebSocket.OPEN],
      );
    });
  });

  test('a cloud that does not answer is told as one to be tried again', async () => {
    const web = await openWeb();
    try {
      const page = await open(web, await web.tokenFor(await web.signIn()));
      assert.equal((await once(page, 'close'))[0], 1013);
    } finally {
      await web.close();
    }
  });
});

test('a deployment with TLS is reached by TLS, and one whose certificate is not trusted is not', async (t) => {
  const certificate = await createCertificate();
  if (!certificate) return t.skip('needs openssl for a certificate');
  const secure = createTlsServer(certificate, (_, response) => response.end('{"secret":1}')).listen(0, '127.0.0.1');
  await once(secure, 'listening');
  const web = await openWeb({ cloudUrl: `https://localhost:${(secure.address() as AddressInfo).port}` });
  const begun = once(secure, 'tlsClientError');
  try {
    const refused = await call(web, await web.tokenFor(await web.signIn()));
    assert.deepEqual([refused.status, refused.json.code], [502, 'cloud_unavailable']);
    await begun;
  } finally {
    await web.close();
    secure.close();
  }
});
