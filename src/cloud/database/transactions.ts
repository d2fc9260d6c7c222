/**
 * Who may use the database when. Functions await within their transactions, and there is one connection: reads run beside each other, a
 * batch of writes has the database alone. Whoever waits has its turn after the other kind: neither readers nor writers starve.
 *
 * The writes of a batch run one after another, each in a savepoint of its own, and are committed together with one fsync.
 */
import { AsyncResource } from 'node:async_hooks';
import { EarshotError, errorFields } from '../../core/errors.ts';
import type { Log } from '../../core/log/log.ts';
import type { Clock } from '../../core/time/clock.ts';
import type { Commit, Reader, Writer, WrittenKey } from './database.ts';
import { TransactionReader } from './reader.ts';
import { endsTransaction, sqliteError } from './sqlite.ts';
import { withTimeLimit } from './time-limit.ts';
import type { Timestamps } from './timestamps.ts';
import { type Store, Transaction } from './transaction.ts';
import { TransactionWriter } from './writer.ts';

export interface TransactionsOptions {
  store: Store;
  timestamps: Timestamps;
  /** Of the database's file, for errors. */
  path: string;
  clock: Clock;
  log: Log;
  /** A function that does not end by then is rolled back, and those that wait go on. */
  limitMs: number;
  /** Writes that are committed together at most. */
  batchSize: number;
  onCommit(commit: Commit): void;
}

interface WaitingWrite {
  run(writer: Writer): Promise<unknown>;
  resolve(value: unknown): void;
  reject(error: unknown): void;
}

type Outcome = { write: WaitingWrite; acts: (() => void)[] } & ({ value: unknown } | { error: unknown });

export interface Transactions {
  read<T>(work: (reader: Reader) => Promise<T>): Promise<T>;
  write<T>(work: (writer: Writer) => Promise<T>): Promise<T>;
  /** What comes from now on, or waits, is rejected. */
  close(): void;
}

export function createTransactions(options: TransactionsOptions): Transactions {
  const { store, timestamps, path, clock, log, limitMs, batchSize, onCommit } = options;
  const { sql, catalog } = store;
  const waitingReads: (() => void)[] = [];
  const waitingWrites: WaitingWrite[] = [];
  let readCount = 0;
  let isWriting = false;
  let isClosed = false;
  let lastCommit = timestamps.next();

  /** A transaction ends with its function, and when its time is up. */
  async function limited<T>(transaction: Transaction, work: () => Promise<T>): Promise<T> {
    const onTimeout = () => {
      const error = new Error(`Function execution timed out (maximum duration: ${limitMs / 1_000}s)`);
      transaction.end(error);
      return error;
    };
    try {
      return await withTimeLimit(work, { clock, limitMs, onTimeout });
    } finally {
      transaction.end();
    }
  }

  async function read<T>(work: (reader: Reader) => Promise<T>): Promise<T> {
    if (isWriting || waitingWrites.length > 0) await new Promise<void>((start) => waitingReads.push(start));
    else readCount++;
    try {
      if (isClosed) throw closed();
      const transaction = new Transaction(store, lastCommit);
      return await limited(transaction, () => work(new TransactionReader(transaction)));
    } catch (error) {
      throw sqliteError(path, error);
    } finally {
      readCount--;
      void writeNext();
    }
  }

  function write<T>(work: (writer: Writer) => Promise<T>): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      // It runs in the asynchronous context of who asked for it, not of who happens to start the batch.
      const run = AsyncResource.bind(work);
      waitingWrites.push({ run, resolve: resolve as (value: unknown) => void, reject });
      void writeNext();
    });
  }

  async function writeNext(): Promise<void> {
    if (isWriting || readCount > 0 || waitingWrites.length === 0) return;
    isWriting = true;
    const batch = waitingWrites.splice(0, batchSize);
    try {
      if (isClosed) throw closed();
      settle(await runBatch(batch));
    } catch (cause) {
      const error = sqliteError(path, cause);
      for (const { reject } of batch) reject(error);
    }
    isWriting = false;
    const reads = waitingReads.splice(0);
    readCount += reads.length;
    for (const start of reads) start();
    // Sockets and timers have their turn between two batches.
    if (reads.length === 0) setImmediate(() => void writeNext());
  }

  /** @throws what makes the whole batch fail; then nothing of it is in the database */
  async function runBatch(batch: readonly WaitingWrite[]): Promise<Outcome[]> {
    const outcomes: Outcome[] = [];
    const written: WrittenKey[] = [];
    sql.exec('BEGIN IMMEDIATE');
    try {
      for (const waiting of batch) outcomes.push(await runOne(waiting, written));
      if (written.length > 0) timestamps.inCommit();
      sql.exec('COMMIT');
      catalog.committed();
    } catch (error) {
      if (sql.inTransaction) sql.exec('ROLLBACK');
      catalog.reload();
      throw error;
    }
    if (written.length > 0) {
      lastCommit = timestamps.next();
      onCommit({ written, timestamp: lastCommit });
    }
    return outcomes;
  }

  /** @throws what ends the whole batch */
  async function runOne(waiting: WaitingWrite, written: WrittenKey[]): Promise<Outcome> {
    const transaction = new Transaction(store, lastCommit);
    const { acts } = transaction;
    sql.exec('SAVEPOINT one');
    try {
      const value = await limited(transaction, () => waiting.run(new TransactionWriter(transaction)));
      if (transaction.fault) throw transaction.fault;
      sql.exec('RELEASE one');
      for (const key of transaction.written) written.push(key);
      return { write: waiting, acts, value };
    } catch (error) {
      if (endsTransaction(transaction.fault ?? error) || !sql.inTransaction) throw transaction.fault ?? error;
      sql.exec('ROLLBACK TO one; RELEASE one');
      catalog.reload();
      return { write: waiting, acts: [], error: transaction.fault ?? error };
    }
  }

  function settle(outcomes: readonly Outcome[]): void {
    for (const outcome of outcomes) {
      for (const act of outcome.acts) {
        try {
          act();
        } catch (error) {
          log.error('What follows a commit failed', errorFields(error));
        }
      }
      if ('error' in outcome) outcome.write.reject(outcome.error);
      else outcome.write.resolve(outcome.value);
    }
  }

  return {
    read,
    write,
    close() {
      isClosed = true;
    },
  };
}

function closed(): EarshotError {
  return new EarshotError('cloud_unavailable', 'The database of the cloud is closed', 'Start the cloud again.');
}
