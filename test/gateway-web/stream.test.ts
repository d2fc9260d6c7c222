/**
 * Pages as devices: which pages may connect, and the token that they send as a sub-protocol.
 */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { WebSocket } from 'ws';
import { once } from '../support/in-time.ts';
import { connectDevice } from '../support/wire-device.ts';
import { openWeb, type TestWeb } from './open-web.ts';

let web: TestWeb;
const tokens: (string | undefined)[] = [];
before(async () => {
  web = await openWeb({ allowedOrigins: ['https://pages.example'], onToken: (token) => tokens.push(token) });
});
after(() => web.close());

/** The accepted sub-protocol, or the status of the refusal. */
async function open(headers: Record<string, string>, protocols = ['earshot.v1', 'bearer.a-token']) {
  const socket = new WebSocket(`${web.gateway.url}/v1/stream`, protocols, { headers });
  socket.on('error', () => {});
  const opened = once(socket, 'open').then(() => socket.protocol);
  const refused = once(socket, 'unexpected-response').then(([, response]) => response.statusCode as number);
  const result = await Promise.race([opened, refused]);
  socket.terminate();
  return result;
}

test('a page of the gateway and one of a listed origin connect, and their token is that of the sub-protocol', async () => {
  assert.equal(await open({ origin: web.origin }), 'earshot.v1');
  const local = `localhost:${web.port}`;
  assert.equal(await open({ origin: `http://${local}`, host: local }), 'earshot.v1');
  assert.equal(await open({ origin: 'https://pages.example' }), 'earshot.v1');
  assert.deepEqual(tokens.splice(0), ['a-token', 'a-token', 'a-token']);
});

test('a device sends its token in the header, which counts first', async () => {
  assert.equal(await open({ authorization: 'Bearer of-the-header' }, ['earshot.v1']), 'earshot.v1');
  assert.equal(await open({ authorization: 'Bearer of-the-header' }), 'earshot.v1');
  assert.equal(await open({}, ['earshot.v1']), 'earshot.v1');
  assert.deepEqual(tokens.splice(0), ['of-the-header', 'of-the-header', undefined]);
});

test('the token is never echoed, and is no sub-protocol by itself', async () => {
  assert.equal(await open({}, ['bearer.a-token', 'earshot.v1']), 'earshot.v1');
  assert.equal(await open({}, ['bearer.earshot.v1']), 400);
  tokens.splice(0);
});

for (const [why, headers] of [
  ['a foreign origin', { origin: 'https://evil.example' }],
  ['a listed name without TLS', { origin: 'http://pages.example' }],
  ['a name that begins like a listed one', { origin: 'https://pages.example.evil.example' }],
  ['another port of this machine', { origin: 'http://127.0.0.1:1' }],
  ['the gateway by a protocol that it does not speak', { origin: 'https://127.0.0.1' }],
  ['a file', { origin: 'null' }],
  ['nothing', { origin: '' }],
  ['a name that was rebound to this gateway', { origin: 'http://evil.example', host: 'evil.example' }],
] as const) {
  test(`refused: a page of ${why}`, async () => {
    assert.equal(await open(headers), 403);
    assert.deepEqual(tokens, []);
  });
}

test('without pages, no page may connect', async () => {
  const plain = await openWeb({ withoutPages: true });
  try {
    const socket = new WebSocket(`${plain.gateway.url}/v1/stream`, 'earshot.v1', { headers: { origin: plain.origin } });
    socket.on('error', () => {});
    const [, response] = await once(socket, 'unexpected-response');
    assert.equal(response.statusCode, 403);
    assert.equal((await plain.ask('/talk/')).status, 404);
  } finally {
    await plain.close();
  }
});

test('a page learns why it is refused from the code of a close, because a browser hides the status; a device from the status', async () => {
  const refused = await openWeb({
    admission: { kind: 'refused', status: 401, code: 'token_revoked', reason: 'revoked' },
  });
  try {
    const dial = (headers: Record<string, string>) =>
      new WebSocket(`${refused.gateway.url}/v1/stream`, ['earshot.v1', 'bearer.a-token'], { headers });
    const [code, reason] = await once(dial({ origin: refused.origin }), 'close');
    assert.deepEqual([code, String(reason)], [4_003, 'revoked']);
    const device = dial({}).on('error', () => {});
    const [, response] = await once(device, 'unexpected-response');
    assert.equal(response.statusCode, 401);
    const foreign = dial({ origin: 'https://evil.example' }).on('error', () => {});
    const [, answer] = await once(foreign, 'unexpected-response');
    assert.equal(answer.statusCode, 403);
  } finally {
    await refused.close();
  }
});

test('a page is told that the gateway is full', async () => {
  const full = await openWeb({ limits: ['connections=1'] });
  try {
    const device = await connectDevice(full.gateway.url);
    await device.waitFor('welcome');
    const page = new WebSocket(`${full.gateway.url}/v1/stream`, ['earshot.v1'], { headers: { origin: full.origin } });
    const [code, reason] = await once(page, 'close');
    assert.deepEqual([code, String(reason)], [1_013, 'the gateway is full']);
  } finally {
    await full.close();
  }
});
