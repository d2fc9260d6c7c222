/**
 * A build replaces the previous one atomically: a command finds a complete build at any moment, and a running command
 * keeps its own.
 */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import {
  appendFileSync,
  cpSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  utimesSync,
} from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { inTemporaryFolder } from '../support/cli.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
/** Other tests look at the types. */
process.env.EARSHOT_BUILD_TYPES = '0';

/** A separate clone, without a build. */
function clone(folder: string): string {
  const copy = join(folder, 'clone');
  mkdirSync(copy);
  for (const entry of ['actors', 'assets', 'bin', 'convex', 'deploy', 'docs', 'machines', 'src']) {
    cpSync(join(root, entry), join(copy, entry), { recursive: true });
  }
  for (const entry of ['LICENSE', 'README.md', 'package.json', 'tsconfig.json'])
    cpSync(join(root, entry), join(copy, entry));
  symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'));
  return copy;
}

function node(script: string, cwd: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn('node', [script], { cwd, stdio: ['ignore', 'ignore', 'pipe'] });
    let stderr = '';
    child.stderr.on('data', (text) => {
      stderr += text;
    });
    child.on('close', (code) => (code === 0 ? resolve() : reject(new Error(`${script}: ${stderr}`))));
  });
}

/** Every file of a folder, with its bytes. */
function contents(folder: string): Map<string, string> {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return new Map(
    files
      .map(({ parentPath, name }) => join(parentPath, name))
      .map((path) => [path, readFileSync(path, 'latin1')] as const),
  );
}

/** Checks repeatedly during `work` that the build can be started: every file that the first one loads exists. */
async function watched(program: string, entry: string, work: Promise<unknown>): Promise<number> {
  let looks = 0;
  let over = false;
  const ended = work.finally(() => {
    over = true;
  });
  while (!over) {
    const source = readFileSync(join(program, entry), 'utf8');
    assert.ok(source.length > 0, `${entry} is empty`);
    looks += 1;
    await new Promise((resolve) => setImmediate(resolve));
  }
  await ended;
  return looks;
}

test('a build replaces the previous one atomically, also when two run at once', () =>
  inTemporaryFolder(async (folder) => {
    const copy = clone(folder);
    const dist = join(copy, 'dist');
    const build = () => node('deploy/build.mjs', copy);
    await build();
    const before = contents(dist);
    assert.ok(before.has(join(dist, 'cli.js')) && before.has(join(dist, 'page', 'layout.js')));
    const running = readdirSync(copy).filter((name) => /^dist-/.test(name));

    await build();
    assert.deepEqual(
      readdirSync(copy).filter((name) => /^dist-/.test(name)),
      running,
      'the same sources again change nothing',
    );

    appendFileSync(
      join(copy, 'src/core/process/version.ts'),
      "\nexport const CHANGED = 'changed';\nprocess.title = CHANGED;\n",
    );
    const looks = await watched(dist, 'cli.js', Promise.all([build(), build()]));
    assert.ok(looks > 0);
    const after = contents(dist);
    assert.notDeepEqual(after, before);
    assert.ok([...after.values()].some((source) => source.includes('process.title')));

    const [old = ''] = running;
    const kept = contents(join(copy, old));
    assert.deepEqual([...kept.values()], [...before.values()], 'a running command still has all of its own');
    assert.ok(!readdirSync(copy).some((name) => name.endsWith('.link')));
  }));

test('replaced builds are deleted after a day, and a failed build changes nothing', () =>
  inTemporaryFolder(async (folder) => {
    const copy = clone(folder);
    const build = () => node('deploy/build.mjs', copy);
    const builds = () => readdirSync(copy).filter((name) => /^dist-/.test(name));
    await build();
    const [first = ''] = builds();
    const change = (text: string) => appendFileSync(join(copy, 'src/core/process/version.ts'), `\n${text}\n`);
    change('process.title = "second";');
    await build();
    const [second = ''] = builds().filter((name) => name !== first);
    assert.equal(builds().length, 2);

    const longAgo = new Date(Date.now() - 25 * 3_600_000);
    utimesSync(join(copy, first), longAgo, longAgo);
    change('process.title = "third";');
    await build();
    assert.ok(!builds().includes(first));
    assert.ok(builds().includes(second), 'it was replaced only now');

    const was = builds();
    change('this is not TypeScript;');
    await assert.rejects(build(), /version\.ts/);
    assert.deepEqual(builds(), was);
    assert.ok(readFileSync(join(copy, 'dist/cli.js'), 'utf8').length > 0);
  }));

test('a deleted build is created again', () =>
  inTemporaryFolder(async (folder) => {
    const copy = clone(folder);
    const build = () => node('deploy/build.mjs', copy);
    await build();
    rmSync(join(copy, readlinkSync(join(copy, 'dist'))), { recursive: true });
    await build();
    assert.ok(readFileSync(join(copy, 'dist/cli.js'), 'utf8').length > 0);
  }));

test('the same for a bundle', () =>
  inTemporaryFolder(async (folder) => {
    const copy = clone(folder);
    const bundle = () => node('deploy/bundle.mjs', copy);
    await node('deploy/build.mjs', copy);
    await bundle();
    const place = join(copy, 'dist-device', 'earshot');
    appendFileSync(join(copy, 'src/core/process/version.ts'), '\nprocess.title = "changed";\n');
    const looks = await watched(place, 'dist/cli.js', Promise.all([bundle(), bundle()]));
    assert.ok(looks > 0);
    assert.equal(readdirSync(join(copy, 'dist-device')).filter((name) => name.endsWith('.tgz')).length, 1);
    assert.ok(!readdirSync(join(copy, 'dist-device')).some((name) => name.endsWith('.part')));
    rmSync(copy, { recursive: true });
  }));
