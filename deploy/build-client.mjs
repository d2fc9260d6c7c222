// Bundles the client library (dist/client.js) with all that it needs: a page loads it as it is, without a bundler or an import map.
import { build } from 'esbuild';
import { browser } from './build-pages.mjs';

/**
 * @param {string} root
 * @param {string} outdir
 * @returns what is in it, as esbuild tells it
 */
export async function buildClient(root, outdir) {
  const entryPoints = { client: 'src/client/browser/index.ts' };
  const { metafile } = await build({ ...browser, absWorkingDir: root, entryPoints, outdir, metafile: true });
  return metafile;
}
