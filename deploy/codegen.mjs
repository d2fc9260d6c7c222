// Generates convex/_generated without a deployment; with --check it only checks that the committed files are up to date.
import { execFileSync } from 'node:child_process';
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));

/** `--system-udfs` is an undocumented option, and the only way to generate without a backend. */
function generate(folder) {
  const cli = join(folder, 'node_modules/convex/bin/main.js');
  execFileSync(process.execPath, [cli, 'codegen', '--system-udfs', '--typecheck', 'disable'], {
    cwd: folder,
    stdio: ['ignore', 'ignore', 'inherit'],
  });
}

function check() {
  const folder = mkdtempSync(join(tmpdir(), 'earshot-codegen-'));
  try {
    for (const name of ['convex', 'package.json', 'tsconfig.json']) {
      cpSync(join(root, name), join(folder, name), { recursive: true });
    }
    symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'));
    rmSync(join(folder, 'convex/_generated'), { recursive: true });
    generate(folder);
    return differences(join(root, 'convex/_generated'), join(folder, 'convex/_generated'));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function differences(committed, fresh) {
  const names = new Set([...readdirSync(committed), ...readdirSync(fresh)]);
  return [...names].filter((name) => read(join(committed, name)) !== read(join(fresh, name)));
}

function read(path) {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}

if (process.argv.includes('--check')) {
  const stale = check();
  if (stale.length > 0) {
    process.stderr.write(`convex/_generated is out of date (${stale.join(', ')}): npm run codegen\n`);
    process.exitCode = 1;
  }
} else {
  generate(root);
}
