/**
 * Builds and serves the specimen of the design language: it is no part of the package.
 */
import { copyFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { withServedFolder } from './served-folder.ts';

const SOURCE = fileURLToPath(new URL('../../src/pages/specimen', import.meta.url));

export async function withSpecimen<T>(work: (url: string) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'earshot-specimen-'));
  try {
    await build({
      entryPoints: [join(SOURCE, 'main.tsx'), join(SOURCE, 'specimen.css')],
      outdir: folder,
      bundle: true,
      format: 'esm',
      jsx: 'automatic',
      jsxImportSource: 'preact',
    });
    copyFileSync(join(SOURCE, 'index.html'), join(folder, 'index.html'));
    copyFileSync(join(SOURCE, '../design/favicon.svg'), join(folder, 'favicon.svg'));
    return await withServedFolder(folder, work);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
