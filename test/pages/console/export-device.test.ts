/** The export of a device, read back with the system's own tar. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import {
  type DeviceExport,
  type ExportedPage,
  type ExportProgress,
  exportDevice,
} from '../../../src/pages/console/storage/export-device.ts';

const opus = (n: number) => Uint8Array.of(0x4f, n);

/** Pages of rows, and the files that their URLs name. */
async function exported(
  pages: ExportedPage['page'][],
  files: Record<string, Uint8Array>,
  given: Partial<DeviceExport> = {},
) {
  const written: Uint8Array[] = [];
  const told: ExportProgress[] = [];
  const result = await exportDevice({
    device: 'kitchen',
    async page(cursor) {
      const at = cursor === null ? 0 : Number(cursor);
      return { page: pages[at] ?? [], isDone: at === pages.length - 1, continueCursor: String(at + 1) };
    },
    file: async (url) => files[url],
    write: async (bytes) => void written.push(bytes.slice()),
    onProgress: (progress) => told.push(progress),
    now: () => 1_790_000_000_000,
    signal: new AbortController().signal,
    ...given,
  });
  return { archive: Buffer.concat(written), told, result };
}

function extracted(archive: Buffer): Record<string, string> {
  const folder = mkdtempSync(join(tmpdir(), 'earshot-export-'));
  try {
    writeFileSync(join(folder, 'export.tar'), archive);
    execFileSync('tar', ['-xf', 'export.tar'], { cwd: folder, stdio: 'pipe' });
    rmSync(join(folder, 'export.tar'));
    const names = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
    return Object.fromEntries(
      names.map(({ parentPath, name }) => {
        const path = join(parentPath, name);
        return [path.slice(folder.length + 1), readFileSync(path, 'latin1')];
      }),
    );
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

test('each table is a file of JSON lines, and each recording is a file that its row names', async () => {
  const { archive, result } = await exported(
    [
      [
        { table: 'devices', row: { name: 'kitchen' } },
        { table: 'turns', row: { turn: 'a', transcript: 'Wie spät?\nJetzt.' } },
      ],
      [],
      [
        { table: 'turns', row: { turn: 'b' } },
        { table: 'recordings', row: { turn: 'a', url: 'http://cloud/1' } },
        { table: 'replies', row: { key: 'ü/..', url: 'http://cloud/2' } },
        { table: 'recordings', row: { turn: 'b', url: 'http://cloud/3' } },
      ],
    ],
    { 'http://cloud/1': opus(1), 'http://cloud/2': opus(2) },
  );
  const files = extracted(archive);
  const rowsOf = (name: string) =>
    Buffer.from(files[name] ?? '', 'latin1')
      .toString()
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
  assert.deepEqual(rowsOf('turns.jsonl'), [{ turn: 'a', transcript: 'Wie spät?\nJetzt.' }, { turn: 'b' }]);
  assert.deepEqual(rowsOf('recordings.jsonl'), [{ turn: 'a', file: 'recordings/a.ogg' }, { turn: 'b' }]);
  assert.deepEqual(rowsOf('replies.jsonl'), [{ key: 'ü/..', file: 'replies/2.ogg' }]);
  assert.equal(files['recordings/a.ogg'], 'O\u0001');
  assert.match(files['README.txt'] ?? '', /of the device kitchen, on 2026-09-21/);
  assert.deepEqual({ ...result, bytes: 0 }, { rows: 6, recordings: 2, missing: 1, bytes: 0 });
  assert.equal(result.bytes, archive.byteLength);
});

test('a long table is written in parts, so that its rows need not be in memory at once', async () => {
  const text = 'x'.repeat(1_000_000);
  const pages = Array.from({ length: 20 }, (_, i) => [{ table: 'turns', row: { turn: String(i), text } }]);
  const { archive, told } = await exported(pages, {});
  const files = extracted(archive);
  const parts = ['turns.jsonl', 'turns-2.jsonl', 'turns-3.jsonl'].map(
    (name) => files[name]?.trimEnd().split('\n') ?? [],
  );
  assert.deepEqual(
    parts.flat().map((line) => JSON.parse(line).turn),
    pages.map((_, i) => String(i)),
  );
  assert.deepEqual(
    told.map(({ rows }) => rows),
    [...pages.map((_, i) => i + 1), pages.length],
  );
});

test('an export that is given up, or whose disk is full, ends', async () => {
  const stop = new AbortController();
  const page = async () => {
    stop.abort();
    return { page: [{ table: 'turns', row: {} }], isDone: false, continueCursor: '0' };
  };
  await assert.rejects(exported([], {}, { page, signal: stop.signal }), { name: 'AbortError' });
  const full = new Error('no space');
  const write = () => Promise.reject(full);
  await assert.rejects(exported([[]], {}, { write }), full);
});
