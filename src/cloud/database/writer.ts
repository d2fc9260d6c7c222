/** Writes documents within a transaction, and their keys in all indexes with them. */
import { randomBytes } from 'node:crypto';
import { jsonToConvex, type Value } from 'convex/values';
import { tableOfId } from './catalog.ts';
import type { Writer } from './database.ts';
import { describeValue } from './describe-value.ts';
import { checkDocument, checkTableName } from './document-check.ts';
import { encodeId, INTERNAL_ID_BYTES } from './document-id.ts';
import type { Document } from './field-path.ts';
import { idKey } from './index-key.ts';
import { documentText, insertDocument, type RowPlace, writeKeys } from './index-writes.ts';
import { TransactionReader } from './reader.ts';
import type { Table } from './table.ts';

type Fields = Record<string, Value | undefined>;

/** A document where it is stored. */
interface Stored extends RowPlace {
  text: string;
  document: Document;
}

export class TransactionWriter extends TransactionReader implements Writer {
  /** The end of the nested one that was called last. */
  #nested: Promise<unknown> = Promise.resolve();
  #nestedCount = 0;

  insert(tableName: string, fields: Fields): string {
    this.#check();
    const { catalog, limits } = this.transaction.store;
    checkTableName(tableName, limits);
    return this.transaction.change(() => {
      const table = catalog.create(tableName);
      const internal = randomBytes(INTERNAL_ID_BYTES);
      const key = idKey(internal);
      const id = encodeId(table.number, internal);
      const { document, bytes } = this.#document(table, id, this.transaction.store.nextCreationTime(), fields);
      this.transaction.countWrite(bytes);
      insertDocument(table, key, document, this.transaction.written);
      return id;
    });
  }

  patch(id: string, fields: Fields, tableName?: string): void {
    const stored = this.#find('db.patch', 'Update', id, tableName);
    this.#put(stored, { ...stored.document, ...fields });
  }

  replace(id: string, fields: Fields, tableName?: string): void {
    this.#put(this.#find('db.replace', 'Replace', id, tableName), fields);
  }

  remove(id: string, tableName?: string): void {
    const stored = this.#find('db.delete', 'Delete', id, tableName);
    this.transaction.change(() => {
      this.transaction.countWrite(0);
      stored.table.remove.run(stored.row);
      writeKeys(stored, stored.document, undefined, this.transaction.written);
    });
  }

  async nested<T>(work: (writer: Writer) => Promise<T>): Promise<T> {
    this.transaction.check();
    const before = this.#nested;
    const result = before.then(() => this.#runNested(work));
    // Its failure is its caller's.
    this.#nested = result.catch(() => {});
    return await result;
  }

  afterCommit(act: () => void): void {
    this.#check();
    this.transaction.acts.push(act);
  }

  async #runNested<T>(work: (writer: Writer) => Promise<T>): Promise<T> {
    const { transaction } = this;
    const { sql, catalog } = transaction.store;
    const written = transaction.written.length;
    const acts = transaction.acts.length;
    transaction.change(() => sql.exec('SAVEPOINT nested'));
    this.#nestedCount++;
    try {
      const value = await work(new TransactionWriter(transaction));
      transaction.change(() => sql.exec('RELEASE nested'));
      return value;
    } catch (error) {
      // After the end of the whole transaction there is nothing to undo.
      transaction.check();
      transaction.change(() => sql.exec('ROLLBACK TO nested; RELEASE nested'));
      catalog.reload();
      transaction.writes++;
      transaction.written.length = written;
      transaction.acts.length = acts;
      throw error;
    } finally {
      this.#nestedCount--;
    }
  }

  #check(): void {
    this.transaction.check();
    if (this.#nestedCount > 0) throw new Error('A nested transaction is running: await it before the next write.');
  }

  /** @throws Error in Convex's words: not an id, of another table, or there is no such document */
  #find(method: string, verb: string, id: string, tableName?: string): Stored {
    this.#check();
    const { key, table } = this.locate(method, id, tableName);
    const found = table?.get.get(key);
    if (!table || !found) throw new Error(`${verb} on nonexistent document ID ${id}`);
    this.transaction.reads.count(found.text.length);
    return { table, key, ...found, document: jsonToConvex(JSON.parse(found.text)) as Document };
  }

  #put(stored: Stored, fields: Fields): void {
    const { table, document: before } = stored;
    const id = before._id as string;
    const { document: after, bytes } = this.#document(table, id, before._creationTime as number, fields);
    const text = documentText(after);
    // Convex writes nothing either where nothing changes, so that nobody who watches is told.
    if (text === stored.text) return;
    this.transaction.change(() => {
      this.transaction.countWrite(bytes);
      table.update.run(text, stored.row);
      writeKeys(stored, before, after, this.transaction.written);
    });
  }

  /** The fields as a document that may be stored. @throws Error in Convex's words */
  #document(table: Table, id: string, creationTime: number, fields: Fields): { document: Document; bytes: number } {
    const { _id: givenId = id, _creationTime: givenTime = creationTime, ...rest } = fields;
    if (givenId !== id) {
      throw new Error(`Provided document ID "${id}" doesn't match '_id' field ${describeValue(givenId)}`);
    }
    if (givenTime !== creationTime) {
      throw new Error(
        `Provided creation time ${creationTime} doesn't match '_creationTime' field in ${describeValue(fields as Value)}`,
      );
    }
    const document: Document = { ...rest, _id: id, _creationTime: creationTime };
    const { catalog, limits } = this.transaction.store;
    const bytes = checkDocument(document, limits);
    const wrong = table.validator?.check(rest as Value, (other) => tableOfId(catalog, other));
    if (wrong !== undefined) {
      throw new Error(
        `Failed to insert or update a document in table "${table.name}" because it does not match the schema: ${wrong}`,
      );
    }
    return { document, bytes };
  }
}
