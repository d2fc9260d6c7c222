/**
 * The files of the pages: a fixed list, compressed, with their security headers, and under the gateway's own names only.
 */
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { openWeb, type TestWeb } from './open-web.ts';

const SCRIPT = `export const text = '${'a long script '.repeat(200)}';\n`;
let dist: string;
let web: TestWeb;
before(async () => {
  dist = mkdtempSync(join(tmpdir(), 'earshot-test-dist-'));
  const talk = join(dist, 'pages/talk');
  mkdirSync(join(talk, 'icons'), { recursive: true });
  writeFileSync(join(talk, 'index.html'), '<!doctype html><title>talk</title>');
  writeFileSync(join(talk, 'talk.js'), SCRIPT);
  writeFileSync(join(talk, 'talk.js.map'), '{}');
  writeFileSync(join(talk, 'opus.wasm'), '\0asm');
  writeFileSync(join(talk, 'icons/app.svg'), '<svg xmlns="http://www.w3.org/2000/svg"/>');
  mkdirSync(join(dist, 'pages/console'));
  writeFileSync(join(dist, 'pages/console/console.js'), '');
  writeFileSync(join(dist, 'cli.js'), 'secret');
  writeFileSync(join(dist, 'client.js'), 'export {};');
  web = await openWeb({ pages: dist });
  writeFileSync(join(talk, 'later.js'), 'not there at the start');
});
after(async () => {
  await web.close();
  rmSync(dist, { recursive: true, force: true });
});

test('each page is at its name, its files below it, and / leads to the first', async () => {
  for (const [path, location] of [
    ['/', '/talk/'],
    ['/talk', '/talk/'],
    ['/console', '/console/'],
  ] as const) {
    const { status, headers } = await web.ask(path);
    assert.deepEqual([status, headers.location], [302, location], path);
  }
  const types = [
    ['/talk/', 'text/html; charset=utf-8'],
    ['/talk/index.html?v=1', 'text/html; charset=utf-8'],
    ['/talk/talk.js', 'text/javascript; charset=utf-8'],
    ['/talk/opus.wasm', 'application/wasm'],
    ['/talk/icons/app.svg', 'image/svg+xml'],
    ['/client.js', 'text/javascript; charset=utf-8'],
  ] as const;
  for (const [path, type] of types) {
    const { status, headers } = await web.ask(path);
    assert.deepEqual([status, headers['content-type']], [200, type], path);
  }
});

test('nothing else is served, whatever the path says', async () => {
  const paths = [
    ...[
      '/cli.js',
      '/talk/../../cli.js',
      '/talk/..%2f..%2fcli.js',
      '/talk/%2e%2e/cli.js',
      '/talk/later.js',
      '/talk/talk.js/',
    ],
    ...['/talk/talk.js.map', '/talk//talk.js', '/TALK/', '/talk/constructor', '/talk/__proto__', '/console/nothing.js'],
    ...[
      '/talk/icons',
      '/talk/talk.js%00.png',
      '//talk/',
      '/pages/talk/index.html',
      '/talk\\index.html',
      '/package.json',
    ],
  ];
  for (const path of paths) assert.equal((await web.ask(path)).status, 404, path);
  assert.equal((await web.ask('/console/')).status, 503, 'it is not built');
});

test('only GET and HEAD', async () => {
  for (const method of ['POST', 'PUT', 'DELETE', 'OPTIONS', 'PROPFIND', 'TRACE']) {
    const { status, headers } = await web.ask('/talk/', { method });
    assert.deepEqual([status, headers.allow], [405, 'GET, HEAD'], method);
  }
  const head = await web.ask('/talk/talk.js', { method: 'HEAD' });
  assert.deepEqual([head.status, head.text, head.headers['content-length']], [200, '', String(SCRIPT.length)]);
});

test('a file is compressed for those who take it, and not sent again when it is known', async () => {
  const plain = await web.ask('/talk/talk.js');
  assert.equal(plain.text, SCRIPT);
  const { gateway } = web;
  const response = await fetch(`${gateway.webUrl}/talk/talk.js`, { headers: { 'accept-encoding': 'br, gzip' } });
  assert.equal(response.headers.get('content-encoding'), 'gzip');
  assert.equal(await response.text(), SCRIPT);
  assert.ok(Number(response.headers.get('content-length')) < SCRIPT.length / 4);
  for (const refused of ['gzip;q=0', 'gzip; q=0.000', 'br', 'identity']) {
    const answer = await web.ask('/talk/talk.js', { headers: { 'accept-encoding': refused } });
    assert.equal(answer.headers['content-encoding'], undefined, refused);
  }
  assert.equal(plain.headers['cache-control'], 'no-cache');
  const known = await web.ask('/talk/talk.js', { headers: { 'if-none-match': `"other", ${plain.headers.etag}` } });
  assert.deepEqual([known.status, known.text], [304, '']);
  const bytes = await web.askBytes('/talk/talk.js', { headers: { 'accept-encoding': 'gzip' } });
  assert.equal(gunzipSync(bytes).toString(), SCRIPT);
});

test('a page has its policy: no other origin, and no frame but the talk page in the console', async () => {
  const { headers } = await web.ask('/talk/');
  assert.equal(
    headers['content-security-policy'],
    "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; img-src 'self' data: blob:; connect-src 'self'; media-src 'self' blob:; worker-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'self'; require-trusted-types-for 'script'",
  );
  assert.match(headers['permissions-policy'] ?? '', /microphone=\(self\), camera=\(\)/);
  assert.equal(headers['cross-origin-opener-policy'], 'same-origin');
  assert.equal(headers['x-frame-options'], 'SAMEORIGIN');
  const console = (await web.ask('/console/console.js')).headers;
  assert.match(console['content-security-policy'] ?? '', /frame-ancestors 'none';.* frame-src 'self'/);
  assert.equal(console['x-frame-options'], 'DENY');
});

test('every answer of the gateway has the security headers', async () => {
  for (const path of [
    '/',
    '/talk/',
    '/talk/talk.js',
    '/health',
    '/nothing',
    '/console/sign-in',
    '/console/',
    '/v1/stream',
  ]) {
    const { headers } = await web.ask(path);
    const isFramed = path.startsWith('/talk/');
    const ancestors = isFramed ? 'self' : 'none';
    assert.match(
      headers['content-security-policy'] ?? '',
      new RegExp(`^default-src 'none'.*frame-ancestors '${ancestors}'`),
      path,
    );
    assert.equal(headers['x-frame-options'], isFramed ? 'SAMEORIGIN' : 'DENY', path);
    assert.equal(headers['x-content-type-options'], 'nosniff', path);
    assert.equal(headers['referrer-policy'], 'no-referrer', path);
    assert.equal(headers['cross-origin-resource-policy'], 'same-origin', path);
    assert.equal(headers['access-control-allow-origin'], undefined, path);
  }
});

test('pages are served under names that only the gateway can have', async () => {
  for (const host of [
    '127.0.0.1',
    'LOCALHOST:4433',
    '192.168.1.7',
    '[fe80::1]:4433',
    hostname(),
    `${hostname()}.local`,
  ]) {
    assert.equal((await web.ask('/talk/', { headers: { host } })).status, 200, host);
  }
  for (const host of [
    'evil.example',
    'localhost.evil.example',
    '127.0.0.1.evil.example',
    'local',
    'evil.example:4433',
  ]) {
    const { status, json } = await web.ask('/talk/', { headers: { host } });
    assert.deepEqual([status, json.code], [403, 'unknown_host'], host);
  }
  const named = await openWeb({ publicUrl: new URL('https://earshot.example') });
  try {
    assert.notEqual((await named.ask('/', { headers: { host: 'earshot.example' } })).status, 403);
    assert.equal((await named.ask('/', { headers: { host: 'other.example' } })).status, 403);
  } finally {
    await named.close();
  }
});
