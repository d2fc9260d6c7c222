// Bundles src/ into dist/: one file a command, loaded when asked for. Packages stay in node_modules.
import { copyFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const root = fileURLToPath(new URL('..', import.meta.url));
rmSync(`${root}dist`, { recursive: true, force: true });
await build({
  absWorkingDir: root,
  entryPoints: ['src/cli.ts', 'src/audio-worker.ts'],
  outdir: 'dist',
  bundle: true,
  splitting: true,
  format: 'esm',
  platform: 'node',
  target: 'node20',
  packages: 'external',
  sourcemap: true,
  logLevel: 'warning',
});

// The inspector's page: one script, one style sheet, and elkjs's layouter as the worker that it is made for. All of it is
// served from here; the browser asks nobody else.
const page = `${root}dist/page`;
mkdirSync(page, { recursive: true });
await build({
  absWorkingDir: root,
  entryPoints: { page: 'src/inspect/page/main.ts', 'page-style': 'src/inspect/page/page.css' },
  outdir: page,
  bundle: true,
  format: 'esm',
  platform: 'browser',
  target: ['chrome109', 'firefox115', 'safari16'],
  minify: true,
  legalComments: 'none',
  logLevel: 'warning',
});
copyFileSync(`${page}/page-style.css`, `${page}/page.css`);
rmSync(`${page}/page-style.css`);
copyFileSync(`${root}src/inspect/page/index.html`, `${page}/index.html`);
copyFileSync(`${root}node_modules/elkjs/lib/elk-worker.min.js`, `${page}/layout.js`);
const licences = { elkjs: 'node_modules/elkjs/LICENSE.md', uPlot: 'node_modules/uplot/LICENSE' };
writeFileSync(
  `${page}/licenses.txt`,
  Object.entries(licences)
    .map(([name, file]) => `${name}\n\n${readFileSync(root + file, 'utf8')}`)
    .join('\n\n'),
);
