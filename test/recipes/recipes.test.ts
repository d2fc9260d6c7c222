/**
 * CONTRIBUTING.md, followed to the letter: its recipes are applied to a copy of the sources, all of them, one after the
 * other. The result is compiled, linted and tested as the page says.
 */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { apply, readRecipes } from './apply.ts';

const tree = fileURLToPath(new URL('../../', import.meta.url));
const page = readFileSync(join(tree, 'CONTRIBUTING.md'), 'utf8');
const recipes = readRecipes(page);
const blocks = recipes.flatMap((recipe) => recipe.blocks);
const COPIED = [
  'src',
  'actors',
  'machines',
  'convex',
  'test',
  'docs',
  'deploy',
  'assets',
  'bin',
  'package.json',
  'biome.json',
  'examples',
];

let copy: string;
before(() => {
  copy = mkdtempSync(join(tmpdir(), 'earshot-recipes-'));
  for (const name of [...COPIED, 'tsconfig.json']) cpSync(join(tree, name), join(copy, name), { recursive: true });
  symlinkSync(join(tree, 'node_modules'), join(copy, 'node_modules'));
  for (const block of blocks) apply(block, copy);
});
after(() => rmSync(copy, { recursive: true, force: true }));

function run(...[command, ...args]: [string, ...string[]]): string {
  // The tests of the copy run independently, not as part of this one.
  const { NODE_TEST_CONTEXT: _, ...env } = process.env;
  const { status, stdout, stderr } = spawnSync(command, args, { cwd: copy, encoding: 'utf8', env });
  assert.equal(status, 0, `${command} ${args.join(' ')}\n${stdout}\n${stderr}`);
  return stdout;
}

const tool = (path: string, ...args: string[]) => run(process.execPath, join(tree, 'node_modules', path), ...args);

test('there is a recipe for each point of extension', () => {
  assert.deepEqual(
    recipes.map(({ name }) => name),
    ['A responder', 'A trigger', 'An actor', 'A wire message', 'An audio backend', 'A skill'],
  );
  for (const { name, blocks } of recipes)
    assert.ok(
      blocks.some(({ path }) => path.endsWith('.test.ts')),
      name,
    );
});

test('the recipes compile, and are formatted and linted', { timeout: 300_000 }, () => {
  tool('typescript/bin/tsc', '--noEmit', '--pretty', 'false');
  const files = [...new Set(blocks.map(({ path }) => path))].filter((path) => path.endsWith('.ts'));
  tool('@biomejs/biome/bin/biome', 'check', '--error-on-warnings', ...files);
});

test('the documents are generated, and the structure is valid', { timeout: 300_000 }, () => {
  const scripts = ['events-page.ts', 'charts.ts', 'structure.ts'];
  for (const script of scripts) run(process.execPath, '--import', 'tsx', `deploy/${script}`);
  for (const script of scripts) run(process.execPath, '--import', 'tsx', `deploy/${script}`, '--check');
  assert.match(readFileSync(join(copy, 'docs/events.md'), 'utf8'), /indicator\.show/);
});

test('the tests of the recipes pass, and those of what they extend', { timeout: 600_000 }, () => {
  run(process.execPath, 'deploy/build.mjs');
  const own = blocks.map(({ path }) => path).filter((path) => path.endsWith('.test.ts'));
  const extended = [
    'test/protocol/examples.test.ts',
    'test/machines/conversation.test.ts',
    'test/sound/backends.test.ts',
  ];
  const report = run(process.execPath, '--import', 'tsx', '--test', '--test-concurrency=1', ...own, ...extended);
  assert.match(report, /^# fail 0$/m);
});

test('the files, commands and scripts that the page names exist', () => {
  const { scripts } = JSON.parse(readFileSync(join(tree, 'package.json'), 'utf8')) as { scripts: object };
  for (const [, script = ''] of page.matchAll(/npm run ([\w:]+)/g)) assert.ok(script in scripts, script);
  const named = [...page.matchAll(/`((?:src|actors|machines|test|docs|examples|bin|deploy)\/[\w./-]+)`/g)];
  const linked = [...page.matchAll(/\]\(([\w./-]+)\)/g)];
  for (const [, path = ''] of [...named, ...linked])
    assert.ok(existsSync(join(copy, path)) || existsSync(join(tree, path)), path);
});
