/**
 * A real backend: the official CLI deploys the suite's functions to it.
 */
import { execFileSync } from 'node:child_process';
import { cpSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Backend, NotOffered } from '../suite/backend.ts';
import { byClients } from './by-clients.ts';

const { CONVEX_SELF_HOSTED_URL: url, CONVEX_SELF_HOSTED_ADMIN_KEY: adminKey, CONVEX_SITE_URL } = process.env;

export function realIsMissing(): string | undefined {
  return url && adminKey
    ? undefined
    : 'set CONVEX_SELF_HOSTED_URL and CONVEX_SELF_HOSTED_ADMIN_KEY (and CONVEX_SITE_URL)';
}

export async function openReal(): Promise<Backend> {
  if (!url) throw new Error(realIsMissing());
  deploy();
  return byClients({
    name: 'real',
    url,
    // Its HTTP actions are on the next port.
    siteUrl: CONVEX_SITE_URL ?? url.replace(/:(\d+)\/?$/, (_, port: string) => `:${Number(port) + 1}`),
    async restart() {
      throw new NotOffered('a restart');
    },
    async close() {},
  });
}

/** The CLI deploys the folder convex/ of a project. */
function deploy(): void {
  const project = mkdtempSync(join(tmpdir(), 'earshot-conformance-'));
  try {
    const root = fileURLToPath(new URL('../../..', import.meta.url));
    cpSync(fileURLToPath(new URL('../convex', import.meta.url)), join(project, 'convex'), { recursive: true });
    symlinkSync(join(root, 'node_modules'), join(project, 'node_modules'));
    writeFileSync(join(project, 'package.json'), JSON.stringify({ dependencies: { convex: '*' }, type: 'module' }));
    const cli = join(root, 'node_modules/convex/bin/main.js');
    execFileSync(process.execPath, [cli, 'deploy', '--yes', '--typecheck', 'disable'], {
      cwd: project,
      stdio: 'inherit',
    });
  } finally {
    rmSync(project, { recursive: true, force: true });
  }
}
