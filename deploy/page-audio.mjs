// What a page needs for its audio, beside its own script: the worklet, and the WebAssembly modules that it runs.
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';

/** The modules, by their names in the page's folder. */
const MODULES = {
  // Smaller than that of @evan/opus by a third: deploy/opus-wasm/build.sh.
  'opus.wasm': 'assets/opus-wasm/opus.wasm',
  'voice.wasm': 'node_modules/@echogarden/fvad-wasm/fvad.wasm',
};

const LICENCES = { libopus: 'assets/opus-wasm/COPYING', libfvad: 'node_modules/@echogarden/fvad-wasm/LICENSE' };

/**
 * @param {string} root
 * @param {string} outdir the folder of the page
 * @param {import('esbuild').BuildOptions} browser how scripts of pages are built
 */
export async function buildPageAudio(root, outdir, browser) {
  mkdirSync(outdir, { recursive: true });
  await build({
    ...browser,
    absWorkingDir: root,
    entryPoints: { worklet: join(root, 'src/client/browser/audio/worklet/worklet.ts') },
    outdir,
  });
  for (const [name, file] of Object.entries(MODULES)) copyFileSync(join(root, file), join(outdir, name));
  const licences = Object.entries(LICENCES).map(
    ([name, file]) => `${name}\n\n${readFileSync(join(root, file), 'utf8')}`,
  );
  writeFileSync(join(outdir, 'audio-licenses.txt'), licences.join('\n\n'));
}
