/**
 * The HTTP API of the embedded cloud: calls, files, and who may ask.
 */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { after, before, test } from 'node:test';
import { ConvexHttpClient } from 'convex/browser';
import { makeFunctionReference } from 'convex/server';
import { ConvexError } from 'convex/values';
import { api } from '../../convex/_generated/api.js';
import { adminKeyOf } from '../../src/cloud/admin-key.ts';
import { signingKeyOf } from '../../src/core/identity/signing-key.ts';
import { signToken } from '../../src/core/identity/token.ts';
import { type EmbeddedProcess, startEmbeddedProcess } from '../support/embedded-process.ts';

const PAGE = 'https://pages.example';
let cloud: EmbeddedProcess;
let operator: Record<string, string>;
let admin: Record<string, string>;
before(async () => {
  cloud = await startEmbeddedProcess([], { origins: [PAGE] });
  const claims = { role: 'operator', tenant: 'default', subject: 'a test' } as const;
  const token = await signToken(signingKeyOf(cloud.gatewayKey), claims, Date.now());
  operator = { authorization: `Bearer ${token}` };
  admin = { authorization: `Convex ${adminKeyOf(cloud.gatewayKey)}` };
});
after(() => cloud.close());

const ask = (path: string, init: RequestInit = {}) => fetch(`${cloud.url}${path}`, init);
const post = (path: string, body: unknown, headers: Record<string, string> = operator) =>
  ask(path, { method: 'POST', headers, body: typeof body === 'string' ? body : JSON.stringify(body) });
const jsonOf = async (response: Promise<Response>) => (await response).json() as Promise<Record<string, unknown>>;
const statusOf = async (response: Promise<Response>) => {
  const { status, body } = await response;
  await body?.cancel();
  return status;
};

test('a function by every address that calls one', async () => {
  const success = { status: 'success', value: [], logLines: [] };
  const call = { path: 'devices:list', args: {} };
  assert.deepEqual(await jsonOf(post('/api/query', call)), success);
  assert.deepEqual(await jsonOf(post('/api/query', { ...call, args: [{}], path: 'devices.js:list' })), success);
  assert.deepEqual(await jsonOf(post('/api/function', call)), success);
  assert.deepEqual(await jsonOf(post('/api/run/devices/list', { args: {} })), success);
  assert.deepEqual(await jsonOf(ask('/api/query?path=devices:list&args={}', { headers: operator })), success);
  const batch = { queries: [call, { path: 'none:such', args: {} }] };
  const { results } = (await jsonOf(post('/api/query_batch', batch))) as { results: { status: string }[] };
  assert.deepEqual(
    results.map(({ status }) => status),
    ['success', 'error'],
  );
  const { ts } = await jsonOf(post('/api/query_ts', ''));
  assert.deepEqual(await jsonOf(post('/api/query_at_ts', { ...call, ts })), success);
  assert.deepEqual(await jsonOf(post('/api/mutation', { path: 'retention:set', args: { table: 'turns', days: 5 } })), {
    ...success,
    value: null,
  });
  assert.equal(await statusOf(post('/api/query_at_ts', { ...call, ts })), 503, 'it has changed since');
});

test('errors: of a function with its data, of a request with a code', async () => {
  const failed = await jsonOf(post('/api/mutation', { path: 'settings:set', args: { device: 'none', settings: {} } }));
  assert.equal(failed.status, 'error');
  assert.equal((failed.errorData as { code: string }).code, 'device_unknown');
  for (const body of ['', 'no JSON', '{}', '[]', '{"path":1,"args":{}}', '{"args":{}}']) {
    assert.equal(await statusOf(post('/api/query', body)), 400, body);
  }
  assert.equal((await jsonOf(post('/api/query', { path: 'devices:list', args: {}, format: 'xml' }))).code, 'BadFormat');
  assert.equal((await jsonOf(post('/api/run/devices', { args: {} }))).code, 'MissingIdentifier');
  assert.equal(await statusOf(ask('/api/elsewhere')), 404);
  const wrong = await jsonOf(post('/api/action', { path: 'devices:list', args: {} }));
  assert.equal(wrong.status, 'error');
});

test('the official client, with a token, and its consistent queries', async () => {
  const client = new ConvexHttpClient(cloud.url, {
    auth: operator.authorization?.slice('Bearer '.length) ?? '',
    logger: false,
  });
  assert.deepEqual(await client.query(api.devices.list, {}), []);
  assert.deepEqual(await client.consistentQuery(api.devices.list, {}), []);
  await assert.rejects(client.mutation(api.settings.set, { device: 'none', settings: {} }), ConvexError);
});

test('a token or key that is wrong is answered with 401, before the function', async () => {
  const call = { path: 'devices:list', args: {} };
  for (const authorization of ['Bearer x', 'Convex x', 'Basic x', 'x']) {
    const response = await post('/api/query', call, { authorization });
    assert.equal(response.status, 401, authorization);
    assert.equal(typeof ((await response.json()) as { code: string }).code, 'string');
  }
  const { status } = await jsonOf(post('/api/query', call, {}));
  assert.equal(status, 'error', 'without any it is for the function to refuse');
});

test('the admin key calls internal functions, and acts as a user', async () => {
  const internal = { path: 'retention:sweep', args: { table: 'turns' } };
  assert.equal((await jsonOf(post('/api/function', internal))).status, 'error');
  assert.deepEqual(await jsonOf(post('/api/function', internal, admin)), { status: 'success', value: 0, logLines: [] });
  const client = new ConvexHttpClient(cloud.url, { logger: false }) as ConvexHttpClient & {
    setAdminAuth(key: string, identity?: object): void;
  };
  const customClaims = { role: 'operator', tenant: 'default' };
  client.setAdminAuth(adminKeyOf(cloud.gatewayKey), { issuer: 'https://earshot.invalid', subject: 's', customClaims });
  assert.deepEqual(await client.query(makeFunctionReference<'query'>('devices:list'), {}), []);
  assert.equal(await statusOf(ask('/api/stats', { headers: operator })), 403);
  assert.equal((await jsonOf(ask('/api/stats', { headers: admin }))).subscriptions, 0);
});

test('what the official command line asks and is not supported is said in a sentence', async () => {
  const { code, message } = await jsonOf(post('/api/deploy2/start_push', {}, admin));
  assert.equal(code, 'NotSupported');
  assert.match(String(message), /^The embedded cloud does not support convex dev and convex deploy/);
});

test('version and name', async () => {
  assert.equal(await (await ask('/version')).text(), 'embedded');
  assert.equal(await (await ask('/instance_name')).text(), 'earshot');
  assert.equal(adminKeyOf(cloud.gatewayKey).startsWith('earshot|'), true);
});

const CONTENT = Buffer.from('what was said in the kitchen');

async function announce(): Promise<string> {
  const { value } = await jsonOf(post('/api/mutation', { path: 'recordings:uploadUrl', args: {} }));
  return String(value);
}

async function storedFile(): Promise<string> {
  const body = CONTENT;
  const uploaded = await fetch(await announce(), { method: 'POST', body, headers: { 'content-type': 'audio/ogg' } });
  const { storageId } = (await uploaded.json()) as { storageId: string };
  await post('/api/mutation', { path: 'replies:put', args: { key: 'sorry', text: 'x', storageId } });
  const { value } = await jsonOf(post('/api/query', { path: 'replies:list', args: {} }));
  return (value as { url: string }[])[0]?.url ?? '';
}

test('a file: whole, in part, only its head, not again', async () => {
  const url = await storedFile();
  const whole = await fetch(url);
  assert.equal(whole.status, 200);
  assert.deepEqual(Buffer.from(await whole.arrayBuffer()), CONTENT);
  const sha256 = createHash('sha256').update(CONTENT);
  const etag = `"${sha256.copy().digest('hex')}"`;
  assert.equal(whole.headers.get('content-type'), 'audio/ogg');
  assert.equal(whole.headers.get('etag'), etag);
  assert.equal(whole.headers.get('digest'), `sha-256=${sha256.digest('base64')}`);
  assert.equal(whole.headers.get('accept-ranges'), 'bytes');
  assert.equal(whole.headers.get('x-content-type-options'), 'nosniff');

  const part = await fetch(url, { headers: { range: 'bytes=5-7' } });
  assert.equal(part.status, 206);
  assert.equal(part.headers.get('content-range'), `bytes 5-7/${CONTENT.length}`);
  assert.equal(await part.text(), 'was');
  const beyond = await fetch(url, { headers: { range: 'bytes=1000-' } });
  assert.equal(beyond.status, 416);
  assert.equal(beyond.headers.get('content-range'), `bytes */${CONTENT.length}`);
  assert.equal(await statusOf(fetch(url, { headers: { range: 'bytes=0-1,3-4' } })), 200);
  assert.equal(await statusOf(fetch(url, { headers: { range: 'bytes=0-1', 'if-range': '"another"' } })), 200);
  assert.equal(await statusOf(fetch(url, { headers: { range: 'bytes=0-1', 'if-range': etag } })), 206);
  const head = await fetch(url, { method: 'HEAD' });
  assert.deepEqual([head.status, head.headers.get('content-length')], [200, String(CONTENT.length)]);
  assert.equal(await statusOf(fetch(url, { headers: { 'if-none-match': etag } })), 304);
});

test('an address takes one file, whose digest is checked', async () => {
  const address = await announce();
  const digest = (bytes: Buffer) => `sha-256=${createHash('sha256').update(bytes).digest('base64')}`;
  const upload = (headers: Record<string, string>) =>
    statusOf(fetch(address, { method: 'POST', body: CONTENT, headers }));
  assert.equal(await upload({ digest: digest(Buffer.from('another')) }), 400);
  assert.equal(await upload({ digest: digest(CONTENT) }), 200);
  assert.equal(await upload({}), 401);
  assert.equal(await statusOf(ask('/api/storage/upload?token=guessed', { method: 'POST', body: 'x' })), 401);
});

test('a page may fetch a file whose address it has, and no more; one of a listed origin may call', async () => {
  const url = await storedFile();
  const foreign = { origin: 'https://evil.example' };
  const file = await fetch(url, { headers: foreign });
  assert.equal(file.status, 200);
  assert.equal(file.headers.get('access-control-allow-origin'), '*');
  const preflight = await fetch(url, {
    method: 'OPTIONS',
    headers: { ...foreign, 'access-control-request-headers': 'range' },
  });
  assert.equal(preflight.status, 204);
  assert.match(preflight.headers.get('access-control-allow-headers') ?? '', /range/);
  const call = { path: 'devices:list', args: {} };
  assert.equal(await statusOf(post('/api/query', call, { ...operator, ...foreign })), 403);
  assert.equal(await statusOf(fetch(await announce(), { method: 'POST', body: 'x', headers: foreign })), 403);
  assert.equal(await statusOf(fetch(url, { method: 'DELETE', headers: foreign })), 403);
  const listed = await post('/api/query', call, { ...operator, origin: PAGE });
  assert.deepEqual([listed.status, listed.headers.get('access-control-allow-origin')], [200, PAGE]);
  const asked = { origin: PAGE, 'access-control-request-headers': 'content-type, convex-client' };
  const allowed = await ask('/api/query', { method: 'OPTIONS', headers: asked });
  assert.equal(allowed.status, 204);
  assert.match(allowed.headers.get('access-control-allow-headers') ?? '', /convex-client/);
});

test('files that a page could misuse run nothing', async () => {
  const body = '<script>alert(1)</script>';
  const uploaded = await fetch(await announce(), { method: 'POST', body, headers: { 'content-type': 'text/html' } });
  const { storageId } = (await uploaded.json()) as { storageId: string };
  assert.equal(await statusOf(ask(`/api/storage/${storageId}`)), 404, 'an id is no address');
  const headers = (await fetch(await storedFile())).headers;
  assert.match(headers.get('content-security-policy') ?? '', /sandbox/);
});
