/**
 * The limits of Convex that convex-test does not check, so that nothing passes here and fails there.
 */
import type { GenericDatabaseWriter, GenericDataModel } from 'convex/server';
import { getConvexSize, getDocumentSize, type Value } from 'convex/values';

const MIB = 1_024 * 1_024;
export const MAX_DOCUMENT_BYTES = MIB;
export const MAX_ARGUMENT_BYTES = 16 * MIB;
/** A file, which needs an address that was given out for it. */
export const MAX_FILE_BYTES = 32 * MIB;
/** What may wait for a client with a key to read it: the answers to its queries, of which Convex allows 16 MiB each. */
export const MAX_ANSWER_BYTES = 32 * MIB;

type Database = GenericDatabaseWriter<GenericDataModel>;

export function checkArguments(args: Value): void {
  const bytes = getConvexSize(args);
  if (bytes > MAX_ARGUMENT_BYTES) {
    throw new Error(`Arguments are too large (${bytes} bytes > maximum size ${MAX_ARGUMENT_BYTES / MIB} MiB)`);
  }
}

/** A database writer that refuses documents that Convex would refuse, and says which it touched. */
export function limitedDatabase(db: Database, onTouched: (id: string) => void): Database {
  const check = async (id: string) => {
    onTouched(id);
    const document = await db.get(id as never);
    const bytes = document ? getDocumentSize(document) : 0;
    if (bytes > MAX_DOCUMENT_BYTES) {
      throw new Error(`Document is too large (${bytes} bytes > maximum size ${MAX_DOCUMENT_BYTES / MIB} MiB)`);
    }
  };
  return {
    ...db,
    system: db.system,
    async insert(...args: Parameters<Database['insert']>) {
      const id = await db.insert(...args);
      await check(id);
      return id;
    },
    async patch(...args: unknown[]) {
      await Reflect.apply(db.patch, db, args);
      await check(idOf(args));
    },
    async replace(...args: unknown[]) {
      await Reflect.apply(db.replace, db, args);
      await check(idOf(args));
    },
    async delete(...args: unknown[]) {
      await Reflect.apply(db.delete, db, args);
      onTouched(idOf(args));
    },
  } as Database;
}

/** Convex takes the table's name before the id, or leaves it out: (table, id, value) or (id, value). */
function idOf(args: readonly unknown[]): string {
  return String(typeof args[1] === 'string' ? args[1] : args[0]);
}
