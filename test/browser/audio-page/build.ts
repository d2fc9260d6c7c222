/** Builds the page that hears itself into a folder, with the worklet and the modules of the talk page (`npm run build`). */
import { copyFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const BUILT = fileURLToPath(new URL('../../../dist/pages/talk/', import.meta.url));
const HTML =
  '<!doctype html><html lang="en"><link rel="icon" href="data:,"><title>Audio</title><script type="module" src="page.js"></script>';

export async function buildAudioPage(folder: string): Promise<void> {
  await build({
    entryPoints: { page: fileURLToPath(new URL('page.ts', import.meta.url)) },
    outdir: folder,
    bundle: true,
    format: 'esm',
  });
  for (const name of ['worklet.js', 'opus.wasm', 'voice.wasm']) copyFileSync(join(BUILT, name), join(folder, name));
  writeFileSync(join(folder, 'index.html'), HTML);
}
