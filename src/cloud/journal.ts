/**
 * What lets the stand-in survive its own crash, as a real deployment does: every document that a transaction touched is
 * appended to a file before the caller hears of it. For one stand-in in one folder, for as long as its gateway lives.
 *
 * convex-test numbers its documents, so they are put back in their order, and the numbers of those that are gone are used up.
 */
import { randomUUID } from 'node:crypto';
import { appendFileSync, existsSync, readdirSync, readFileSync, renameSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { GenericDataModel, GenericMutationCtx, StorageActionWriter } from 'convex/server';
import { convexToJson, jsonToConvex, type Value } from 'convex/values';
import { openPrivateFolder, PRIVATE_FILE } from '../core/files/private-files.ts';
import { StoredFile } from './stored-file.ts';

/** In a transaction with everything that an action's storage can do. */
export type RunInDatabase = (
  work: (ctx: GenericMutationCtx<GenericDataModel> & { storage: StorageActionWriter }) => Promise<void>,
) => Promise<void>;

interface Line {
  id: string;
  /** The document as Convex writes JSON; null: deleted. */
  document: string | null;
}

const FILES = '_storage';
/** Names of files that are still being received. */
const UPLOAD = 'upload-';

export interface Journal {
  touched(id: string): void;
  /** Resolves when everything that was committed until now is written. */
  flush(): Promise<void>;
  restore(): Promise<number>;
  /** Where a file may be received. */
  uploadPath(): string;
  /** Bytes of all files. */
  fileBytes(): number;
}

export function openJournal(folder: string, run: RunInDatabase): Journal {
  const path = join(folder, 'documents.jsonl');
  const touched = new Set<string>();
  const sizes = new Map<string, number>();
  const files = join(folder, FILES);
  openPrivateFolder(files);
  // Of a process that has died meanwhile.
  for (const name of readdirSync(files)) if (name.startsWith(UPLOAD)) rmSync(join(files, name));

  /** A file gets the name of its document, and goes with it. */
  function follow(id: string, file: unknown): void {
    const place = join(files, id);
    if (!(file instanceof StoredFile)) {
      rmSync(place, { force: true });
      sizes.delete(id);
      return;
    }
    if (file.path !== place) renameSync(file.path, place);
    file.path = place;
    sizes.set(id, file.size);
  }

  return {
    touched: (id) => void touched.add(id),
    async flush() {
      if (touched.size === 0) return;
      await run(async (ctx) => {
        // Transactions run one at a time: what was touched by now belongs to those that are over.
        const ids = [...touched];
        touched.clear();
        for (const id of ids) {
          const isFile = tableOf(id) === FILES;
          const document = isFile ? await ctx.db.system.get(id as never) : await ctx.db.get(id as never);
          if (isFile) follow(id, document && (await ctx.storage.get(id as never)));
          const line: Line = { id, document: document && JSON.stringify(convexToJson(document)) };
          appendFileSync(path, `${JSON.stringify(line)}\n`, PRIVATE_FILE);
        }
      });
    },
    async restore() {
      const documents = existsSync(path) ? lastStates(readFileSync(path, 'utf8')) : [];
      const realNow = Date.now;
      try {
        await run(async (ctx) => {
          let next = await useUp(ctx.db);
          for (const { id, document } of documents) {
            const { _id, _creationTime, ...fields } = document;
            while (next < numberOf(id)) next = await useUp(ctx.db);
            Date.now = () => Number(_creationTime);
            if (tableOf(id) === FILES) {
              const { size } = statSync(join(files, id));
              await ctx.storage.store(new StoredFile(join(files, id), size, 'audio/ogg'));
              sizes.set(id, size);
            } else await ctx.db.insert(tableOf(id), fields as never);
            Date.now = realNow;
            next = numberOf(id) + 1;
          }
        });
      } finally {
        Date.now = realNow;
      }
      return documents.length;
    },
    uploadPath: () => join(files, `${UPLOAD}${randomUUID()}`),
    fileBytes: () => [...sizes.values()].reduce((sum, bytes) => sum + bytes, 0),
  };
}

/** The last line of each document that still exists, in order of number. A last line that was cut off is left out. */
function lastStates(text: string): { id: string; document: Record<string, Value> }[] {
  const states = new Map<string, string | null>();
  for (const line of text.split('\n').slice(0, -1)) {
    const { id, document }: Line = JSON.parse(line);
    states.set(id, document);
  }
  return [...states]
    .filter((entry): entry is [string, string] => entry[1] !== null)
    .map(([id, document]) => ({ id, document: jsonToConvex(JSON.parse(document)) as Record<string, Value> }))
    .sort((a, b) => numberOf(a.id) - numberOf(b.id));
}

/** Uses up one number, and says which is next. */
async function useUp(db: GenericMutationCtx<GenericDataModel>['db']): Promise<number> {
  const id = await db.insert('unusedNumbers', {} as never);
  await db.delete(id);
  return numberOf(id) + 1;
}

/** An id of convex-test is a number, with leading zeros, and the name of the table. */
function numberOf(id: string): number {
  return Number.parseInt(id, 10);
}

function tableOf(id: string): string {
  return id.replace(/^\d+/, '');
}
