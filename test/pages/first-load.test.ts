/** What a phone loads until it can talk: the page and its audio, without what only some visits need. And all of the console. */
import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';

/** They have no types: they are part of the build. */
const { buildConsole, buildTalkWithAudio } = await import(
  new URL('../../deploy/build-pages.mjs', import.meta.url).href
);
const tree = fileURLToPath(new URL('../../', import.meta.url));

const MOST_BYTES = 200_000;
const MOST_CONSOLE_BYTES = 150_000;
/** It comes when the page is there; what it caches has been loaded already. */
const MOST_WORKER_BYTES = 1_000;
/** Loaded by the page at once, or at the first press. */
const FILES = ['index.html', 'manifest.webmanifest', 'icon.svg', 'talk.css', 'talk.js', 'worklet.js', 'opus.wasm'];

test('the talk page needs at most 200 KB of gzip until a person can talk', async (context) => {
  const folder = mkdtempSync(join(tmpdir(), 'earshot-talk-page-'));
  try {
    await buildTalkWithAudio(tree, folder);
    const sizes: Record<string, number> = {};
    // A script needs what it imports; `import(…)` is later.
    const add = (name: string) => {
      if (name in sizes) return;
      const bytes = readFileSync(join(folder, name));
      sizes[name] = compressedBytes(bytes);
      if (!name.endsWith('.js')) return;
      for (const [, imported] of bytes.toString().matchAll(/(?:from|import)"\.\/([\w-]+\.js)"/g))
        add(imported as string);
    };
    for (const name of FILES) add(name);
    assert.ok(
      Object.keys(sizes).some((name) => name.startsWith('chunk-')),
      'it follows imports',
    );
    const worker = compressedBytes(readFileSync(join(folder, 'service-worker.js')));
    assert.ok(worker <= MOST_WORKER_BYTES, `the service worker has ${worker}`);
    const total = Object.values(sizes).reduce((sum, bytes) => sum + bytes, 0);
    context.diagnostic(`${total} bytes`);
    assert.ok(total <= MOST_BYTES, `${total}: ${JSON.stringify(sizes)}`);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

test('the console needs at most 150 KB of gzip', async (context) => {
  const folder = mkdtempSync(join(tmpdir(), 'earshot-console-page-'));
  try {
    await buildConsole(tree, folder);
    const files = readdirSync(folder).filter((name) => name !== 'licenses.txt');
    const total = files.reduce((sum, name) => sum + compressedBytes(readFileSync(join(folder, name))), 0);
    context.diagnostic(`${total} bytes`);
    assert.ok(total <= MOST_CONSOLE_BYTES, `${total}: ${files}`);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

function compressedBytes(bytes: Buffer): number {
  return gzipSync(bytes, { level: 9 }).length;
}
