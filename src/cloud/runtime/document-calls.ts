/** System calls of `ctx.db` for one document. */
import { type JSONValue, jsonToConvex, type Value } from 'convex/values';
import type { TableOfId } from '../database/validator.ts';
import type { CallArguments, SystemCall, SystemCallNow } from './execution.ts';
import { readerOf, writerOf } from './execution.ts';
import { VISIBLE_SYSTEM_TABLES } from './system-tables.ts';
import { asText, checkShape } from './values.ts';

export function documentCalls(tableOf: TableOfId): Record<string, SystemCall> {
  return {
    get(execution, { id, table, isSystem }) {
      const reader = readerOf(execution);
      checkTable(tableOf(id), isSystem === true);
      return reader.get(id, table) ?? 'null';
    },
    count: (execution, { table }) => String(readerOf(execution).count(table)),
    insert(execution, { table, value }) {
      return asText({ _id: writerOf(execution).insert(table, fieldsOf(value)) });
    },
    shallowMerge(execution, args) {
      const writer = writerOf(execution);
      writer.patch(userId(args), fieldsOf(args.value), args.table);
      return '{}';
    },
    replace(execution, args) {
      const writer = writerOf(execution);
      writer.replace(userId(args), fieldsOf(args.value) as Record<string, Value>, args.table);
      return '{}';
    },
    remove(execution, args) {
      const writer = writerOf(execution);
      writer.remove(userId(args), args.table);
      return '{}';
    },
  };

  function userId({ id }: CallArguments): string {
    checkTable(tableOf(id), false);
    return id;
  }
}

export const documentsNow: Record<string, SystemCallNow> = {
  'db/normalizeId': (execution, { table, idString }) =>
    asText({ id: readerOf(execution).normalizeId(table, idString) }),
};

function checkTable(table: string | null, isForSystem: boolean): void {
  if (table === null) return; // The database says what is wrong with it.
  if (table.startsWith('_') && !(isForSystem && VISIBLE_SYSTEM_TABLES.has(table))) {
    throw new Error('System tables can only be accessed with db.system.');
  }
  if (!table.startsWith('_') && isForSystem) throw new Error('User tables cannot be accessed with db.system.');
}

/** A patch removes a field with `undefined`. */
function fieldsOf(json: Record<string, JSONValue>): Record<string, Value> {
  checkShape(json);
  const fields = Object.entries(json).map(([name, field]) => [name, toValue(field)]);
  return Object.fromEntries(fields) as Record<string, Value>;
}

function toValue(json: JSONValue): Value | undefined {
  if (json !== null && typeof json === 'object' && '$undefined' in json) return undefined;
  return jsonToConvex(json);
}
