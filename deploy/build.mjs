// Bundles src/ into dist/: one file a command, loaded when asked for. Packages stay in node_modules. The functions of convex/
// go along, each a file of its own, for the embedded cloud.
import { readdirSync, rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const root = fileURLToPath(new URL('..', import.meta.url));
rmSync(`${root}dist`, { recursive: true, force: true });
await build({
  absWorkingDir: root,
  entryPoints: [
    { in: 'src/cli.ts', out: 'cli' },
    { in: 'src/audio-worker.ts', out: 'audio-worker' },
    { in: 'src/embedded-cloud-process.ts', out: 'embedded-cloud-process' },
    ...readdirSync(`${root}convex`, { recursive: true })
      .filter((file) => /(?<!\.d)\.[tj]s$/.test(file))
      .map((file) => ({ in: `convex/${file}`, out: `convex/${file.replace(/\.[tj]s$/, '')}` })),
  ],
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
