/** Each link of the documents leads to a file that is there and, where it names a heading, to that heading; each file of the project that they name is there. */
import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';

const ROOT = new URL('../../', import.meta.url);

const pages = [
  ...['README.md', 'CONTRIBUTING.md', 'CHANGELOG.md', 'SECURITY.md'],
  ...readdirSync(new URL('docs/', ROOT))
    .filter((name) => name.endsWith('.md'))
    .map((name) => `docs/${name}`),
];

/** A page without its blocks of code. */
const textOf = (url: URL) => readFileSync(url, 'utf8').replaceAll(/^ *```[\s\S]*?^ *```/gm, '');

/** The anchors that GitHub gives the headings of a page; the second one of a name ends in -1. */
function anchorsOf(url: URL): Set<string> {
  const anchors = new Set<string>();
  for (const [, heading = ''] of textOf(url).matchAll(/^#{1,6} (.*)$/gm)) {
    const name = heading
      .replaceAll(/\[([^\]]*)\]\([^)]*\)/g, '$1')
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}\- _]/gu, '')
      .replaceAll(' ', '-');
    let anchor = name;
    for (let i = 1; anchors.has(anchor); i++) anchor = `${name}-${i}`;
    anchors.add(anchor);
  }
  return anchors;
}

for (const page of pages) {
  test(`${page}: its links`, () => {
    const here = new URL(page, ROOT);
    for (const [, target = ''] of textOf(here).matchAll(/\]\(([^)\s]+)\)/g)) {
      if (/^[a-z]+:/.test(target)) continue;
      const to = new URL(target, here);
      const anchor = decodeURIComponent(to.hash.slice(1));
      to.hash = '';
      assert.ok(existsSync(to), `${page}: ${target}`);
      if (anchor !== '') assert.ok(anchorsOf(to).has(anchor), `${page}: ${target} names no heading`);
    }
  });
}

for (const page of pages) {
  // What a version had is not there for ever.
  if (page === 'CHANGELOG.md') continue;
  test(`${page}: the files that it names`, () => {
    const named = textOf(new URL(page, ROOT)).matchAll(
      /`((?:actors|assets|bin|convex|deploy|examples|machines|src|test)\/[\w./-]+)`/g,
    );
    for (const [, path = ''] of named) assert.ok(existsSync(new URL(path, ROOT)), `${page}: ${path}`);
  });
}

test('docs/testing.md has each folder of tests', () => {
  const text = readFileSync(new URL('docs/testing.md', ROOT), 'utf8');
  const folders = readdirSync(new URL('test/', ROOT), { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && entry.name !== 'support')
    .map(({ name }) => `\`test/${name}/`);
  assert.deepEqual(
    folders.filter((folder) => !text.includes(folder)),
    [],
  );
});

test('each page of docs/ is linked from another one', () => {
  const linked = new Set(
    pages.flatMap((page) =>
      [...textOf(new URL(page, ROOT)).matchAll(/\]\(([^)\s#]+)/g)].map(([, target = '']) => {
        const { href } = new URL(target, new URL(page, ROOT));
        return href === new URL(page, ROOT).href ? '' : href;
      }),
    ),
  );
  for (const page of pages.filter((name) => name.startsWith('docs/')))
    assert.ok(linked.has(new URL(page, ROOT).href), page);
});
