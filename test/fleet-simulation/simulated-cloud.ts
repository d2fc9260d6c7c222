/**
 * The cloud in virtual time: the functions of convex/ in the embedded cloud's runtime, over its database in memory, with its subscriptions. What
 * is simulated is the way to it, its speed, and that it is away.
 */
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { JSONValue } from 'convex/values';
import type { Reader } from '../../src/cloud/database/database.ts';
import { openDatabase } from '../../src/cloud/database/open-database.ts';
import { createReadIndex } from '../../src/cloud/database/read-index.ts';
import { loadModules } from '../../src/cloud/runtime/modules.ts';
import { openRuntime } from '../../src/cloud/runtime/open-runtime.ts';
import type { Caller, MutationRequest, Outcome } from '../../src/cloud/runtime/runtime.ts';
import { RUNTIME_TABLES } from '../../src/cloud/runtime/system-tables.ts';
import { createSubscriptions, type QueryEntry, type Subscriber } from '../../src/cloud/server/subscriptions.ts';
import { silentLog } from '../../src/core/log/log.ts';
import type { Clock } from '../../src/core/time/clock.ts';
import { DEFAULT_TENANT, TOKEN_ISSUER } from '../../src/protocol/identity.ts';
import { type CallCounter, createCallCounter } from './calls.ts';
import { type MemoryCloudFiles, memoryCloudFiles } from './memory-cloud-files.ts';

const FUNCTIONS = new URL('../../convex/', import.meta.url);
const MEMORY = '/dev/shm';

/** As its token says. */
const GATEWAY: Caller = {
  identity: {
    tokenIdentifier: `${TOKEN_ISSUER}|gateway`,
    issuer: TOKEN_ISSUER,
    subject: 'gateway',
    role: 'gateway',
    tenant: DEFAULT_TENANT,
  },
};

export interface SimulatedCloudOptions {
  clock: Clock;
  /** How many calls it carries out in a second; those beyond it wait. */
  callsPerSecond: number;
}

export interface KnownDevice {
  name: string;
  tokenHash: string;
}

export interface SimulatedCloud {
  readonly files: MemoryCloudFiles;
  /** On whose behalf gateways call. */
  readonly gateway: Caller;
  readonly calls: CallCounter;
  /** The cloud runs. */
  readonly isUp: boolean;
  /** The longest time that a call has waited for its turn. */
  readonly longestWaitMs: number;
  /** When it learned that this turn was answered; ms since its start. */
  doneAtMs(turnId: string): number | undefined;
  query(path: string, args: JSONValue): Promise<Outcome>;
  mutation(path: string, args: JSONValue, request: MutationRequest): Promise<Outcome>;
  /** Stores a file. @returns its storage id, as JSON */
  upload(file: Uint8Array): Promise<Outcome>;
  subscribe(onCurrent: () => void): Subscriber;
  /** Called when the cloud stops, and when it is back. */
  onChange(listener: () => void): () => void;
  stop(): void;
  start(): void;
  /** Every call takes so much longer. */
  setDelay(ms: number): void;
  pair(devices: readonly KnownDevice[]): Promise<void>;
  /** All rows of a table, oldest first. */
  rows<Row>(table: string): Promise<Row[]>;
  close(): void;
}

interface TurnRecord {
  turn: string;
  outcome?: string;
}

/** Those of a call, or of a batch of calls. */
function turnRecords(path: string, args: JSONValue): TurnRecord[] {
  const given = args as { record?: TurnRecord; calls?: { name: string; args: JSONValue }[] };
  if (path === 'turns:record') return given.record ? [given.record] : [];
  return (given.calls ?? []).flatMap((call) => turnRecords(call.name, call.args));
}

export async function openSimulatedCloud({ clock, callsPerSecond }: SimulatedCloudOptions): Promise<SimulatedCloud> {
  const folder = mkdtempSync(join(existsSync(MEMORY) ? MEMORY : tmpdir(), 'earshot-fleet-'));
  const modules = await loadModules(FUNCTIONS);
  const database = await openDatabase({
    folder,
    schema: modules.schema as never,
    systemTables: RUNTIME_TABLES,
    clock,
    isDurable: false,
  });
  const files = memoryCloudFiles();
  const runtime = openRuntime({ database, files, modules, clock, log: silentLog });
  const subscriptions = createSubscriptions({
    runtime,
    readIndex: createReadIndex<QueryEntry>(),
    clock,
    maxSubscriptions: Number.POSITIVE_INFINITY,
    onError(error) {
      throw error;
    },
  });
  database.onCommit((commit) => subscriptions.commit(commit));
  const calls = createCallCounter(clock.now);
  const listeners = new Set<() => void>();
  const startedMs = clock.now();
  const doneAt = new Map<string, number>();
  let isUp = true;
  let stops = 0;
  let freeAtMs = 0;
  let delayMs = 0;
  let longestWaitMs = 0;

  /** One call after the other, each after those before it. */
  async function inTurn<T>(work: () => Promise<T>): Promise<T> {
    const nowMs = clock.now();
    const life = stops;
    freeAtMs = Math.max(nowMs, freeAtMs) + 1_000 / callsPerSecond;
    longestWaitMs = Math.max(longestWaitMs, freeAtMs - nowMs);
    await new Promise<void>((resolve) => clock.setTimeout(resolve, freeAtMs - nowMs + delayMs));
    // What had not begun when the cloud stopped never does.
    return life === stops ? await work() : await new Promise<never>(() => {});
  }

  function noteDone({ turn, outcome }: TurnRecord): void {
    if (outcome === 'done' && !doneAt.has(turn)) doneAt.set(turn, clock.now() - startedMs);
  }

  function tell(): void {
    for (const listener of [...listeners]) listener();
  }

  return {
    files,
    gateway: GATEWAY,
    calls,
    get isUp() {
      return isUp;
    },
    get longestWaitMs() {
      return longestWaitMs;
    },
    query(path, args) {
      calls.count(path);
      return inTurn(async () => (await runtime.query(path, args, GATEWAY)).outcome);
    },
    doneAtMs: (turnId) => doneAt.get(turnId),
    mutation(path, args, request) {
      calls.count(path);
      return inTurn(async () => {
        const outcome = await runtime.mutation(path, args, GATEWAY, request);
        if (outcome.ok) for (const record of turnRecords(path, args)) noteDone(record);
        return outcome;
      });
    },
    upload(file) {
      calls.count('upload');
      return inTurn(async () => {
        const id = await database.write(async (writer) => files.add(writer, files.keep(file)));
        return { ok: true, text: JSON.stringify(id) };
      });
    },
    subscribe(onCurrent) {
      const subscriber = subscriptions.open(onCurrent);
      subscriber.proven();
      return subscriber;
    },
    onChange(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    stop() {
      isUp = false;
      stops += 1;
      tell();
    },
    start() {
      isUp = true;
      freeAtMs = 0;
      tell();
    },
    setDelay(ms) {
      delayMs = ms;
    },
    async pair(devices) {
      await database.write(async (writer) => {
        for (const { name, tokenHash } of devices) {
          writer.insert('devices', { name, tokenHash, pairedAt: clock.wallNow(), settings: {} });
        }
      });
    },
    async rows(table) {
      const rows = [];
      for (let after = 0; ; ) {
        const page = await database.read(async (reader) => readPage(reader, table, after));
        if (page.length === 0) return rows;
        rows.push(...page);
        after = page.at(-1)._creationTime;
      }
    },
    close() {
      runtime.close();
      database.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

const PAGE = 1_000;

function readPage(reader: Reader, table: string, after: number) {
  const range = [{ type: 'Gt' as const, fieldPath: '_creationTime', value: after }];
  const source = { type: 'IndexRange' as const, indexName: `${table}.by_creation_time`, range, order: 'asc' as const };
  const found = reader.open({ source, operators: [{ limit: PAGE }] });
  const rows = [];
  for (let text = found.next(); text !== undefined; text = found.next()) rows.push(JSON.parse(text));
  return rows;
}
