/**
 * Every query of convex/ reads by an index: a table scan costs more with each row, and makes transactions conflict that have nothing to do with
 * each other.
 */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';

const folder = new URL('../../convex/', import.meta.url);
/** `db.query('table')`, and the method that is called on it; a table may be a variable. */
const QUERY = /\bdb(?:\.system)?\s*\.query\(\s*'?(\w+)'?\s*\)\s*(?:\.(\w+))?/g;
const INDEXED = ['withIndex', 'withSearchIndex'];

/** Those without an index: file, table, and the method that is called instead. */
function scansIn(file: string, text: string): string[] {
  return [...text.matchAll(QUERY)].flatMap(([query, table, method]) => {
    const methods = method === undefined ? methodsOfVariable(text, query) : [method];
    return methods.filter((each) => !INDEXED.includes(each)).map((each) => `${file} ${table} ${each}`);
  });
}

/** A query in a variable: each method that is called on it. */
function methodsOfVariable(text: string, query: string): string[] {
  const at = text.indexOf(query);
  const name = text.slice(0, at).match(/const (\w+) = (?:ctx\.)?$/)?.[1];
  const [rest = ''] = text.slice(at).split('\n}\n');
  const methods = name === undefined ? [] : [...rest.matchAll(new RegExp(`\\b${name}\\.(\\w+)\\(`, 'g'))];
  return methods.length > 0 ? methods.map(([, method]) => method ?? '') : ['nothing'];
}

test('every query has an index; only a migration and a sweep read a whole table, by pages', () => {
  const files = readdirSync(folder).filter((name) => name.endsWith('.ts'));
  const texts = files.map((file) => [file, readFileSync(new URL(file, folder), 'utf8')] as const);
  const count = texts.reduce((sum, [, text]) => sum + [...text.matchAll(QUERY)].length, 0);
  // Each is found: however it is written, it has this in it.
  assert.equal(
    count,
    texts.reduce((sum, [, text]) => sum + [...text.matchAll(/\.query\(/g)].length, 0),
  );
  assert.deepEqual(texts.flatMap(([file, text]) => scansIn(file, text)).sort(), [
    'presence.ts devices paginate',
    'retention.ts _storage paginate',
  ]);
});

test('a scan is found', () => {
  assert.deepEqual(scansIn('x.ts', "await ctx.db\n  .query('turns')\n  .filter((q) => q)"), ['x.ts turns filter']);
  assert.deepEqual(scansIn('x.ts', "const all = db.query('turns').collect()"), ['x.ts turns collect']);
  assert.deepEqual(scansIn('x.ts', 'const all = ctx.db.query(table);'), ['x.ts table nothing']);
  assert.deepEqual(scansIn('x.ts', "const all = ctx.db.query('turns');\nall.withIndex('x');\nall.first()"), [
    'x.ts turns first',
  ]);
  assert.deepEqual(scansIn('x.ts', "db.query('turns').withIndex('by_tenant')"), []);
});
