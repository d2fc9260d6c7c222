/**
 * HTTP actions: which route is taken, and that requests and answers arrive as they are.
 */
import assert from 'node:assert/strict';
import type { Backend } from '../suite/backend.ts';
import type { Check } from '../suite/check.ts';

async function told(backend: Backend, path: string, init?: RequestInit): Promise<Record<string, unknown>> {
  const response = await backend.fetch(path, init);
  assert.equal(response.status, 200, await response.clone().text());
  return (await response.json()) as Record<string, unknown>;
}

export const http: Check[] = [
  {
    id: 'http.methods',
    title: 'each method has its route',
    async run(backend) {
      for (const method of ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']) {
        const { route, method: seen } = await told(backend, '/exact', { method });
        assert.deepEqual([route, seen], [`exact ${method}`, method]);
      }
    },
  },
  {
    id: 'http.head',
    title: 'HEAD is answered by the route of GET, without a body',
    async run(backend) {
      const response = await backend.fetch('/exact', { method: 'HEAD' });
      assert.equal(response.status, 200);
      assert.equal(await response.text(), '');
    },
  },
  {
    id: 'http.routes',
    title: 'an exact route goes before a prefix, and a long prefix before a short one',
    async run(backend) {
      assert.equal((await told(backend, '/prefix/something')).route, 'prefix');
      assert.equal((await told(backend, '/prefix/')).route, 'prefix');
      assert.equal((await told(backend, '/prefix/longer/more')).route, 'longer prefix');
      assert.equal((await told(backend, '/prefix/exact')).route, 'exact within prefix');
    },
  },
  {
    id: 'http.unknown-route',
    title: 'what has no route is 404, also a method without one',
    async run(backend) {
      for (const [path, method] of [
        ['/nothing', 'GET'],
        ['/', 'GET'],
        ['/exact/more', 'GET'],
        ['/prefix/x', 'POST'],
        ['/prefix', 'GET'],
      ]) {
        assert.equal((await backend.fetch(path ?? '', { method: method ?? '' })).status, 404, `${method} ${path}`);
      }
    },
  },
  {
    id: 'http.request',
    title: 'an HTTP action sees path, query, headers and body',
    async run(backend) {
      const sent = { method: 'POST', body: 'text ü', headers: { 'x-sent': 'a header', 'content-type': 'text/plain' } };
      const { pathname, search, body, sent: header } = await told(backend, '/exact?x=1&y=%20z', sent);
      assert.match(String(pathname), /\/exact$/);
      assert.deepEqual([search, body, header], ['?x=1&y=%20z', 'text ü', 'a header']);
    },
  },
  {
    id: 'http.answer',
    title: 'status, headers and bytes of the answer arrive as they are',
    async run(backend) {
      const bytes = Uint8Array.from({ length: 1_000 }, (_, i) => i);
      const response = await backend.fetch('/answer', { method: 'POST', body: bytes });
      assert.equal(response.status, 202);
      assert.equal(response.headers.get('x-answer'), 'yes');
      assert.equal(response.headers.get('content-type'), 'application/octet-stream');
      assert.deepEqual(new Uint8Array(await response.arrayBuffer()), bytes);
    },
  },
  {
    id: 'http.no-content',
    title: 'an answer without a body, and one that leads elsewhere',
    async run(backend) {
      const empty = await backend.fetch('/empty');
      assert.deepEqual([empty.status, await empty.text()], [204, '']);
      const redirect = await backend.fetch('/redirect');
      assert.deepEqual([redirect.status, redirect.headers.get('location')], [302, '/exact']);
    },
  },
  {
    id: 'http.throws',
    title: 'an HTTP action that throws is a server error, without a stack trace',
    async run(backend) {
      const response = await backend.fetch('/throws');
      assert.equal(response.status, 500);
      assert.doesNotMatch(await response.text(), /\n\s+at .*\.[jt]s/);
    },
  },
  {
    id: 'http.calls',
    title: 'it calls queries and mutations, internal ones, too',
    async run(backend) {
      const ask = async () => await (await backend.fetch('/calls', { method: 'POST', body: 'by http' })).json();
      assert.deepEqual([await ask(), await ask()], [1, 2]);
    },
  },
  {
    id: 'http.store',
    title: 'it stores the body of a request as a file, with its type',
    async run(backend) {
      const sent = { method: 'POST', body: 'spoken', headers: { 'content-type': 'audio/ogg' } };
      const id = await (await backend.fetch('/file', sent)).text();
      const { type, bytes } = await backend.action<{ type: string; bytes: ArrayBuffer }>('files:read', { id });
      assert.deepEqual([type, String(Buffer.from(bytes))], ['audio/ogg', 'spoken']);
    },
  },
];
