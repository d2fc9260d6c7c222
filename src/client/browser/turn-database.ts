/**
 * Turns in IndexedDB: they survive a reload of the page, and an end of the browser. The database has the same files as the disk of a device, each
 * in pieces: a row for each write.
 */
import { EarshotError, messageOf } from '../../core/errors.ts';
import type { Disk } from '../../core/files/disk.ts';
import type { TurnStorage } from '../client.ts';
import { platformClock } from '../platform.ts';
import { createGatheredWrites } from './gathered-writes.ts';

const VERSION = 1;
/** Names of all files. */
const FILES = 'files';
/** Bytes, by the name of their file and their place in it. */
const PIECES = 'pieces';

export interface TurnDatabase extends TurnStorage {
  /** After the client's. What was written is kept. */
  close(): Promise<void>;
}

/**
 * @param name of the device. One page at a time has its turns.
 * @throws EarshotError (by rejection) `state_in_use` while another tab has it, `store_failed` where the browser stores nothing
 */
export async function openTurnDatabase(name: string): Promise<TurnDatabase> {
  const title = `earshot turns of ${name}`;
  const release = await lock(title);
  try {
    const database = await open(title);
    // For another version of this page, which may have to change it.
    database.onversionchange = () => database.close();
    const { disk, commit } = diskOf(database);
    addEventListener('pagehide', commit);
    return {
      disk,
      folder: 'turns',
      async close() {
        removeEventListener('pagehide', commit);
        commit();
        // After all transactions that have begun.
        database.close();
        release();
      },
    };
  } catch (cause) {
    release();
    throw storageError(cause);
  }
}

/** Two pages that deliver the same turns would take them from each other. @returns a function that gives it back */
async function lock(title: string): Promise<() => void> {
  // Only where the page is a secure context.
  const { locks } = navigator as { locks?: LockManager };
  if (!locks) return () => {};
  let release = () => {};
  const held = new Promise<void>((resolve) => {
    release = resolve;
  });
  const isFree = await new Promise<boolean>((resolve, reject) => {
    locks
      .request(title, { ifAvailable: true }, (granted) => {
        resolve(granted !== null);
        return granted ? held : undefined;
      })
      .catch(reject);
  });
  if (isFree) return release;
  throw new EarshotError('state_in_use', 'Earshot is open in another tab', 'Use that one, or close it.');
}

function open(title: string): Promise<IDBDatabase> {
  const opening = indexedDB.open(title, VERSION);
  opening.onupgradeneeded = () => {
    opening.result.createObjectStore(FILES);
    opening.result.createObjectStore(PIECES);
  };
  return answerOf(opening);
}

/** `commit` begins to store what was written and waits for more. */
function diskOf(database: IDBDatabase): { disk: Disk; commit: () => void } {
  const paths = new Map<number, string>();
  let lastFd = 0;

  /** Done when all of the work is committed. */
  async function change(
    work: (files: IDBObjectStore, pieces: IDBObjectStore, transaction: IDBTransaction) => void,
    durability: IDBTransactionDurability = 'relaxed',
  ): Promise<void> {
    try {
      const transaction = database.transaction([FILES, PIECES], 'readwrite', { durability });
      const committed = new Promise<void>((resolve, reject) => {
        transaction.oncomplete = () => resolve();
        transaction.onabort = () => reject(transaction.error);
      });
      work(transaction.objectStore(FILES), transaction.objectStore(PIECES), transaction);
      await committed;
    } catch (cause) {
      throw storageError(cause);
    }
  }

  /** Transactions run in the order in which they begin: it sees what was written before. */
  async function look<T>(store: string, ask: (store: IDBObjectStore) => IDBRequest<T>): Promise<T> {
    void writes.commit();
    try {
      return await answerOf(ask(database.transaction(store).objectStore(store)));
    } catch (cause) {
      throw storageError(cause);
    }
  }

  const pathOf = (fd: number) => paths.get(fd) ?? '';
  const writes = createGatheredWrites(
    (gathered) =>
      change((_, pieces, transaction) => {
        for (const { path, at, bytes } of gathered) pieces.put(bytes, [path, at]);
        // A page that ends would abort it otherwise.
        transaction.commit();
      }),
    platformClock,
  );

  async function sync(fd: number): Promise<void> {
    const path = pathOf(fd);
    await writes.commit();
    writes.check(path);
    await change((files) => files.put(true, path), 'strict');
  }

  const disk: Disk = {
    openFolder() {},
    async open(path, flags) {
      void writes.commit();
      if (flags !== 'r') {
        await change((files, pieces) => {
          // A second file of this name aborts the transaction.
          if (flags === 'wx') files.add(true, path);
          else files.put(true, path);
          pieces.delete(piecesOf(path));
        });
      }
      lastFd += 1;
      paths.set(lastFd, path);
      return lastFd;
    },
    write: (fd, bytes, at) => writes.add(pathOf(fd), bytes, at),
    // The page may be about to end: there is nobody left to tell of a failure, and the rest of the turn is stored already.
    writeNow: (fd, bytes, at) => writes.addNow(pathOf(fd), bytes, at),
    sync,
    beginSync: sync,
    close(fd) {
      writes.forget(pathOf(fd));
      paths.delete(fd);
    },
    async list(folder) {
      const names = await look(FILES, (files) => files.getAllKeys(IDBKeyRange.bound(`${folder}/`, `${folder}0`)));
      return names.map((path) => String(path).slice(folder.length + 1)).filter((name) => !name.includes('/'));
    },
    read: async (path) =>
      concatenated(await look(PIECES, (pieces) => pieces.getAll(piecesOf(path)) as IDBRequest<Uint8Array[]>)),
    remove(path) {
      void writes.commit();
      return change((files, pieces) => {
        files.delete(path);
        pieces.delete(piecesOf(path));
      });
    },
    rename(from, to) {
      void writes.commit();
      return change((files, pieces) => {
        files.delete(from);
        files.put(true, to);
        const cursors = pieces.openCursor(piecesOf(from));
        cursors.onsuccess = () => {
          const cursor = cursors.result;
          if (!cursor) return;
          pieces.put(cursor.value, [to, (cursor.key as [string, number])[1]]);
          cursor.delete();
          cursor.continue();
        };
      });
    },
  };
  return { disk, commit: () => void writes.commit() };
}

/** The keys of all pieces of a file, in their order. */
function piecesOf(path: string): IDBKeyRange {
  return IDBKeyRange.bound([path, 0], [path, Number.POSITIVE_INFINITY]);
}

function concatenated(pieces: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(pieces.reduce((length, piece) => length + piece.length, 0));
  let at = 0;
  for (const piece of pieces) {
    bytes.set(piece, at);
    at += piece.length;
  }
  return bytes;
}

function answerOf<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}

function storageError(cause: unknown): EarshotError {
  if (cause instanceof EarshotError) return cause;
  if (cause instanceof DOMException && cause.name === 'QuotaExceededError') {
    const hint = 'Free some space on this device, or let the browser store more.';
    return new EarshotError('store_full', 'The browser has no room to store what was said', hint, { cause });
  }
  const message = `The browser cannot store what was said: ${messageOf(cause)}`;
  return new EarshotError('store_failed', message, 'A private window may store nothing.', { cause });
}
