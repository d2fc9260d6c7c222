/** The function runtime over a database in a temporary folder, with the functions of a folder, on a clock of the test. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import type { JSONValue } from 'convex/values';
import { openDatabase } from '../../src/cloud/database/open-database.ts';
import { loadModules } from '../../src/cloud/runtime/modules.ts';
import { openRuntime } from '../../src/cloud/runtime/open-runtime.ts';
import type { Caller, Outcome, Runtime } from '../../src/cloud/runtime/runtime.ts';
import { RUNTIME_TABLES } from '../../src/cloud/runtime/system-tables.ts';
import { openDiskFiles } from '../../src/cloud/server/disk-files.ts';
import type { Log } from '../../src/core/log/log.ts';
import { silentLog } from '../../src/core/log/log.ts';
import type { Clock } from '../../src/core/time/clock.ts';

export const NOBODY: Caller = { identity: null };
export const ADMIN: Caller = { identity: null, isAdmin: true };
const FUNCTIONS = new URL('functions/', import.meta.url);

export interface OpenRuntime {
  runtime: Runtime;
  /** The result of a function of this kind. @throws Error with its message */
  query(path: string, args?: JSONValue, caller?: Caller): Promise<JSONValue>;
  mutation(path: string, args?: JSONValue, caller?: Caller): Promise<JSONValue>;
  action(path: string, args?: JSONValue, caller?: Caller): Promise<JSONValue>;
  close(): void;
}

export function temporaryFolder(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'earshot-test-runtime-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

export interface Setup {
  clock: Clock;
  /** Of the functions. */
  source?: URL;
  log?: Log;
}

export async function openRuntimeIn(folder: string, { clock, source = FUNCTIONS, log = silentLog }: Setup) {
  const modules = await loadModules(source);
  const database = await openDatabase({
    folder,
    schema: modules.schema as never,
    systemTables: RUNTIME_TABLES,
    clock,
    isDurable: false,
  });
  const files = openDiskFiles({
    folder: join(folder, 'files'),
    database,
    log,
    urlOf: (id) => `http://127.0.0.1:1/${id}`,
    uploadUrl: () => 'http://127.0.0.1:1/upload',
  });
  const runtime = openRuntime({ database, files, modules, clock, log });
  return {
    runtime,
    database,
    close() {
      runtime.close();
      database.close();
    },
  };
}

export async function openFunctions(
  t: TestContext,
  { folder = temporaryFolder(t), ...setup }: Setup & { folder?: string },
): Promise<OpenRuntime> {
  const { runtime, close } = await openRuntimeIn(folder, setup);
  t.after(close);
  return {
    runtime,
    query: async (path, args = {}, caller = NOBODY) => resultOf((await runtime.query(path, args, caller)).outcome),
    mutation: async (path, args = {}, caller = NOBODY) => resultOf(await runtime.mutation(path, args, caller)),
    action: async (path, args = {}, caller = NOBODY) => resultOf(await runtime.action(path, args, caller)),
    close,
  };
}

function resultOf(outcome: Outcome): JSONValue {
  if (!outcome.ok) throw Object.assign(new Error(outcome.message), { data: outcome.data });
  return JSON.parse(outcome.text);
}
