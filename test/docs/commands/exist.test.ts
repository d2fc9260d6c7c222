/**
 * The commands in README.md and docs/ exist, with their options: those of Earshot, those of Convex's official CLI, and the scripts of npm.
 */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { Command } from 'commander';
import { createProgram } from '../../../src/cli/program.ts';

const root = new URL('../../../', import.meta.url);
const pages = [
  'README.md',
  'CONTRIBUTING.md',
  ...readdirSync(new URL('docs/', root)).map((name) => `docs/${name}`),
].filter((name) => name.endsWith('.md'));

interface Mention {
  page: string;
  /** `earshot` or `npx convex`. */
  program: string;
  words: string[];
}

/** Commands in blocks of code and in `code`, without comments, and without what a shell adds. */
function mentions(): Mention[] {
  return pages.flatMap((page) => {
    const text = readFileSync(new URL(page, root), 'utf8');
    const blocks = [...text.matchAll(/^ *```sh\n([\s\S]*?)^ *```/gm)].map(([, body = '']) =>
      body.replaceAll('\\\n', ' '),
    );
    const inline = [...text.matchAll(/`([^`\n]+)`/g)].map(([, body = '']) => body);
    return [...blocks.flatMap((block) => block.split('\n')), ...inline].flatMap((line) => {
      const found = /(^|[ (/])(earshot|npx convex) (?!earshot )([a-z][\w-]*.*)$/.exec(line.replace(/ +#.*$/, ''));
      if (!found) return [];
      const [, before, program = '', rest = ''] = found;
      // $(…) ends at its bracket.
      const own = before === '(' || line.includes('$(bin/') ? rest.replace(/\).*$/, '') : rest;
      const words = (own.split(/ (?:&&|\||>|2>) ?/)[0] ?? '').replace(/["'][^"']*["']/g, 'VALUE').split(/\s+/);
      return [{ page, program, words: words.filter((word) => word !== '') }];
    });
  });
}

const program = await createProgram();
const CONVEX_CLI = fileURLToPath(new URL('node_modules/convex/bin/main.js', root));
const helps = new Map<string, Promise<string>>();

function helpOf(name: string, path: string[]): Promise<string> {
  const key = `${name} ${path.join(' ')}`;
  const help = helps.get(key) ?? (name === 'earshot' ? ownHelp(path) : convexHelp(path));
  helps.set(key, help);
  return help;
}

function ownCommand(path: string[]): Command | undefined {
  let command: Command | undefined = program;
  for (const name of path) command = command?.commands.find((each) => each.name() === name);
  return command;
}

async function ownHelp(path: string[]): Promise<string> {
  return ownCommand(path)?.helpInformation() ?? '';
}

async function convexHelp(path: string[]): Promise<string> {
  const env = { ...process.env, NO_COLOR: '1' };
  return (await promisify(execFile)(process.execPath, [CONVEX_CLI, ...path, '--help'], { env })).stdout;
}

async function isCommand(word: string, program: string, path: string[]): Promise<boolean> {
  // Its help has its commands in groups.
  if (program === 'earshot') return ownCommand([...path, word]) !== undefined;
  const commands = (await helpOf(program, path)).split(/^Commands:$/m)[1] ?? '';
  return new RegExp(`^  ${word}(?:\\||[ \\n])`, 'm').test(commands);
}

/** The words that name a command. */
async function pathOf({ program, words }: Mention): Promise<string[]> {
  const path: string[] = [];
  for (const word of words) {
    if (!(await isCommand(word, program, path))) break;
    path.push(word);
  }
  return path;
}

const all = mentions();

test('there are such commands in the docs', () => {
  for (const program of ['earshot', 'npx convex']) {
    assert.ok(all.filter((each) => each.program === program).length > 10, program);
  }
});

for (const page of new Set(all.map((each) => each.page))) {
  test(`${page}: its commands exist, with their options`, async () => {
    for (const mention of all.filter((each) => each.page === page)) {
      const path = await pathOf(mention);
      const shown = `${mention.program} ${mention.words.join(' ')}`;
      assert.notDeepEqual(path, [], shown);
      // Options of a command may stand behind its subcommand.
      const levels = path.map((_, i) => helpOf(mention.program, path.slice(0, i + 1)));
      const help = (await Promise.all(levels)).join('\n');
      for (const word of mention.words) {
        const option = /^(--[a-z][\w-]*|-[a-zA-Z])(?:=|$)/.exec(word)?.[1];
        if (option === undefined || option === '--help') continue;
        assert.ok(new RegExp(`[ ,]${option}(?=[ ,\\n])`).test(help), `${shown}: ${option}`);
      }
    }
  });
}

test('each option of the daemon and the gateway is in the documents, and so is its environment variable', () => {
  const text = pages.map((page) => readFileSync(new URL(page, root), 'utf8')).join('\n');
  const missing = ['start', 'run', 'gateway'].flatMap((name) =>
    (ownCommand([name])?.options ?? [])
      .flatMap(({ long, envVar }) => [long, envVar])
      .filter((each) => each && !new RegExp(`${each}(?![\\w-])`).test(text)),
  );
  assert.deepEqual(missing, []);
});

const SCRIPTS: Record<string, string> = JSON.parse(readFileSync(new URL('package.json', root), 'utf8')).scripts;

/** Like `npm run bench:gateway -- --pairs 5`. */
function scriptMentions(page: string): { name: string; options: string[] }[] {
  const text = readFileSync(new URL(page, root), 'utf8');
  return [...text.matchAll(/npm run ([a-z][\w:-]*)(?: -- ([^`#\n]*))?/g)].map(([, name = '', rest = '']) => ({
    name,
    options: rest.split(/\s+/).filter((word) => /^--[a-z]/.test(word)),
  }));
}

/** The text of a script's program and of the files beside it, one of which reads its options. */
function programOf(script: string): string {
  const file = /(?:node .*?|^| )((?:test|deploy)\/[\w/.-]+\.(?:ts|mjs|sh))/.exec(script)?.[1] ?? '';
  assert.ok(existsSync(new URL(file, root)), `${script}: ${file}`);
  const folder = fileURLToPath(new URL(dirname(file), root));
  const beside = readdirSync(folder).filter((name) => /\.(ts|mjs|sh)$/.test(name));
  return beside.map((name) => readFileSync(join(folder, name), 'utf8')).join('\n');
}

for (const page of pages) {
  const mentioned = scriptMentions(page);
  if (mentioned.length === 0) continue;
  test(`${page}: its npm scripts exist, with their options`, () => {
    for (const { name: called, options } of mentioned) {
      const script = SCRIPTS[called];
      assert.ok(script !== undefined, `npm run ${called}`);
      if (options.length === 0) continue;
      const program = programOf(script);
      for (const option of options) {
        const name = option.slice(2).replaceAll(/-([a-z])/g, (_, letter) => letter.toUpperCase());
        const read = new RegExp(`(?:^|[ {])'?(?:${name}|${option.slice(2)})'?: |${option}(?![\\w-])`, 'm');
        assert.match(program, read, `npm run ${called} -- ${option}`);
      }
    }
  });
}
