/**
 * The tar reader: what was packed comes out, in any pieces; what is no archive is refused and never read for ever.
 */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { EarshotError } from '../../src/core/errors.ts';
import { readTar } from '../../src/models/tar.ts';
import { inTemporaryFolder } from '../support/cli.ts';
import fc from '../support/fast-check.ts';
import { type TarEntry, tarOf } from './tarball.ts';

async function* inPieces(bytes: Uint8Array, sizes: readonly number[]): AsyncGenerator<Uint8Array> {
  for (let at = 0, piece = 0; at < bytes.length; piece++) {
    const size = sizes[piece % sizes.length] ?? 1;
    yield bytes.subarray(at, at + size);
    at += size;
  }
}

async function read(archive: Uint8Array, sizes: readonly number[] = [4096], isRead = (_: string) => true) {
  const found: { path: string; content: string }[] = [];
  for await (const file of readTar(inPieces(archive, sizes))) {
    const chunks: Uint8Array[] = [];
    if (isRead(file.path)) for await (const chunk of file.content) chunks.push(Uint8Array.from(chunk));
    found.push({ path: file.path, content: Buffer.concat(chunks).toString('hex') });
  }
  return found;
}

const name = fc.stringMatching(/^[a-zé_.-]{1,30}$/);
const entry: fc.Arbitrary<TarEntry> = fc
  .record({
    folders: fc.array(name, { maxLength: 8 }),
    name,
    content: fc.uint8Array({ maxLength: 1600 }),
    as: fc.constantFrom('ustar' as const, 'pax' as const, 'gnu' as const, 'link' as const),
  })
  .map(({ folders, name: last, content, as }) => {
    const path = [...folders, last].join('/');
    // The header of ustar has 155 bytes for the folders, and 100 for the name.
    return { path, content, as: as === 'ustar' && Buffer.byteLength(path) > 100 ? 'pax' : as };
  });

test('files come out as they were packed, in whatever pieces the archive arrives; links are passed over', () =>
  fc.assert(
    fc.asyncProperty(
      fc.array(entry, { maxLength: 6 }),
      fc.array(fc.integer({ min: 1, max: 1500 }), { minLength: 1, maxLength: 5 }),
      async (entries, sizes) => {
        const expected = entries
          .filter(({ as }) => as !== 'link')
          .map(({ path, content }) => ({ path, content: Buffer.from(content).toString('hex') }));
        assert.deepEqual(await read(tarOf(entries), sizes), expected);
      },
    ),
    { numRuns: 200, seed: 1 },
  ));

test('a file that is not read is passed over', async () => {
  const files = ['a', 'b', 'c'].map((path) => ({ path, content: Buffer.alloc(700, path) }));
  const found = await read(tarOf(files), [100], (path) => path === 'c');
  assert.deepEqual(
    found.map(({ path, content }) => [path, content.length / 2]),
    [
      ['a', 0],
      ['b', 0],
      ['c', 700],
    ],
  );
});

test('folders in the prefix of a ustar header belong to the path', async () => {
  const path = `${'folder/'.repeat(18)}file`;
  assert.deepEqual(
    (await read(tarOf([{ path, content: new Uint8Array(3) }]))).map((file) => file.path),
    [path],
  );
});

test("archives of the system's tar, in each of its formats", () =>
  inTemporaryFolder(async (folder) => {
    const deep = join('d'.repeat(90), 'e'.repeat(90), 'f'.repeat(60));
    mkdirSync(join(folder, deep), { recursive: true });
    writeFileSync(join(folder, deep, 'long.txt'), 'long');
    writeFileSync(join(folder, 'short.txt'), 'x'.repeat(1024));
    for (const format of ['ustar', 'gnu', 'posix']) {
      const files = format === 'ustar' ? ['short.txt'] : ['short.txt', deep];
      const archive = execFileSync('tar', ['-c', `--format=${format}`, '-C', folder, ...files]);
      const found = (await read(archive)).map(({ path, content }) => [path, content.length / 2]);
      const long = [join(deep, 'long.txt'), 4];
      assert.deepEqual(found, [['short.txt', 1024], ...(format === 'ustar' ? [] : [long])], format);
    }
  }));

test('an archive that is cut off, and bytes that are none, are refused', async () => {
  const isInvalid = (error: unknown) => error instanceof EarshotError && error.code === 'archive_invalid';
  const archive = tarOf([{ path: 'long/'.repeat(60), content: Buffer.alloc(900, 1), as: 'pax' }]);
  // The last block of zeros may be missing.
  for (let length = 0; length < archive.length - 1024; length += 100) {
    await assert.rejects(read(archive.subarray(0, length)), isInvalid, String(length));
  }
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ minLength: 1, maxLength: 3000 }), async (bytes) => {
      if (bytes.length >= 512 && bytes.subarray(0, 512).every((byte) => byte === 0)) return;
      await assert.rejects(read(bytes, [200]), isInvalid);
    }),
    { numRuns: 200, seed: 2 },
  );
  // One changed byte: a file, an error, but nothing else.
  await fc.assert(
    fc.asyncProperty(fc.nat(archive.length - 1), fc.nat(255), async (at, byte) => {
      const changed = Buffer.from(archive);
      changed[at] = byte;
      await read(changed, [777]).catch((error) => assert.ok(isInvalid(error), String(error)));
    }),
    { numRuns: 300, seed: 3 },
  );
});

test('a header that says that it is huge is not read into memory', async () => {
  const [pax] = [tarOf([{ path: 'a', content: new Uint8Array(), as: 'pax' }])];
  const header = Buffer.from(pax.subarray(0, 512));
  header.write('77777777777\0', 124);
  header.write('        ', 148);
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
  await assert.rejects(read(header), /a header is too long/);
});
