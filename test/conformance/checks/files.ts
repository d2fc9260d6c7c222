/**
 * File storage: up, down, parts of a file, and what is known of it.
 */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import type { Backend } from '../suite/backend.ts';
import type { Check } from '../suite/check.ts';

const CONTENT = Uint8Array.from({ length: 5_000 }, (_, i) => (i * 7) % 256);
const SHA256 = createHash('sha256').update(CONTENT);
const DIGEST = SHA256.digest('base64');

interface Metadata {
  _id: string;
  size: number;
  sha256: string;
  contentType?: string;
}

async function upload(
  backend: Backend,
  body: Uint8Array = CONTENT,
  type: string | null = 'audio/ogg',
): Promise<string> {
  const address = await backend.mutation<string>('files:uploadUrl');
  const headers: Record<string, string> = type === null ? {} : { 'content-type': type };
  const response = await backend.fetchFile(address, { method: 'POST', body: new Uint8Array(body), headers });
  assert.equal(response.status, 200, await response.clone().text());
  const { storageId } = (await response.json()) as { storageId: string };
  return storageId;
}

async function urlOf(backend: Backend, id: string): Promise<string> {
  const url = await backend.query<string | null>('files:url', { id });
  assert.ok(url, 'it has no address');
  return url;
}

export const files: Check[] = [
  {
    id: 'files.upload-and-download',
    title: 'what is uploaded is downloaded, byte by byte, with its type',
    async run(backend) {
      for (const type of ['audio/ogg', 'text/plain; charset=utf-8', 'application/json']) {
        const id = await upload(backend, CONTENT, type);
        const response = await backend.fetchFile(await urlOf(backend, id));
        assert.deepEqual([response.status, response.headers.get('content-type')], [200, type]);
        assert.equal(response.headers.get('content-length'), String(CONTENT.length));
        assert.deepEqual(new Uint8Array(await response.arrayBuffer()), CONTENT);
      }
    },
  },
  {
    id: 'files.empty',
    title: 'a file without bytes, and one without a type',
    async run(backend) {
      const id = await upload(backend, new Uint8Array(), null);
      const response = await backend.fetchFile(await urlOf(backend, id));
      assert.deepEqual([response.status, (await response.arrayBuffer()).byteLength], [200, 0]);
      assert.equal((await backend.query<Metadata>('files:metadata', { id })).size, 0);
    },
  },
  {
    id: 'files.metadata',
    title: 'size, type and SHA-256 of an uploaded file',
    async run(backend) {
      const id = await upload(backend);
      const { _id, size, sha256, contentType } = await backend.query<Metadata>('files:metadata', { id });
      assert.deepEqual([_id, size, contentType, sha256], [id, CONTENT.length, 'audio/ogg', DIGEST]);
      assert.equal((await backend.query<unknown[]>('read:systemRows', { table: '_storage' })).length, 1);
    },
  },
  {
    id: 'files.store-metadata',
    title: 'size and SHA-256 of a file that an action stored',
    async run(backend) {
      const id = await backend.action<string>('files:store', { bytes: CONTENT.buffer, type: 'audio/ogg' });
      const { size, sha256 } = await backend.query<Metadata>('files:metadata', { id });
      assert.deepEqual([size, sha256], [CONTENT.length, DIGEST]);
    },
  },
  {
    id: 'files.store-type',
    title: 'and its type',
    async run(backend) {
      const id = await backend.action<string>('files:store', { bytes: CONTENT.buffer, type: 'audio/ogg' });
      assert.equal((await backend.query<Metadata>('files:metadata', { id })).contentType, 'audio/ogg');
      const without = await backend.action<string>('files:store', { bytes: CONTENT.buffer });
      assert.equal((await backend.query<Metadata>('files:metadata', { id: without })).contentType, undefined);
    },
  },
  {
    id: 'files.read-in-action',
    title: 'an action reads the bytes of a file; null for one that is gone',
    async run(backend) {
      const id = await backend.action<string>('files:store', { bytes: CONTENT.buffer, type: 'audio/ogg' });
      const read = await backend.action<{ bytes: ArrayBuffer; type: string }>('files:read', { id });
      assert.deepEqual(new Uint8Array(read.bytes), CONTENT);
      assert.equal(read.type, 'audio/ogg');
      await backend.mutation('files:remove', { id });
      assert.equal(await backend.action('files:read', { id }), null);
    },
  },
  {
    id: 'files.delete',
    title: 'a deleted file has no metadata, no address and no bytes, and cannot be deleted again',
    async run(backend) {
      const id = await backend.action<string>('files:store', { bytes: CONTENT.buffer });
      await backend.mutation('files:remove', { id });
      assert.equal(await backend.query('files:metadata', { id }), null);
      assert.equal(await backend.query('files:url', { id }), null);
      await assert.rejects(backend.mutation('files:remove', { id }), /not found|non-?existent/i);
    },
  },
  {
    id: 'files.address-of-deleted',
    title: 'the address of a deleted file is 404',
    async run(backend) {
      const id = await upload(backend);
      const address = await urlOf(backend, id);
      await backend.mutation('files:remove', { id });
      assert.equal((await backend.fetchFile(address)).status, 404);
    },
  },
  {
    id: 'files.delete-is-atomic',
    title: 'a mutation that deletes a file and throws has deleted nothing',
    async run(backend) {
      const id = await backend.action<string>('files:store', { bytes: CONTENT.buffer });
      await assert.rejects(backend.mutation('files:removeAndThrow', { id }), /after deleting/);
      assert.equal((await backend.query<Metadata>('files:metadata', { id })).size, CONTENT.length);
      assert.deepEqual(
        new Uint8Array((await backend.action<{ bytes: ArrayBuffer }>('files:read', { id })).bytes),
        CONTENT,
      );
    },
  },
  {
    id: 'files.range',
    title: 'a part of a file: from, from to, and the last bytes; what it does not have is 416',
    async run(backend) {
      const address = await urlOf(backend, await upload(backend));
      const parts: [string, number, number][] = [
        ['bytes=0-9', 0, 10],
        ['bytes=4990-', 4_990, 5_000],
        ['bytes=-5', 4_995, 5_000],
        ['bytes=4990-9999', 4_990, 5_000],
      ];
      for (const [range, from, to] of parts) {
        const response = await backend.fetchFile(address, { headers: { range } });
        assert.equal(response.status, 206, range);
        assert.equal(response.headers.get('content-range'), `bytes ${from}-${to - 1}/5000`);
        assert.deepEqual(new Uint8Array(await response.arrayBuffer()), CONTENT.slice(from, to));
      }
      assert.equal((await backend.fetchFile(address, { headers: { range: 'bytes=5000-' } })).status, 416);
    },
  },
  {
    id: 'files.cors',
    title: 'a page of another origin may play a file',
    async run(backend) {
      const address = await urlOf(backend, await upload(backend));
      const response = await backend.fetchFile(address, { headers: { origin: 'https://example.com' } });
      assert.equal(response.status, 200);
      assert.match(response.headers.get('access-control-allow-origin') ?? 'no origin', /^(\*|https:\/\/example\.com)$/);
    },
  },
  {
    id: 'files.unknown',
    title: 'an id that is none has no address, and an upload without an announced address is refused',
    async run(backend) {
      const id = await upload(backend);
      const address = await urlOf(backend, id);
      const other = address.replace(/[^/]+$/, '00000000-0000-0000-0000-000000000000');
      assert.match(String((await backend.fetchFile(other)).status), /^40[04]$/);
      const upload_ = new URL(await backend.mutation<string>('files:uploadUrl'));
      upload_.searchParams.set('token', 'guessed');
      const refused = await backend.fetchFile(String(upload_), { method: 'POST', body: 'x' });
      assert.match(String(refused.status), /^40[013]$/);
    },
  },
  {
    id: 'files.over-a-restart',
    title: 'a file and its address outlive a restart',
    async run(backend) {
      const address = await urlOf(backend, await upload(backend));
      await backend.restart();
      const response = await backend.fetchFile(address);
      assert.equal(response.status, 200);
      assert.deepEqual(new Uint8Array(await response.arrayBuffer()), CONTENT);
    },
  },
];
