/** Files in memory, against those of the operating system; and the checksum of stored turns, against zlib's. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { crc32 as crcOfZlib } from 'node:zlib';
import { memoryDisk } from '../../src/client/memory-disk.ts';
import type { Disk } from '../../src/core/files/disk.ts';
import { inlineDisk } from '../../src/core/files/node-disk.ts';
import { crc32 } from '../../src/core/turn-store/crc32.ts';
import { inTemporaryFolder } from '../support/cli.ts';
import fc from '../support/fast-check.ts';

const name = fc.constantFrom('a', 'b');
const step = fc.oneof(
  fc.record({ kind: fc.constant('append' as const), name, bytes: fc.uint8Array({ maxLength: 40 }) }),
  fc.record({ kind: fc.constant('create' as const), name }),
  fc.record({ kind: fc.constant('remove' as const), name }),
  fc.record({ kind: fc.constant('rename' as const), name }),
);
type Step = typeof step extends fc.Arbitrary<infer Each> ? Each : never;

/** What the files are after these steps, and which steps failed. */
async function run(disk: Disk, folder: string, steps: readonly Step[]): Promise<unknown[]> {
  const results: unknown[] = [];
  const opened = new Map<string, { fd: number; size: number }>();
  disk.openFolder(folder);
  for (const each of steps) {
    const path = `${folder}/${each.name}`;
    try {
      if (each.kind === 'create') opened.set(each.name, { fd: await disk.open(path, 'wx', 0o600), size: 0 });
      else if (each.kind === 'remove') await disk.remove(path);
      else if (each.kind === 'rename') await disk.rename(path, `${path}-aside`);
      else {
        const file = opened.get(each.name);
        if (!file) continue;
        await disk.write(file.fd, each.bytes, file.size);
        file.size += each.bytes.length;
      }
      results.push('done');
    } catch {
      results.push('failed');
    }
  }
  for (const { fd } of opened.values()) await disk.close(fd);
  const names = [...(await disk.list(folder))].sort();
  for (const each of names) results.push([each, Buffer.from(await disk.read(`${folder}/${each}`)).toString('hex')]);
  return results;
}

test('the same steps leave the same files', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 20 }), async (steps) => {
      await inTemporaryFolder(async (folder) => {
        assert.deepEqual(await run(memoryDisk(), 'turns', steps), await run(inlineDisk, `${folder}/turns`, steps));
      });
    }),
    { numRuns: 60 },
  );
});

test('the checksum is that of zlib, whole and in parts', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), fc.uint8Array({ maxLength: 300 }), (head, body) => {
      assert.equal(crc32(head), crcOfZlib(head));
      assert.equal(crc32(body, crc32(head)), crcOfZlib(body, crcOfZlib(head)));
      assert.equal(crc32(Buffer.concat([head, body]), 0, head.length), crcOfZlib(body));
    }),
  );
});
