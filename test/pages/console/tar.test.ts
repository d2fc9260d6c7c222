/** The archive of an export, opened by the system's own tar. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { tarEnd, tarEntry } from '../../../src/pages/console/storage/tar.ts';

test("tar extracts every entry as it was, of each length around a block's", () => {
  const folder = mkdtempSync(join(tmpdir(), 'earshot-tar-'));
  try {
    const lengths = [0, 1, 511, 512, 513, 70_000];
    const entries = lengths.map((length) => ({
      name: `recordings/${length}.ogg`,
      modifiedAt: 1_790_000_000_000,
      content: Uint8Array.from({ length }, (_, i) => i % 251),
    }));
    writeFileSync(join(folder, 'export.tar'), Buffer.concat([...entries.map(tarEntry), tarEnd()]));
    execFileSync('tar', ['-xf', 'export.tar'], { cwd: folder, stdio: 'pipe' });
    for (const { name, content } of entries)
      assert.deepEqual(new Uint8Array(readFileSync(join(folder, name))), content);
    const listed = execFileSync('tar', ['-tvf', 'export.tar', '--full-time'], { cwd: folder, env: { TZ: 'UTC' } });
    assert.match(String(listed), /2026-09-21/);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

test('a name that the format cannot hold is refused', () => {
  for (const name of ['', 'x'.repeat(101), 'küche.ogg', 'a\nb']) {
    assert.throws(() => tarEntry({ name, modifiedAt: 0, content: new Uint8Array(1) }), RangeError);
  }
});
