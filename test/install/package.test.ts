/** What is in the npm package: everything that it needs, and nothing else. `npm run test:install` installs it on a bare system. */
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { builtinModules } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';

interface Manifest {
  version: string;
  man: string;
  bin: { earshot: string };
  exports: Record<string, string | { types: string; default: string }>;
  dependencies: Record<string, string>;
  optionalDependencies: Record<string, string>;
  peerDependencies: Record<string, string>;
  peerDependenciesMeta: Record<string, { optional: boolean }>;
  publishConfig: { provenance: boolean };
}

const root = fileURLToPath(new URL('../..', import.meta.url));
let folder: string;
/** The unpacked tarball. */
let unpacked: string;
let manifest: Manifest;
let files: string[];

before(() => {
  folder = mkdtempSync(join(tmpdir(), 'earshot-package-'));
  execFileSync(process.execPath, ['deploy/package.mjs', '--out', folder], { cwd: root, stdio: 'pipe' });
  const tarball = readdirSync(folder).find((name) => name.endsWith('.tgz')) ?? '';
  execFileSync('tar', ['-xzf', join(folder, tarball), '-C', folder]);
  unpacked = join(folder, 'package');
  manifest = JSON.parse(readFileSync(join(unpacked, 'package.json'), 'utf8'));
  files = readdirSync(unpacked, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => join(parentPath, name).slice(unpacked.length + 1))
    .sort();
});
after(() => rmSync(folder, { recursive: true, force: true }));

const FOLDERS = ['assets', 'bin', 'dist', 'docs', 'prebuilt'];
const TOP_FILES = ['CHANGELOG.md', 'LICENSE', 'README.md', 'THIRD-PARTY-LICENSES.txt', 'package.json'];

test('it has the program, and no sources, tests, source maps or settings', () => {
  const tops = [...new Set(files.map((file) => file.split('/')[0] ?? ''))];
  assert.deepEqual(
    tops.filter((top) => !FOLDERS.includes(top) && !TOP_FILES.includes(top)),
    [],
  );
  const unwanted = /\.map$|\.test\.|(?<!\.d)\.tsx?$|(^|\/)\.|(^|\/)test\//;
  assert.deepEqual(
    files.filter((file) => unwanted.test(file)),
    [],
  );
  const text = files.filter((file) => /\.(js|ts|json|css|html|sh|txt)$|bin\/earshot$/.test(file));
  assert.deepEqual(
    text.filter((file) => readFileSync(join(unpacked, file), 'utf8').includes(root)),
    [],
    'names a folder of this machine',
  );
});

test('npm runs no script and compiles nothing when it is installed', () => {
  for (const part of ['scripts', 'devDependencies', 'private', 'allowScripts']) assert.ok(!(part in manifest), part);
  for (const name of ['@discordjs/opus', 'naudiodon', 'better-sqlite3']) {
    assert.ok(!(name in manifest.dependencies) && !(name in manifest.optionalDependencies), name);
    assert.equal(manifest.peerDependenciesMeta[name]?.optional, true, name);
  }
  assert.equal(manifest.publishConfig.provenance, true);
});

test('the documents that messages, help and the README name are there, and the schemas of the manual page', () => {
  const text = files
    .filter((file) => /^(dist\/[^/]+\.js|README\.md)$/.test(file))
    .map((file) => readFileSync(join(unpacked, file), 'utf8'));
  const named = new Set(text.flatMap((each) => each.match(/\bdocs\/[\w-]+\.md\b/g) ?? []));
  assert.ok(named.has('docs/assistant.md'));
  for (const path of [...named, 'docs/schemas/turns.json']) assert.ok(files.includes(path), path);
});

test('everything that package.json names is there', () => {
  const named = [manifest.bin.earshot, manifest.man, ...Object.values(manifest.exports).flatMap(pathsOf)];
  for (const path of named) assert.ok(existsSync(join(unpacked, path)), path);
});

function pathsOf(target: Manifest['exports'][string]): string[] {
  return typeof target === 'string' ? [target] : [target.types, target.default];
}

/** Development dependencies that a command asks for when it is used without them. */
const ASKED_FOR = ['echarts', '@statelyai/inspect', 'playwright-core', '@resvg/resvg-js'];

test('each import of the program and of the declarations is a dependency', () => {
  const known = new Set([
    ...builtinModules,
    ...Object.keys({ ...manifest.dependencies, ...manifest.optionalDependencies, ...manifest.peerDependencies }),
    ...ASKED_FOR,
  ]);
  const wanted = new Map<string, string>();
  const program = files.filter((file) => /^dist\/(convex\/)?[^/]+\.js$/.test(file));
  for (const file of [...program, ...declarations()]) {
    for (const name of importsOf(file)) {
      if (!/^[./]|^node:/.test(name)) wanted.set(/^(@[^/]+\/)?[^/]+/.exec(name)?.[0] ?? name, file);
    }
  }
  assert.ok(wanted.size > 20, 'imports were found');
  assert.deepEqual(
    [...wanted].filter(([name]) => !known.has(name)),
    [],
  );
});

function importsOf(file: string): string[] {
  const content = readFileSync(join(unpacked, file), 'utf8');
  return Array.from(
    content.matchAll(/^\s*(?:import|export)\b[^'"`;]*?from\s*["']([^"']+)["']|\bimport\(["']([^"']+)["']\)/gm),
    ([, from, dynamic]) => from ?? dynamic ?? '',
  );
}

/** Those that a program's compiler reads: from the entry points, what is imported from there. */
function declarations(): string[] {
  const seen = new Set<string>();
  const visit = (file: string) => {
    if (seen.has(file)) return;
    seen.add(file);
    for (const name of importsOf(file)) {
      if (!name.startsWith('.')) continue;
      const path = join(dirname(file), name).replace(/\.(ts|js)$/, '.d.ts');
      if (existsSync(join(unpacked, path))) visit(path);
    }
  };
  for (const each of Object.values(manifest.exports)) if (typeof each !== 'string') visit(join(each.types));
  assert.ok(seen.size > 20, 'declarations were found');
  return [...seen];
}

test('each compiled SQLite is for the Node that its name says', () => {
  for (const file of files) {
    const abi = /^prebuilt\/.*\/sqlite-(\d+)\.node$/.exec(file)?.[1];
    if (abi === undefined) continue;
    assert.ok(readFileSync(join(unpacked, file)).includes(`node_register_module_v${abi}`), file);
  }
});

test('the licences of what is inside are inside', () => {
  const licences = readFileSync(join(unpacked, 'THIRD-PARTY-LICENSES.txt'), 'utf8');
  assert.match(licences, /^elkjs [\d.]+ \(EPL-2\.0/m);
  assert.match(licences, /Eclipse Public License - v 2\.0/);
  assert.match(licences, /^Source: the npm package elkjs@/m);
  for (const name of ['convex', 'preact', 'uplot', 'uqr', 'valibot', 'xstate', '@echogarden/fvad-wasm', 'libopus']) {
    assert.match(licences, new RegExp(`^${name}\\b`, 'm'));
  }
  assert.ok(!/^Licence: /m.test(licences), 'each has its text');
});

test('it runs from there', () => {
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'));
  const { stdout, status, stderr } = spawnSync(join(unpacked, 'bin/earshot'), ['--version'], {
    encoding: 'utf8',
    env: { ...process.env, EARSHOT_STDOUT: '', EARSHOT_STDERR: '' },
  });
  assert.equal(status, 0, stderr);
  assert.equal(stdout.trim(), manifest.version);
});
