import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { CONVEX_LIMITS } from '../../src/cloud/database/convex-limits.ts';
import { openDatabase } from '../../src/cloud/database/open-database.ts';
import { openDiskFiles } from '../../src/cloud/server/disk-files.ts';
import { type LogFields, silentLog } from '../../src/core/log/log.ts';
import { anySchema, testFolder } from './open.ts';

test('at the start, what a crash left is deleted, missing files are told, and all are counted, beyond the limits of a transaction', async (t) => {
  const folder = testFolder(t);
  const limits = { ...CONVEX_LIMITS, documentsRead: 10 };
  const database = await openDatabase({ folder, schema: anySchema, isDurable: false, limits });
  t.after(() => database.close());
  const ids = await database.write(async (writer) =>
    Array.from({ length: 300 }, () => writer.insert('_storage', { sha256: '', size: 2 })),
  );
  const files = join(folder, 'files');
  mkdirSync(files);
  for (const id of ids.slice(1)) writeFileSync(join(files, id), 'ab');
  writeFileSync(join(files, 'received-x'), 'half of a file');
  const warnings: LogFields[] = [];
  const log = { ...silentLog, warn: (_: string, fields: LogFields = {}) => void warnings.push(fields) };
  const disk = openDiskFiles({ folder: files, database, log, urlOf: String, uploadUrl: String });
  assert.equal(await disk.totalBytes(), 600);
  assert.deepEqual(readdirSync(files).sort(), ids.slice(1).sort());
  assert.deepEqual(warnings, [{ files: 1, folder: files }]);
});
