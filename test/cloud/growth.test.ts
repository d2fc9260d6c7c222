/**
 * The list of what bounds the rows of each table (docs/embedded-cloud.md) is complete, and says the retention that there is.
 */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { api } from '../../convex/_generated/api.js';
import schema from '../../convex/schema.ts';
import { asOperator, functions } from '../support/convex-functions.ts';

const page = readFileSync(new URL('../../docs/embedded-cloud.md', import.meta.url), 'utf8');
const section = /## What grows, and what bounds it\n([\s\S]*?)\n## /.exec(page)?.[1] ?? '';
/** The last column of each table. */
const kept = new Map<string, string>();
for (const line of section.split('\n').filter((each) => each.startsWith('| `'))) {
  const cells = line.split('|').map((cell) => cell.trim());
  for (const [, name = ''] of (cells[1] ?? '').matchAll(/`(\w+)`/g)) kept.set(name, cells[4] ?? '');
}

test('every table is in the list', () => {
  const listed = [...kept.keys()].filter((name) => !name.startsWith('_'));
  assert.deepEqual(listed.sort(), Object.keys(schema.tables).sort());
});

test('the list says after how many days rows are deleted', async () => {
  const { tables } = await asOperator(functions()).query(api.retention.get, {});
  assert.ok(tables.length > 0);
  for (const { table, days } of tables) assert.match(kept.get(table) ?? '', new RegExp(`^${days} days?\\b`), table);
});
