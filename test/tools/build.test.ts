/**
 * A build replaces the previous one atomically: a command finds a complete build at any moment, and a running command
 * keeps its own.
 */
import assert from 'node:assert/strict';
import {
  appendFileSync,
  cpSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  utimesSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { runProgram } from '../support/run-program.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
/** Other tests look at the types. */
process.env.EARSHOT_BUILD_TYPES = '0';

/** A separate clone, which is built; each test goes on where the one before ended. */
let copy: string;
const build = () => node('deploy/build.mjs', copy);
const builds = () => readdirSync(copy).filter((name) => /^dist-[^.]+$/.test(name) && name !== 'dist-device');
const change = (text: string) => appendFileSync(join(copy, 'src/core/process/version.ts'), `\n${text}\n`);
before(async () => {
  copy = mkdtempSync(join(tmpdir(), 'earshot-build-'));
  for (const entry of ['actors', 'assets', 'bin', 'convex', 'deploy', 'docs', 'machines', 'src']) {
    cpSync(join(root, entry), join(copy, entry), { recursive: true });
  }
  for (const entry of ['LICENSE', 'README.md', 'package.json', 'tsconfig.json'])
    cpSync(join(root, entry), join(copy, entry));
  symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'));
  await build();
});
after(() => rmSync(copy, { recursive: true, force: true }));

async function node(script: string, cwd: string): Promise<void> {
  const { code, stderr } = await runProgram('node', [script], { cwd });
  if (code !== 0) throw new Error(`${script}: ${stderr}`);
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

test('a build replaces the previous one atomically, also when two run at once', async () => {
  const dist = join(copy, 'dist');
  const before = contents(dist);
  assert.ok(before.has(join(dist, 'cli.js')) && before.has(join(dist, 'page', 'layout.js')));
  const running = builds();

  await build();
  assert.deepEqual(builds(), running, 'the same sources again change nothing');

  change("export const CHANGED = 'changed';\nprocess.title = CHANGED;");
  const looks = await watched(dist, 'cli.js', Promise.all([build(), build()]));
  assert.ok(looks > 0);
  const after = contents(dist);
  assert.notDeepEqual(after, before);
  assert.ok([...after.values()].some((source) => source.includes('process.title')));

  const [old = ''] = running;
  const kept = contents(join(copy, old));
  assert.deepEqual([...kept.values()], [...before.values()], 'a running command still has all of its own');
  assert.ok(!readdirSync(copy).some((name) => name.endsWith('.link')));
});

test('a deleted build is created again', async () => {
  rmSync(join(copy, readlinkSync(join(copy, 'dist'))), { recursive: true });
  await build();
  assert.ok(readFileSync(join(copy, 'dist/cli.js'), 'utf8').length > 0);
});

test('a bundle is replaced in the same way', async () => {
  const bundle = () => node('deploy/bundle.mjs', copy);
  await bundle();
  const place = join(copy, 'dist-device', 'earshot');
  change('process.title = "bundled";');
  const looks = await watched(place, 'dist/cli.js', Promise.all([bundle(), bundle()]));
  assert.ok(looks > 0);
  const files = readdirSync(join(copy, 'dist-device'));
  assert.equal(files.filter((name) => name.endsWith('.tgz')).length, 1);
  assert.ok(!files.some((name) => name.endsWith('.part')));
});

test('replaced builds are deleted after a day, and a failed build changes nothing', async () => {
  const first = readlinkSync(join(copy, 'dist'));
  change('process.title = "second";');
  await build();
  const second = readlinkSync(join(copy, 'dist'));
  assert.ok(second !== first && builds().includes(first));

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
});
