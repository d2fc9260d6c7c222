import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { earshot, inTemporaryFolder } from '../support/cli.ts';

/** Prints the address of every module as it is loaded. */
const HOOK = `
  import { register } from 'node:module';
  register('data:text/javascript,' + encodeURIComponent(
    'import { writeSync } from "node:fs";' +
    'export async function load(url, context, next) { writeSync(2, "loaded " + url + "\\\\n"); return next(url, context); }'
  ));
`;
const NODE_OPTIONS = `--import=data:text/javascript,${encodeURIComponent(HOOK)}`;

test('the device loads no code of Convex', () =>
  inTemporaryFolder(async (state) => {
    const files = ['--input', 'silence', '--output', 'null', '--state', state];
    const run = earshot(['run', '--once', '--gateway', 'ws://127.0.0.1:9', ...files], { env: { NODE_OPTIONS } });
    const { stderr } = await run.ended;
    assert.match(stderr, /loaded .*\/ws\//);
    const loaded = [...stderr.matchAll(/^loaded (file:.*)$/gm)].map(([, url = '']) => url);
    // As a package, or bundled into one of Earshot's files.
    for (const url of loaded) assert.ok(!readFileSync(new URL(url), 'utf8').includes('class ConvexClient'), url);
    assert.doesNotMatch(stderr, /loaded .*\/convex\//);
  }));
