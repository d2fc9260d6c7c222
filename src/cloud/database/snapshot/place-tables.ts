/** Makes room for the tables of a snapshot: empty, and with the numbers that are in the ids of their documents. */
import { messageOf } from '../../../core/errors.ts';
import type { Catalog } from '../catalog.ts';
import { CONVEX_LIMITS } from '../convex-limits.ts';
import { checkTableName } from '../document-check.ts';
import { refused } from './snapshot-parts.ts';

/**
 * `new`: a table that has documents is refused. `replace`: it has the snapshot's documents afterwards; tables that are not in the snapshot stay.
 * `append`: the snapshot's are added.
 */
export type ImportMode = 'new' | 'replace' | 'append';

/** @param numbers undefined: the documents have no ids yet. Within a transaction */
export function placeTables(
  catalog: Catalog,
  numbers: ReadonlyMap<string, number | undefined>,
  mode: ImportMode,
): void {
  for (const name of numbers.keys()) {
    checkName(name);
    const count = catalog.table(name)?.count.get() ?? 0;
    if (mode === 'new' && count > 0) {
      throw refused(`table ${name} has documents already (${count}). Choose to replace them, or to append`);
    }
  }
  // Those that make room first: two tables may exchange their numbers.
  for (const [name, number] of numbers) {
    const table = catalog.table(name);
    if (!table) continue;
    const isOther = number !== undefined && table.number !== number;
    if (mode === 'append' && isOther && (table.count.get() ?? 0) > 0) {
      throw refused(`table ${name} has other ids here (number ${table.number}, in the snapshot ${number})`);
    }
    if (mode !== 'append' || isOther) catalog.drop(name);
  }
  for (const [name, number] of numbers) {
    const taken = number === undefined ? undefined : catalog.byNumber(number);
    if (taken && taken.name !== name) {
      // An empty table that has no ids yet gets another number.
      if ((taken.count.get() ?? 0) > 0) throw refused(`its table ${name} has the ids of table ${taken.name} here`);
      catalog.drop(taken.name);
      catalog.create(name, number);
      catalog.create(taken.name);
    } else catalog.create(name, number);
  }
}

function checkName(name: string): void {
  try {
    checkTableName(name, CONVEX_LIMITS);
  } catch (error) {
    throw refused(messageOf(error));
  }
}
