/** All system calls, by name. */
import type { Database } from '../database/database.ts';
import { documentCalls, documentsNow } from './document-calls.ts';
import type { SystemCallTable } from './execution.ts';
import type { FileStore } from './file-store.ts';
import { type Calls, callCalls } from './function-calls.ts';
import { metadataCalls, metadataNow, metadataValues } from './metadata-calls.ts';
import type { PreparedFunction } from './prepared-function.ts';
import { queries, queriesNow } from './query-calls.ts';
import { schedulingCalls } from './schedule-calls.ts';
import { storageCalls, storageValues } from './storage-calls.ts';

export interface SystemCallOptions {
  database: Database;
  files: FileStore;
  functions: ReadonlyMap<string, PreparedFunction>;
  calls: Calls;
  /** A function was scheduled, and that is on the disk. */
  onScheduled(): void;
}

export function systemCallTable({
  database,
  files,
  functions,
  calls,
  onScheduled,
}: SystemCallOptions): SystemCallTable {
  return {
    waiting: new Map(
      Object.entries({
        ...documentCalls((id) => database.tableOf(id)),
        ...queries,
        ...callCalls(calls),
        ...schedulingCalls({ database, functions, onScheduled }),
        ...storageCalls(database, files),
        ...metadataCalls(functions),
      }),
    ),
    now: new Map(Object.entries({ ...documentsNow, ...queriesNow, ...metadataNow(database) })),
    values: new Map(Object.entries({ ...storageValues(database, files), ...metadataValues })),
  };
}
