// Generates _generated of each folder of Convex functions, without a deployment; with --check it only checks that the committed files are
// up to date.
import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
/** The project's, and those of the conformance suite. */
const FOLDERS = ['convex', 'test/conformance/convex'];

/** `--system-udfs` is an undocumented option, and the only way to generate without a backend. */
function generate(folder) {
  const cli = join(folder, 'node_modules/convex/bin/main.js');
  execFileSync(process.execPath, [cli, 'codegen', '--system-udfs', '--typecheck', 'disable'], {
    cwd: folder,
    stdio: ['ignore', 'ignore', 'inherit'],
  });
}

/** What should be in the folder's _generated, in a copy of the project that `use` may look at. */
function withGenerated(functions, use) {
  const folder = mkdtempSync(join(tmpdir(), 'earshot-codegen-'));
  try {
    for (const name of ['package.json', 'tsconfig.json']) cpSync(join(root, name), join(folder, name));
    cpSync(join(root, functions), join(folder, 'convex'), { recursive: true });
    symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'));
    rmSync(join(folder, 'convex/_generated'), { recursive: true, force: true });
    generate(folder);
    return use(join(folder, 'convex/_generated'));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function differences(committed, fresh) {
  const names = new Set([...(existsSync(committed) ? readdirSync(committed) : []), ...readdirSync(fresh)]);
  return [...names].filter((name) => read(join(committed, name)) !== read(join(fresh, name)));
}

function read(path) {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}

for (const functions of FOLDERS) {
  const committed = join(root, functions, '_generated');
  withGenerated(functions, (fresh) => {
    const stale = differences(committed, fresh);
    if (stale.length === 0) return;
    if (process.argv.includes('--check')) {
      process.stderr.write(`${functions}/_generated is out of date (${stale.join(', ')}): npm run codegen\n`);
      process.exitCode = 1;
    } else {
      rmSync(committed, { recursive: true, force: true });
      cpSync(fresh, committed, { recursive: true });
    }
  });
}
