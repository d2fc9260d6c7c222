/** The client library is one file that needs nothing of Node, nor anything else. */
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';

/** It has no types: it is part of the build. */
const { buildClient } = await import(new URL('../../deploy/build-client.mjs', import.meta.url).href);
const tree = fileURLToPath(new URL('../../', import.meta.url));
type Outputs = Record<string, { imports: object[] }>;
/** What pages may load of it, in KiB of gzip. */
const MOST_KIB = 57;

test('the bundle for browsers imports nothing, and is small', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'earshot-client-'));
  try {
    // With an import of Node this fails: the platform is the browser.
    const { outputs } = await buildClient(tree, folder);
    assert.deepEqual(
      Object.values(outputs as Outputs).flatMap(({ imports }) => imports),
      [],
    );
    const bundle = readFileSync(join(folder, 'client.js'), 'utf8');
    // Globals of Node that no browser has.
    assert.deepEqual(bundle.match(/\bprocess\.(?:env|hrtime|platform)|\bBuffer\.|\bsetImmediate\(/g), null);
    const kib = gzipSync(bundle, { level: 9 }).length / 1_024;
    assert.ok(kib <= MOST_KIB, `${kib.toFixed(1)} KiB`);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
