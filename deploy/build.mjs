// Bundles src/ into dist/: one file per command, loaded on demand; and the library with its types (EARSHOT_BUILD_TYPES=0: without them, which
// takes half of the time). Packages stay in node_modules.
import { execFile } from 'node:child_process';
import { cpSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { build } from 'esbuild';
import { buildClient } from './build-client.mjs';
import { buildPages, bundledInPages } from './build-pages.mjs';
import { joinLicences, licenceOf, recordPackages } from './licences.mjs';
import { publish } from './publish.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const bundled = recordPackages();
const shared = {
  absWorkingDir: root,
  bundle: true,
  splitting: true,
  format: 'esm',
  platform: 'node',
  target: 'node20',
  packages: 'external',
  sourcemap: true,
  logLevel: 'warning',
  plugins: [bundled.plugin],
};

// The gateway loads Convex's client at its start: bundled, this takes a third of the time.
const convexInside = {
  name: 'convex-inside',
  setup({ onResolve }) {
    onResolve({ filter: /^convex\// }, ({ path }) => ({ path: fileURLToPath(import.meta.resolve(path)) }));
  },
};

await publish(join(root, 'dist'), async (folder) => {
  // The compiler is a separate process and runs in parallel with the bundler.
  const types = process.env.EARSHOT_BUILD_TYPES === '0' ? Promise.resolve() : writeTypes(join(folder, 'types'));
  await allDone([
    buildProgram(folder),
    buildLibrary(folder),
    buildClient(root, folder),
    buildPages(root, folder),
    types,
  ]);
  writeLicences(folder);
});

/** @param {string} folder */
function writeLicences(folder) {
  const names = [...new Set([...bundled.names, ...bundledInPages])].sort();
  const opus = `libopus (BSD-3-Clause), as WebAssembly\nSource: deploy/opus-wasm\n\n${readFileSync(join(root, 'assets/opus-wasm/COPYING'), 'utf8').trim()}\n`;
  writeFileSync(
    join(folder, 'third-party-licenses.txt'),
    joinLicences([...names.map((name) => licenceOf(root, name)), opus]),
  );
}

/**
 * Waits for all parts, also when one of them fails: the folder of a failed build is deleted, and nothing may write to it any more.
 * @param {Promise<void>[]} parts
 */
async function allDone(parts) {
  await Promise.allSettled(parts);
  await Promise.all(parts);
}

/** @param {string} outdir */
async function buildProgram(outdir) {
  await build({
    ...shared,
    outdir,
    entryPoints: {
      cli: 'src/cli/cli.ts',
      'audio-worker': 'src/device/audio/audio-worker.ts',
      'encoder-worker': 'actors/assistant/speech/encoding/encoder-worker.ts',
      'flite-worker': 'actors/assistant/speech/flite/flite-worker.ts',
      'decoding-worker': 'actors/assistant/recognition/decoding-worker.ts',
      'voice-worker': 'actors/assistant/endpointing/voice-worker.ts',
      'wake-worker': 'actors/wake/wake-worker.ts',
      'training-worker': 'src/tools/wake/training-worker.ts',
      'recogniser-worker': 'actors/assistant/recognition/recogniser-worker.ts',
    },
    plugins: [convexInside, ...shared.plugins],
  });
  // The embedded cloud and its functions are separate files; they share one copy of Convex.
  await build({
    ...shared,
    outdir,
    entryPoints: [
      { in: 'src/cloud/process.ts', out: 'embedded-cloud-process' },
      ...readdirSync(`${root}convex`, { recursive: true })
        .filter((file) => /(?<!\.d)\.[tj]s$/.test(file))
        .map((file) => ({ in: `convex/${file}`, out: `convex/${file.replace(/\.[tj]s$/, '')}` })),
    ],
  });
}

/**
 * The library is built separately from the program: built together they would be split into more and smaller files, and each command
 * would load more of them.
 * @param {string} outdir
 */
async function buildLibrary(outdir) {
  await build({
    ...shared,
    outdir,
    // Not the program's names: both may have a chunk with the same code but another source map, and would overwrite each other's.
    chunkNames: 'library-[hash]',
    entryPoints: {
      index: 'src/index.ts',
      'client-node': 'src/client/node/index.ts',
      protocol: 'src/protocol/index.ts',
    },
    plugins: [convexInside, ...shared.plugins],
  });
}

/**
 * The library's types. They are checked by `npm run types`, not here. On several threads the compiler orders unions differently in each run.
 * @param {string} outDir
 */
async function writeTypes(outDir) {
  const compiler = join(root, 'node_modules/typescript/bin/tsc');
  const project = ['-p', join(root, 'deploy/tsconfig.types.json'), '--outDir', outDir, '--singleThreaded'];
  await promisify(execFile)(process.execPath, [compiler, ...project]);
  // Written by Convex, not by the compiler.
  const generated = 'convex/_generated';
  cpSync(join(root, generated), join(outDir, generated), { recursive: true, filter: (file) => !file.endsWith('.js') });
}
