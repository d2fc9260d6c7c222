// Bundles src/ into dist/: one file a command, loaded when asked for. Packages stay in node_modules.
import { readdirSync, rmSync } from 'node:fs';
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
await build({ ...shared, entryPoints: ['src/cli.ts', 'src/audio-worker.ts'], plugins: [convexInside] });
// The embedded cloud and its functions, each a file of its own, share one Convex with convex-test.
await build({
  ...shared,
  entryPoints: [
    { in: 'src/embedded-cloud-process.ts', out: 'embedded-cloud-process' },
    ...readdirSync(`${root}convex`, { recursive: true })
      .filter((file) => /(?<!\.d)\.[tj]s$/.test(file))
      .map((file) => ({ in: `convex/${file}`, out: `convex/${file.replace(/\.[tj]s$/, '')}` })),
  ],
});
