/**
 * Access to the page: not without the token, not from a page of another origin, and only under the server's own name.
 */
import assert from 'node:assert/strict';
import { request } from 'node:http';
import { connect } from 'node:net';
import { after, before, test } from 'node:test';
import { WebSocket } from 'ws';
import { silentLog } from '../../src/core/log/log.ts';
import { isOurHost } from '../../src/observability/inspect/access.ts';
import { type PageServer, servePage } from '../../src/observability/inspect/server.ts';
import { inTime, once } from '../support/in-time.ts';

const TOKEN = 'a-token-of-24-characters';
let server: PageServer;
let port = 0;
let pages = 0;

before(async () => {
  server = await servePage({ host: '127.0.0.1', port: 0, token: TOKEN, log: silentLog, onPage: () => pages++ });
  port = Number(new URL(server.url).port);
});
after(() => server.close());

interface Attempt {
  token?: string;
  origin?: string;
  host?: string;
  path?: string;
}

/** Resolves with true when the feed is opened, otherwise with the status of the refusal. */
function openFeed({ token = TOKEN, origin, host, path = '/feed' }: Attempt): Promise<true | number> {
  const socket = new WebSocket(`ws://127.0.0.1:${port}${path}`, ['earshot.inspect.1', `token.${token}`], {
    headers: { ...(origin === undefined ? {} : { origin }), ...(host === undefined ? {} : { host }) },
  });
  const answer = new Promise<true | number>((resolve) => {
    socket.on('error', () => {});
    socket.on('open', () => {
      socket.terminate();
      resolve(true);
    });
    socket.on('unexpected-response', (asked, response) => {
      asked.destroy();
      resolve(response.statusCode ?? 0);
    });
  });
  return inTime(answer, `the answer to ${path}`);
}

async function get(path: string, headers: Record<string, string> = {}, method = 'GET') {
  const asked = request({ host: '127.0.0.1', port, path, headers, method }).end();
  const [response] = await once(asked, 'response');
  response.resume();
  return { status: response.statusCode as number, headers: response.headers as Record<string, string> };
}

test('the page of this server with its token is accepted', async () => {
  assert.equal(await openFeed({ origin: `http://127.0.0.1:${port}` }), true);
  assert.equal(await openFeed({ origin: `http://localhost:${port}`, host: `localhost:${port}` }), true);
  assert.equal(pages, 2);
});

const STRANGERS: [why: string, attempt: Attempt][] = [
  ['no token', { token: '' }],
  ['a wrong token', { token: 'a-token-of-24-charactert' }],
  ['a page of another origin', { origin: 'https://example.org' }],
  ['a page of another port of this machine', { origin: `http://127.0.0.1:1` }],
  ['a file that was opened', { origin: 'null' }],
  ['a name that resolves to this machine (DNS rebinding)', { origin: 'http://evil.example', host: 'evil.example' }],
  ['another path', { path: '/other' }],
];
for (const [why, attempt] of STRANGERS) {
  test(`refused: ${why}`, async () => {
    const before = pages;
    assert.equal(await openFeed(attempt), 403);
    assert.equal(pages, before);
  });
}

test('the page is served under the server’s own name only, with a policy that permits no other origin', async () => {
  const page = await get('/');
  assert.equal(page.status, 200);
  const policy = page.headers['content-security-policy'] ?? '';
  assert.match(policy, /default-src 'none'/);
  assert.match(policy, /frame-ancestors 'none'/);
  // It decodes recorded audio by WebAssembly.
  assert.doesNotMatch(policy.replace("'wasm-unsafe-eval'", ''), /unsafe|http|\*/);
  assert.equal(page.headers['cross-origin-resource-policy'], 'same-origin');
  assert.equal(page.headers['access-control-allow-origin'], undefined);
  assert.equal((await get('/', { host: 'evil.example' })).status, 403);
  assert.equal((await get('/page.js', { host: `evil.example:${port}` })).status, 403);
});

test('what the chart needs is sent compressed, and not again while it is unchanged', async () => {
  const first = await get('/layout.js', { 'accept-encoding': 'gzip' });
  assert.deepEqual([first.status, first.headers['content-encoding']], [200, 'gzip']);
  const { status } = await get('/layout.js', { 'if-none-match': first.headers.etag ?? '' });
  assert.equal(status, 304);
});

test('nothing else is served', async () => {
  for (const path of ['/../cli.js', '/%2e%2e/cli.js', '/page.js/../../package.json', '/feed', '/constructor']) {
    assert.equal((await get(path)).status, 404, path);
  }
  assert.equal((await get('/', {}, 'POST')).status, 405);
});

test('a client that disconnects in the middle of a request has no effect on others', async () => {
  for (const text of ['GET / HTTP/1.1\r\nHost: 127', 'GET /feed HTTP/1.1\r\nUpgrade: websocket\r\n\r\n', '\0\0\0']) {
    const socket = connect(port, '127.0.0.1');
    socket.on('error', () => {});
    socket.write(text);
    await new Promise((resolve) => setTimeout(resolve, 20));
    socket.destroy();
  }
  assert.equal((await get('/')).status, 200);
});

test('when listening on all addresses, any address of the machine is a valid host, and no other name is', () => {
  assert.equal(isOurHost('192.0.2.7', '0.0.0.0'), true);
  assert.equal(isOurHost('2001:db8::7', '::'), true);
  assert.equal(isOurHost('evil.example', '0.0.0.0'), false);
  assert.equal(isOurHost('pi.local', 'pi.local'), true);
  assert.equal(isOurHost('192.0.2.7', '127.0.0.1'), false);
});

test('a page can ask whether its key is right, because a browser does not say why a feed was refused', async () => {
  const ask = async (authorization?: string) => (await get('/token', authorization ? { authorization } : {})).status;
  assert.equal(await ask(`Bearer ${TOKEN}`), 200);
  assert.equal(await ask(`Bearer ${TOKEN.slice(1)}`), 403);
  assert.equal(await ask('Bearer '), 403);
  assert.equal(await ask(), 403);
  assert.equal((await get('/token', { authorization: `Bearer ${TOKEN}`, host: 'evil.example' })).status, 403);
});
