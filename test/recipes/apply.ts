/**
 * The recipes of CONTRIBUTING.md as changes of the sources: whole files, and lines that are added to a file beside
 * existing lines.
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

export interface Block {
  /** `diff`, or the language of a whole file. */
  language: string;
  path: string;
  body: string;
}

export interface Recipe {
  name: string;
  blocks: Block[];
}

const FENCED = /^(`{3,})(\w+) (\S+)\n([\s\S]*?)^\1$/gm;

/** Each section below "Recipes", with the blocks that name a file. */
export function readRecipes(page: string): Recipe[] {
  const [, recipes = ''] = page.split(/^## Recipes$/m);
  const [, ...sections] = recipes.split(/^### (?=A)/m);
  return sections.map((section) => ({
    name: section.slice(0, section.indexOf('\n')),
    blocks: [...section.matchAll(FENCED)].map(([, , language = '', path = '', body = '']) => ({
      language,
      path,
      body,
    })),
  }));
}

/** @throws Error when a file exists already, or has no place for the lines, or more than one */
export function apply({ language, path, body }: Block, tree: string): void {
  const file = join(tree, path);
  if (language === 'diff') return writeFileSync(file, changed(readFileSync(file, 'utf8'), body, path));
  if (existsSync(file)) throw new Error(`${path} exists already`);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, body);
}

/** A line of a block begins with `+` (added), `-` (removed) or a space (existing; its end may be left out). */
function changed(source: string, body: string, path: string): string {
  const lines = source.split('\n');
  const block = body.split('\n').slice(0, -1);
  const known = block.filter((line) => !line.startsWith('+')).map((line) => line.slice(1));
  const places = lines.flatMap((_, at) => (known.every((line, i) => lines[at + i]?.startsWith(line)) ? [at] : []));
  const [place, ...others] = places;
  if (place === undefined || others.length > 0) {
    throw new Error(`${path} has ${places.length} places for these lines:\n${body}`);
  }
  let at = place;
  const after = block.flatMap((line) => {
    if (line.startsWith('+')) return [line.slice(1)];
    const there = lines[at++] ?? '';
    return line.startsWith('-') ? [] : [there];
  });
  return [...lines.slice(0, place), ...after, ...lines.slice(at)].join('\n');
}
