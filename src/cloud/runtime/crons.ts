/**
 * Runs the crons of convex/crons.ts. When each is due is in the database, so a restart neither runs all of them nor skips one: what was due
 * meanwhile runs once. One run of a cron at a time; times that come while it runs are left out.
 *
 * - A mutation runs exactly once: the next time is written in the transaction of what it writes.
 * - An action runs at most once: the next time is written before it starts.
 */
import type { JSONValue } from 'convex/values';
import { errorFields, messageOf } from '../../core/errors.ts';
import type { Log } from '../../core/log/log.ts';
import type { Clock } from '../../core/time/clock.ts';
import type { Database, Reader, Writer } from '../database/database.ts';
import { type CronSchedule, parseSchedule } from './cron-schedule.ts';
import { isOfTheCloud } from './errors.ts';
import { canonicalName } from './function-names.ts';
import type { PreparedFunction } from './prepared-function.ts';
import type { Outcome } from './runtime.ts';

const TABLE = '_cron_jobs';
/** The wall clock may be set, so it is read again at least this often. */
const LONGEST_WAIT_MS = 60_000;
const RETRY_MS = 60_000;

export interface Cron {
  name: string;
  fn: PreparedFunction;
  args: JSONValue;
  schedule: CronSchedule;
  /** As JSON: one that changed starts anew. */
  definition: string;
}

interface CronJobs {
  crons: Record<string, { name: string; args: JSONValue[]; schedule: Record<string, JSONValue> }>;
}

/** @param jobs default export of convex/crons.ts. `problems`: what a deployment would refuse, in one sentence each. */
export function readCrons(
  jobs: unknown,
  functions: ReadonlyMap<string, PreparedFunction>,
): { crons: Cron[]; problems: string[] } {
  const crons: Cron[] = [];
  const problems: string[] = [];
  for (const [name, job] of Object.entries((jobs as CronJobs | undefined)?.crons ?? {})) {
    try {
      const fn = functions.get(canonicalName(job.name));
      if (!fn || fn.kind === 'query') throw new Error(`${job.name} is no mutation or action`);
      const schedule = parseSchedule(job.schedule);
      crons.push({ name, fn, args: job.args[0] ?? {}, schedule, definition: JSON.stringify(job) });
    } catch (error) {
      problems.push(`the cron “${name}”: ${messageOf(error)}`);
    }
  }
  return { crons, problems };
}

export interface CronRunnerOptions {
  crons: readonly Cron[];
  database: Database;
  clock: Clock;
  log: Log;
  /** In this transaction. @throws what the mutation throws */
  runMutation(cron: Cron, writer: Writer): Promise<unknown>;
  runAction(cron: Cron): Promise<Outcome>;
}

export interface CronRunner {
  start(): void;
  close(): void;
}

export function createCrons(options: CronRunnerOptions): CronRunner {
  const { crons, database, clock, log } = options;
  const due = new Map<Cron, number>();
  const running = new Set<Cron>();
  /** Of those that could not be carried out. */
  const retryAt = new Map<Cron, number>();
  let isClosed = false;
  let timer: unknown;

  /** What is new or changed starts anew; what is gone is forgotten. */
  async function load(): Promise<void> {
    await database.write(async (writer) => {
      const nowMs = clock.wallNow();
      const rows = rowsOf(writer);
      for (const cron of crons) {
        const row = rows.get(cron.name);
        rows.delete(cron.name);
        const isKnown = row?.definition === cron.definition;
        const nextTime = isKnown ? row.nextTime : cron.schedule.first(nowMs);
        due.set(cron, nextTime);
        if (!isKnown) writeNextTime(writer, cron, nextTime);
      }
      for (const { _id } of rows.values()) writer.remove(_id, TABLE);
    });
  }

  function runDue(): void {
    clock.clearTimeout(timer);
    if (isClosed) return;
    const nowMs = clock.wallNow();
    let waitMs = LONGEST_WAIT_MS;
    for (const cron of crons) {
      if (running.has(cron)) continue;
      const dueMs = Math.min(due.get(cron) ?? nowMs, cron.schedule.latest(nowMs));
      due.set(cron, dueMs);
      const startMs = Math.max(dueMs, Math.min(retryAt.get(cron) ?? 0, nowMs + RETRY_MS));
      if (startMs <= nowMs) void carryOut(cron, dueMs);
      else waitMs = Math.min(waitMs, startMs - nowMs);
    }
    if (crons.length > 0) timer = clock.setTimeout(runDue, waitMs);
  }

  async function carryOut(cron: Cron, dueMs: number): Promise<void> {
    running.add(cron);
    retryAt.delete(cron);
    try {
      if (cron.fn.kind === 'mutation') await runMutation(cron, dueMs);
      else await runAction(cron, dueMs);
    } catch (error) {
      // Its next time is not written, so it stays due.
      if (!isClosed)
        log.error('a cron cannot be carried out; tried again later', { cron: cron.name, ...errorFields(error) });
      retryAt.set(cron, clock.wallNow() + RETRY_MS);
    }
    running.delete(cron);
    runDue();
  }

  /** What failed is undone, so its next time is written in a transaction of its own. */
  async function runMutation(cron: Cron, dueMs: number): Promise<void> {
    try {
      const nextTime = await database.write(async (writer) => {
        await options.runMutation(cron, writer);
        return writeNext(writer, cron, dueMs);
      });
      due.set(cron, nextTime);
    } catch (error) {
      if (isOfTheCloud(error)) throw error;
      tellFailure(cron, messageOf(error));
      due.set(cron, await database.write(async (writer) => writeNext(writer, cron, dueMs)));
    }
  }

  async function runAction(cron: Cron, dueMs: number): Promise<void> {
    due.set(cron, await database.write(async (writer) => writeNext(writer, cron, dueMs)));
    const outcome = await options.runAction(cron);
    if (!outcome.ok) tellFailure(cron, outcome.message);
    // Times that came while it ran are left out.
    due.set(cron, Math.max(due.get(cron) ?? 0, cron.schedule.next(dueMs, clock.wallNow())));
  }

  function writeNext(writer: Writer, cron: Cron, dueMs: number): number {
    const nextTime = cron.schedule.next(dueMs, clock.wallNow());
    writeNextTime(writer, cron, nextTime);
    return nextTime;
  }

  function tellFailure({ name, fn }: Cron, reason: string): void {
    if (!isClosed) log.warn('a cron failed', { cron: name, function: fn.name, reason });
  }

  return {
    start() {
      load().then(runDue, (error) => {
        if (!isClosed) log.error('crons cannot be read; none runs', errorFields(error));
      });
    },
    close() {
      isClosed = true;
      clock.clearTimeout(timer);
    },
  };
}

interface CronRow {
  _id: string;
  name: string;
  definition: string;
  nextTime: number;
}

function rowsOf(reader: Reader): Map<string, CronRow> {
  const found = reader.open({ source: { type: 'FullTableScan', tableName: TABLE, order: null }, operators: [] });
  const rows = new Map<string, CronRow>();
  for (let text = found.next(); text !== undefined; text = found.next()) {
    const row: CronRow = JSON.parse(text);
    rows.set(row.name, row);
  }
  return rows;
}

function writeNextTime(writer: Writer, { name, definition }: Cron, nextTime: number): void {
  const row = rowsOf(writer).get(name);
  if (row) writer.patch(row._id, { definition, nextTime }, TABLE);
  else writer.insert(TABLE, { name, definition, nextTime });
}
