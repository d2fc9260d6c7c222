// Bundles src/ into dist/: one file a command, loaded when asked for. Packages stay in node_modules.
import { copyFileSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const root = fileURLToPath(new URL('..', import.meta.url));
const shared = {
  absWorkingDir: root,
  outdir: 'dist',
  bundle: true,
  splitting: true,
  format: 'esm',
  platform: 'node',
  target: 'node20',
  packages: 'external',
  sourcemap: true,
  logLevel: 'warning',
};

// The gateway loads Convex's client while it starts: bundled it takes a third of the time.
const convexInside = {
  name: 'convex-inside',
  setup({ onResolve }) {
    onResolve({ filter: /^convex\// }, ({ path }) => ({ path: fileURLToPath(import.meta.resolve(path)) }));
  },
};

rmSync(`${root}dist`, { recursive: true, force: true });
await build({
  ...shared,
  entryPoints: { cli: 'src/cli.ts', 'audio-worker': 'src/audio/audio-worker.ts' },
  plugins: [convexInside],
});
// The embedded cloud and its functions, each a file of its own, share one Convex with convex-test.
await build({
  ...shared,
  entryPoints: [
    { in: 'src/gateway/embedded-cloud/process.ts', out: 'embedded-cloud-process' },
    ...readdirSync(`${root}convex`, { recursive: true })
      .filter((file) => /(?<!\.d)\.[tj]s$/.test(file))
      .map((file) => ({ in: `convex/${file}`, out: `convex/${file.replace(/\.[tj]s$/, '')}` })),
  ],
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
