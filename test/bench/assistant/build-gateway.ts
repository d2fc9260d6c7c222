/**
 * The gateway's process as it is shipped: one bundle beside those of `npm run build`, whose threads and embedded cloud it starts.
 */
import { realpathSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';
import { here } from '../children.ts';

const ROOT = here('../..');

export interface BuiltGateway {
  path: string;
  remove(): void;
}

/** Needs `npm run build`. */
export async function buildGateway(): Promise<BuiltGateway> {
  const path = join(realpathSync(join(ROOT, 'dist')), `bench-gateway-${process.pid}.js`);
  await build({
    entryPoints: [here('assistant/gateway-process.ts')],
    outfile: path,
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    packages: 'external',
    logLevel: 'error',
  });
  return { path, remove: () => rmSync(path, { force: true }) };
}
