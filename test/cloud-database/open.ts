/** Databases for tests: in a folder of their own that goes with the test. */
import { rmSync } from 'node:fs';
import type { TestContext } from 'node:test';
import { defineSchema, defineTable } from 'convex/server';
import { convexToJson, jsonToConvex, type Value, v } from 'convex/values';
import type { Database, DatabaseQuery, Reader } from '../../src/cloud/database/database.ts';
import { type DatabaseOptions, openDatabase } from '../../src/cloud/database/open-database.ts';
import { makeTemporaryFolder } from '../../src/core/files/temporary-folder.ts';

export type Row = Record<string, Value | undefined> & { _id: string; _creationTime: number };

/** A table that takes anything, and one that does not. */
export const anySchema = defineSchema({
  rows: defineTable({ a: v.any(), b: v.optional(v.any()), n: v.number() })
    .index('by_a_b', ['a', 'b'])
    .index('by_n', ['n']),
  people: defineTable({ name: v.string(), boss: v.optional(v.id('people')) }).index('by_name', ['name']),
});

export function testFolder(t: TestContext): string {
  const { path } = makeTemporaryFolder('database');
  t.after(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

export async function testDatabase(t: TestContext, options: Partial<DatabaseOptions> = {}): Promise<Database> {
  const database = await openDatabase({ folder: testFolder(t), schema: anySchema, isDurable: false, ...options });
  t.after(() => database.close());
  return database;
}

export function rowOf(text: string | undefined): Row | undefined {
  return text === undefined ? undefined : (jsonToConvex(JSON.parse(text)) as Row);
}

export function allRows(reader: Reader, query: DatabaseQuery): Row[] {
  const rows = reader.open(query);
  const all: Row[] = [];
  for (let row = rowOf(rows.next()); row; row = rowOf(rows.next())) all.push(row);
  return all;
}

/** Reads a whole table. */
export function scanOf(tableName: string, order: 'asc' | 'desc' = 'asc'): DatabaseQuery {
  return { source: { type: 'FullTableScan', tableName, order }, operators: [] };
}

/** `['eq', 'a', 1], ['gt', 'b', 2]`, as `withIndex` writes it. */
export function rangeOf(
  indexName: string,
  bounds: [operator: 'Eq' | 'Gt' | 'Gte' | 'Lt' | 'Lte', fieldPath: string, value: Value | undefined][],
  order: 'asc' | 'desc' = 'asc',
): DatabaseQuery {
  const range = bounds.map(([type, fieldPath, value]) => ({
    type,
    fieldPath,
    value: value === undefined ? { $undefined: null } : convexToJson(value),
  }));
  return { source: { type: 'IndexRange', indexName, range, order }, operators: [] };
}
