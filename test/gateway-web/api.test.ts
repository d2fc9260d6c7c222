/**
 * The way to the cloud through the gateway, with the embedded cloud behind it: Convex's own client, files with ranges, and who may not.
 */
import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { after, before, describe, test } from 'node:test';
import { decodeJwt, SignJWT, UnsecuredJWT } from 'jose';
import { WebSocket } from 'ws';
import { uploadFile } from '../../actors/cloud/convex-cloud.ts';
import { api } from '../../convex/_generated/api.js';
import { signingKeyOf } from '../../src/core/identity/signing-key.ts';
import { signToken } from '../../src/core/identity/token.ts';
import { TOKEN_AUDIENCE, TOKEN_ISSUER, type TokenClaims } from '../../src/protocol/identity.ts';
import { type CloudClients, cloudClients } from '../support/cloud-clients.ts';
import { type EmbeddedProcess, startEmbeddedProcess } from '../support/embedded-process.ts';
import { inTime, once } from '../support/in-time.ts';
import { openWeb, type TestWeb } from './open-web.ts';
import { pageClient } from './page-client.ts';

let cloud: EmbeddedProcess;
let clients: CloudClients;
let web: TestWeb;
before(async () => {
  cloud = await startEmbeddedProcess();
  clients = cloudClients(cloud);
  web = await openWeb({ cloudUrl: cloud.url, gatewayKey: cloud.gatewayKey });
});
after(async () => {
  await web.close();
  await clients.close();
  await cloud.close();
});

const query = (path: string, args: object = {}) => JSON.stringify({ path, args, format: 'json' });
const bearer = (token: string) => ({ authorization: `Bearer ${token}` });

describe('Convex’s client in the console', () => {
  test('an operator reads, is told of changes, and writes', async () => {
    const session = await web.signIn('operator');
    const { client } = pageClient({ webUrl: web.gateway.webUrl, token: () => web.tokenFor(session) });
    try {
      const changes: unknown[] = [];
      const changed = new Promise<void>((resolve) => {
        client.onUpdate(api.retention.get, {}, (settings) => {
          changes.push(settings);
          if (changes.length === 2) resolve();
        });
      });
      while (changes.length === 0) await client.query(api.devices.list, {});
      await client.mutation(api.retention.set, { table: 'recordings', days: 7 });
      await inTime(changed, 'the second result');
      assert.notDeepEqual(changes[0], changes[1]);
    } finally {
      await client.close();
    }
  });

  test('a viewer reads, and is refused by the cloud when it writes', async () => {
    const session = await web.signIn('viewer');
    const { client } = pageClient({ webUrl: web.gateway.webUrl, token: () => web.tokenFor(session) });
    try {
      assert.deepEqual(await client.query(api.devices.list, {}), []);
      await assert.rejects(client.mutation(api.devices.revoke, { device: 'kitchen' }), /not_permitted/);
    } finally {
      await client.close();
    }
  });

  test('an expired token is told as the cloud tells it: the client gets another one and goes on', async () => {
    const session = await web.signIn();
    const fresh = await web.tokenFor(session);
    const expired = await signed({ subject: String(decodeJwt(fresh).sub) }, Date.now() - 60 * 60_000);
    const asked: boolean[] = [];
    const { client } = pageClient({
      webUrl: web.gateway.webUrl,
      async token(forced) {
        asked.push(forced);
        return asked.length === 1 ? expired : await web.tokenFor(session);
      },
    });
    try {
      assert.deepEqual(await client.query(api.devices.list, {}), []);
      assert.ok(asked.includes(true));
    } finally {
      await client.close();
    }
  });

  test('whoever signs out loses the connection', async () => {
    const session = await web.signIn();
    const { socket, next } = await openSync({ token: await web.tokenFor(session) });
    await next('Transition');
    const closed = once(socket, 'close');
    assert.equal((await web.post('/console/sign-out', { headers: bearer(session) })).status, 204);
    assert.deepEqual((await closed)[0], 1008);
  });
});

/** A token of this cloud’s gateway. */
function signed(claims: Partial<TokenClaims>, nowMs = Date.now(), gatewayKey = cloud.gatewayKey): Promise<string> {
  const all = { role: 'operator', tenant: 'default', subject: 'console 0123456789abcdef', ...claims } as const;
  return signToken(signingKeyOf(gatewayKey), all, nowMs);
}

/** The sync protocol by hand, as far as the first messages. */
async function openSync({ token, tokenType = 'User' }: { token?: string; tokenType?: string }, url = web.gateway.url) {
  const socket = new WebSocket(`${url}/api/1.48.0/sync`, { headers: { origin: web.origin } });
  const messages: { type: string }[] = [];
  socket.on('message', (data) => messages.push(JSON.parse(String(data))));
  socket.on('error', () => {});
  await once(socket, 'open');
  socket.send(
    '{"type":"Connect","sessionId":"00000000-0000-0000-0000-000000000000","connectionCount":0,"lastCloseReason":null,"clientTs":1}',
  );
  if (token !== undefined)
    socket.send(JSON.stringify({ type: 'Authenticate', baseVersion: 0, tokenType, value: token }));
  socket.send(
    '{"type":"ModifyQuerySet","baseVersion":0,"newVersion":1,"modifications":[{"type":"Add","queryId":0,"udfPath":"devices:list","args":[{}]}]}',
  );
  async function next(type: string): Promise<object> {
    for (;;) {
      const at = messages.findIndex((each) => each.type === type);
      if (at >= 0) return messages.splice(at, 1)[0] as object;
      await once(socket, 'message');
    }
  }
  return { socket, messages, next };
}

/** Tokens that let nobody in, and why. */
const BAD_TOKENS: Record<string, () => Promise<string>> = {
  'a forged one, of another key': () => signed({}, Date.now(), 'some other key, long enough for a key'),
  'one without a signature': async () =>
    new UnsecuredJWT({ role: 'operator', tenant: 'default' })
      .setIssuer(TOKEN_ISSUER)
      .setAudience(TOKEN_AUDIENCE)
      .setSubject('console x')
      .setExpirationTime('15m')
      .encode(),
  'one signed with the public half as if it were a secret': async () => {
    const { jwks, id } = signingKeyOf(cloud.gatewayKey);
    return await new SignJWT({ role: 'operator', tenant: 'default' })
      .setProtectedHeader({ alg: 'HS256', kid: id })
      .setIssuer(TOKEN_ISSUER)
      .setAudience(TOKEN_AUDIENCE)
      .setSubject('console x')
      .setExpirationTime('15m')
      .sign(Buffer.from(jwks));
  },
  'an expired one': () => signed({}, Date.now() - 60 * 60_000),
  'that of a session that never was': () => signed({}),
  'that of the gateway itself': () => signed({ role: 'gateway', subject: 'gateway' }),
  'that of a device that reads from the cloud': () => signed({ role: 'device', device: 'kitchen' }),
  'the opaque token of a device': async () => 'd'.repeat(43),
  'one whose role is not that of its session': async () => {
    const sub = String(decodeJwt(await web.tokenFor(await web.signIn('viewer'))).sub);
    return await signed({ role: 'operator', subject: sub });
  },
  'that of a session that was ended': async () => {
    const token = await web.tokenFor(await web.signIn());
    await web.store.end(String(decodeJwt(token).sub).replace('console ', ''));
    return token;
  },
};
for (const [what, make] of Object.entries(BAD_TOKENS)) {
  test(`refused at the gateway: ${what}`, async () => {
    const token = await make();
    const answer = await web.post('/api/query', { body: query('devices:list'), headers: bearer(token) });
    assert.deepEqual([answer.status, answer.json.code], [401, 'not_authenticated']);
    const { socket, messages, next } = await openSync({ token });
    await next('AuthError');
    assert.deepEqual(messages, [], 'nothing comes from the cloud');
    socket.terminate();
  });
}

test('an admin key is not for pages, also in JSON with escapes', async () => {
  const { socket, next, messages } = await openSync({ token: cloud.gatewayKey, tokenType: 'Admin' });
  await next('AuthError');
  // Not even what lets a page in counts as one.
  const token = await web.tokenFor(await web.signIn());
  socket.send(JSON.stringify({ type: 'Authenticate', baseVersion: 0, tokenType: 'Admin', value: token }));
  assert.match(JSON.stringify(await next('AuthError')), /not of this console/);
  socket.send(`{"type":"\\u0041uthenticate","baseVersion":0,"tokenType":"Admin","value":"${cloud.gatewayKey}"}`);
  await next('AuthError');
  assert.deepEqual(messages, []);
  socket.terminate();
  const answer = await web.post('/api/query', {
    body: query('devices:list'),
    headers: { authorization: `Convex ${cloud.gatewayKey}` },
  });
  assert.equal(answer.status, 401);
});

test('a page that keeps on sending wrong tokens, or none, is dropped', async () => {
  const { socket } = await openSync({ token: 'wrong' });
  const closed = once(socket, 'close');
  for (let i = 0; i < 4; i++) socket.send('{"type":"Authenticate","baseVersion":0,"tokenType":"User","value":"wrong"}');
  assert.equal((await closed)[0], 1008);

  const silent = await openSync({});
  const dropped = once(silent.socket, 'close');
  for (let i = 0; i < 20; i++) silent.socket.send('{"type":"Event"}');
  assert.equal((await dropped)[0], 1008);

  const limited = await openWeb({ cloudUrl: cloud.url, gatewayKey: cloud.gatewayKey, limits: ['helloMs=50'] });
  try {
    const socket = new WebSocket(`${limited.gateway.url}/api/1.48.0/sync`, { headers: { origin: limited.origin } });
    assert.equal((await once(socket, 'close'))[0], 1008);
  } finally {
    await limited.close();
  }
});

describe('calls by HTTP', () => {
  test('a function with a token is called, with the role of its session', async () => {
    const operator = await web.tokenFor(await web.signIn('operator'));
    const viewer = await web.tokenFor(await web.signIn('viewer'));
    const read = await web.post('/api/query', { body: query('devices:list'), headers: bearer(viewer) });
    assert.deepEqual([read.status, read.json.value], [200, []]);
    const revoke = query('devices:revoke', { device: 'nobody' });
    const asViewer = await web.post('/api/mutation', { body: revoke, headers: bearer(viewer) });
    assert.match(asViewer.text, /not_permitted/);
    const asOperator = await web.post('/api/mutation', { body: revoke, headers: bearer(operator) });
    assert.doesNotMatch(asOperator.text, /not_permitted/);
    assert.equal(read.headers['content-security-policy'], "default-src 'none'; frame-ancestors 'none'; sandbox");
  });

  test('a page of others is refused, whatever it has', async () => {
    const token = await web.tokenFor(await web.signIn());
    for (const headers of [
      { origin: 'https://evil.example' },
      { origin: 'null' },
      { origin: 'http://evil.example', host: 'evil.example' },
    ]) {
      const answer = await web.post('/api/query', {
        body: query('devices:list'),
        headers: { ...bearer(token), ...headers },
      });
      assert.equal(answer.status, 403, headers.origin);
      const socket = new WebSocket(`${web.gateway.url}/api/1.48.0/sync`, { headers });
      socket.on('error', () => {});
      assert.equal((await once(socket, 'unexpected-response'))[1].statusCode, 403);
    }
  });

  test('only what is in the lists is passed on', async () => {
    const token = await web.tokenFor(await web.signIn());
    const paths = [
      ...[
        '/api/stats',
        '/api/run/devices/list',
        '/api/storage/upload',
        '/api/export',
        '/api/deploy2',
        '/version',
        '/http/x',
      ],
      ...[
        '/api/query/',
        '/api//query',
        '/API/query',
        '/api/query%2f',
        '/api/../api/query',
        '/api/mutation;x',
        '/api/query/../stats',
      ],
    ];
    for (const path of paths) {
      const { status } = await web.post(path, { body: query('devices:list'), headers: bearer(token) });
      assert.ok(status === 404 || status === 405, `${path}: ${status}`);
    }
    const tricks = [
      ...[
        '/api/storage/',
        '/api/storage/..',
        '/api/storage/../stats',
        '/api/storage/..%2f..%2fversion',
        '/api/storage/a/b',
      ],
      ...[
        '/api/storage/%2e%2e',
        '/api/storage/a.b.c',
        '/api/storage/x%0d%0aHost:%20evil',
        '/api/storage/x@evil.example',
        '/api/stats',
      ],
    ];
    for (const path of tricks) assert.equal((await web.ask(path)).status, 404, path);
    for (const path of ['/api/sync', '/api/1.48.0/sync/', '/api/x/sync', '/api/1.48.0/../sync', '/api/1.48.0%2fsync']) {
      const socket = new WebSocket(`${web.gateway.url}${path.replace('..', '%2e%2e')}`, {
        headers: { origin: web.origin },
      });
      socket.on('error', () => {});
      assert.equal((await once(socket, 'unexpected-response'))[1].statusCode, 404, path);
    }
  });

  test('a call that is too long is refused', async () => {
    const token = await web.tokenFor(await web.signIn());
    const body = query('devices:list', { x: 'x'.repeat(2_100_000) });
    assert.equal((await web.post('/api/query', { body, headers: bearer(token) })).status, 413);
  });

  test('a request that could be read in two ways is refused', async () => {
    const head = `POST /api/query HTTP/1.1\r\nHost: 127.0.0.1:${web.port}\r\nOrigin: ${web.origin}\r\nContent-Type: application/json\r\n`;
    const hidden = `POST /api/mutation HTTP/1.1\r\nHost: x\r\n\r\n`;
    for (const fields of [
      `Content-Length: 6\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n${hidden}`,
      `Transfer-Encoding: chunked\r\nContent-Length: 6\r\n\r\n0\r\n\r\n${hidden}`,
      `Content-Length: 5\r\nContent-Length: 6\r\n\r\n${hidden}`,
      `Transfer-Encoding: identity, chunked, x\r\n\r\n0\r\n\r\n${hidden}`,
      `Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n${hidden}`,
      `Content-Length: +5\r\n\r\n${hidden}`,
    ]) {
      const socket = connect(Number(web.port), '127.0.0.1');
      socket.on('error', () => {});
      socket.write(head + fields);
      let text = '';
      socket.on('data', (data) => {
        text += data;
      });
      await once(socket, 'close');
      assert.deepEqual(text.match(/^HTTP\/1\.1 \d+/gm), ['HTTP/1.1 400'], fields);
    }
  });
});

describe('files', () => {
  const content = Buffer.from(Array.from({ length: 5_000 }, (_, i) => i % 256));
  let path: string;
  let id: string;
  before(async () => {
    id = await uploadFile(await clients.asGateway.mutation(api.recordings.uploadUrl, {}), content);
    await clients.asOperator.mutation(api.replies.put, { key: 'a-reply', text: 'a reply', storageId: id } as never);
    const [reply] = await clients.asOperator.query(api.replies.list, {});
    path = new URL(reply?.url ?? '').pathname;
  });

  test('a file is fetched at the address that was given out for it, whole and in parts', async () => {
    const whole = await web.ask(path);
    assert.equal(whole.status, 200);
    assert.deepEqual(await web.askBytes(path), content);
    const part = await web.ask(path, { headers: { range: 'bytes=1000-1999' } });
    assert.deepEqual([part.status, part.headers['content-range']], [206, 'bytes 1000-1999/5000']);
    assert.deepEqual(await web.askBytes(path, { headers: { range: 'bytes=1000-1999' } }), content.subarray(1000, 2000));
    assert.equal((await web.ask(path, { headers: { range: 'bytes=9000-' } })).status, 416);
    assert.equal((await web.ask(path, { headers: { 'if-none-match': whole.headers.etag ?? '' } })).status, 304);
    const head = await web.ask(path, { method: 'HEAD' });
    assert.deepEqual([head.status, head.text, head.headers['content-length']], [200, '', '5000']);
    assert.equal(whole.headers['cross-origin-resource-policy'], 'same-origin');
    assert.equal(whole.headers['access-control-allow-origin'], undefined);
  });

  test('a file’s id, and one that is counted up from it, is no address', async () => {
    const [proof = ''] = path.split('/').at(-1)?.split('.') ?? [];
    for (const name of [id, `${proof}.${nextOf(id)}`, `${proof}`, `.${id}`, `${'A'.repeat(43)}.${id}`]) {
      assert.equal((await web.ask(`/api/storage/${name}`)).status, 404, name);
    }
  });

  test('a page of others cannot fetch it, even with its address', async () => {
    for (const headers of [
      { origin: 'https://evil.example' },
      { 'sec-fetch-site': 'cross-site' },
      { host: 'evil.example' },
    ]) {
      assert.equal((await web.ask(path, { headers })).status, 403, JSON.stringify(headers));
    }
    assert.equal((await web.ask(path, { headers: { 'sec-fetch-site': 'same-origin' } })).status, 200);
  });

  function nextOf(text: string): string {
    return `${text.slice(0, -1)}${String.fromCharCode(text.charCodeAt(text.length - 1) + 1)}`;
  }
});
