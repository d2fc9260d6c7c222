/**
 * The functions of convex/, executed by convex-test: looked up by path, public ones only, their limits checked, and every
 * write told.
 */
import { AsyncResource } from 'node:async_hooks';
import { readdirSync } from 'node:fs';
import {
  type GenericDatabaseWriter,
  type GenericDataModel,
  makeFunctionReference,
  type SchemaDefinition,
  type StorageWriter,
} from 'convex/server';
import { ConvexError, convexToJson, type JSONValue, jsonToConvex, type Value } from 'convex/values';
import { convexTest } from 'convex-test';
import { openJournal, type RunInDatabase } from './journal.ts';
import { checkArguments, limitedDatabase } from './limits.ts';
import type { StoredFile } from './stored-file.ts';

export type FunctionKind = 'query' | 'mutation' | 'action';
export type Outcome = { ok: true; value: JSONValue } | { ok: false; message: string; data?: JSONValue };

/** The part of the room for files that is made free at once. */
const SPARE = 1 / 20;

export interface Functions {
  /** A public function. `any`: whichever kind it is. */
  call(kind: FunctionKind | 'any', path: string, args: JSONValue): Promise<Outcome>;
  /** Any mutation, as a cron does. */
  callInternal(path: string, args: JSONValue): Promise<void>;
  /** Where a file may be received before it is stored. */
  uploadPath(): string;
  /** Where there are too many bytes of files, recordings go (convex/retention.ts, makeRoom). */
  storeFile(file: StoredFile): Promise<string>;
  readFile(id: string): Promise<StoredFile | undefined>;
  crons: unknown;
  /** Documents that were restored. */
  restored: number;
}

export interface FunctionsOptions {
  /** Folder of the modules. */
  source: URL;
  /** Where the journal is kept. */
  folder: string;
  /** Of all files. */
  maxFileBytes: number;
  /** Where files are fetched and uploaded. */
  fileUrl: (id: string) => string;
  uploadUrl: () => string;
  /** After something was written. */
  onWrite: () => void;
}

/** What convex/server makes of `query({…})`. */
interface RegisteredFunction {
  isQuery?: boolean;
  isMutation?: boolean;
  isAction?: boolean;
  isPublic?: boolean;
  _handler(ctx: HandlerContext, args: unknown): Promise<unknown>;
}
interface HandlerContext {
  db?: GenericDatabaseWriter<GenericDataModel>;
  storage?: Partial<StorageWriter>;
}
type Execute = (fn: unknown, args: Value) => Promise<unknown>;
type Module = Record<string, unknown>;

export async function loadFunctions(options: FunctionsOptions): Promise<Functions> {
  const { source, folder, maxFileBytes, fileUrl, uploadUrl, onWrite } = options;
  // convex-test keeps its transaction in AsyncLocalStorage: what follows a write must not inherit it.
  const root = new AsyncResource('embedded-cloud');
  const known = new Map<string, { kind: FunctionKind; isPublic: boolean }>();
  const files = readdirSync(source, { recursive: true, encoding: 'utf8' }).filter(isModule);
  const loaded = new Map<string, Module>();
  for (const file of files) loaded.set(file, await import(new URL(file, source).href));
  const modules = Object.fromEntries(files.map((file) => [`./${file}`, async () => loaded.get(file)]));
  const moduleNamed = (name: string) => [...loaded].find(([file]) => file.replace(/\.[jt]s$/, '') === name)?.[1];

  const t = convexTest({
    schema: moduleNamed('schema')?.default as SchemaDefinition<never, true>,
    modules,
    transactionLimits: true,
  });
  const run: RunInDatabase = async (work) => {
    await t.run(async (ctx) => {
      await work(ctx as unknown as Parameters<typeof work>[0]);
    });
  };
  const journal = openJournal(folder, run);
  const restored = await journal.restore();

  for (const [file, module] of loaded) {
    for (const [name, value] of Object.entries(module)) {
      if (isFunction(value)) prepare(`${file.replace(/\.[jt]s$/, '')}:${name}`, value);
    }
  }

  function prepare(path: string, fn: RegisteredFunction): void {
    const kind = fn.isQuery ? 'query' : fn.isMutation ? 'mutation' : 'action';
    known.set(path, { kind, isPublic: fn.isPublic === true });
    const handler = fn._handler;
    fn._handler = async (ctx, args) => {
      const { db, storage } = ctx;
      const limited = kind === 'mutation' && db ? { db: limitedDatabase(db, journal.touched) } : {};
      try {
        return await handler({ ...ctx, ...(storage && { storage: realStorage(storage) }), ...limited }, args);
      } finally {
        if (kind !== 'query') root.runInAsyncScope(() => setImmediate(onWrite));
      }
    };
  }

  /** convex-test's addresses lead nowhere. */
  function realStorage(storage: Partial<StorageWriter>): Partial<StorageWriter> {
    const { getUrl, delete: remove, generateUploadUrl } = storage;
    return {
      ...storage,
      ...(getUrl && {
        getUrl: async (id: string) => ((await getUrl.call(storage, id)) === null ? null : fileUrl(id)),
      }),
      ...(generateUploadUrl && { generateUploadUrl: async () => uploadUrl() }),
      ...(remove && {
        delete: async (id: string) => {
          journal.touched(id);
          await remove.call(storage, id);
        },
      }),
    };
  }

  async function execute(kind: FunctionKind, path: string, args: Value): Promise<Value> {
    checkArguments(args);
    const call = t[kind] as Execute;
    const value = await call(makeFunctionReference<typeof kind>(path), args);
    if (kind !== 'query') await journal.flush();
    return (value ?? null) as Value;
  }

  return {
    async call(kind, rawPath, args) {
      const path = canonical(rawPath);
      const found = known.get(path);
      try {
        if (!found?.isPublic || (kind !== 'any' && kind !== found.kind)) {
          throw new Error(`Could not find public function for '${path}'. Did you forget to run \`npx convex deploy\`?`);
        }
        return { ok: true, value: convexToJson(await execute(found.kind, path, jsonToConvex(args))) };
      } catch (error) {
        return failure(error);
      }
    },
    async callInternal(path, args) {
      await execute('mutation', canonical(path), jsonToConvex(args));
    },
    uploadPath: journal.uploadPath,
    async storeFile(file) {
      const id = await t.run((ctx) => ctx.storage.store(file));
      journal.touched(id);
      await journal.flush();
      const tooMany = journal.fileBytes() - maxFileBytes;
      // A little more than is needed, so that not every file has to look for room.
      if (tooMany > 0) await execute('mutation', 'retention:makeRoom', { bytes: tooMany + maxFileBytes * SPARE });
      return id;
    },
    async readFile(id) {
      let file: StoredFile | undefined;
      // A transaction returns Convex values alone, and a Blob is none: it leaves by closure.
      await t.run(async (ctx) => {
        file = ((await ctx.storage.get(id as never)) as StoredFile | null) ?? undefined;
      });
      return file;
    },
    crons: moduleNamed('crons')?.default,
    restored,
  };
}

function failure(error: unknown): Outcome {
  const message = error instanceof Error ? error.message : String(error);
  if (!(error instanceof ConvexError)) return { ok: false, message };
  return { ok: false, message, data: convexToJson(error.data) };
}

function isModule(file: string): boolean {
  return /\.[jt]s$/.test(file) && !file.endsWith('.d.ts');
}

function isFunction(value: unknown): value is RegisteredFunction {
  return typeof value === 'function' && '_handler' in value;
}

/** `turns.js:list`, `turns:list` and `turns` (its default) are how clients name functions. */
function canonical(path: string): string {
  const plain = path.replace(/\.js(?=:|$)/, '');
  return plain.includes(':') ? plain : `${plain}:default`;
}
