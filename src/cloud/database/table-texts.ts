/** All documents of a table, some at a time, without the limits of a transaction: for what the system does itself. */
import { afterKey } from './index-key.ts';
import { EVERYTHING } from './index-range.ts';
import type { Table } from './table.ts';

const BATCH_ROWS = 128;

export function* textBatches(table: Table): Generator<string[]> {
  let low: Uint8Array = EVERYTHING.low;
  for (let count = BATCH_ROWS; count === BATCH_ROWS; ) {
    const rows = table.byId.ascending.all(low, EVERYTHING.high, BATCH_ROWS);
    count = rows.length;
    const last = rows.at(-1);
    if (last) low = afterKey(last[0]);
    if (count > 0) yield rows.map(([, , text]) => text);
  }
}
