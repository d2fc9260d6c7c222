/**
 * Runs scheduled functions when they are due. What is pending is in the database, so it is kept over a restart. One timer waits for the
 * first due row.
 *
 * - A mutation runs exactly once: its row changes in the transaction of what it writes.
 * - An action runs at most once: its row says so before it starts. One that was running when the process ended has failed.
 */

import { errorFields } from '../../core/errors.ts';
import type { Log } from '../../core/log/log.ts';
import type { Clock } from '../../core/time/clock.ts';
import type { Database, Writer } from '../database/database.ts';
import { failure, isOfTheCloud } from './errors.ts';
import { MAX_ERROR_CHARACTERS, MAX_SCHEDULED_AT_ONCE, SCHEDULER_RETRY_MS } from './limits.ts';
import type { PreparedFunction } from './prepared-function.ts';
import type { Outcome } from './runtime.ts';
import { interruptedRows, nextRows, removeOldRows, rowOf, type ScheduledRow, setState } from './scheduled-rows.ts';

/** The wall clock may be set, so it is read again at least this often. */
const LONGEST_WAIT_MS = 60_000;
const REMOVAL_INTERVAL_MS = 3_600_000;
const REMOVED_AT_ONCE = 1_000;

export interface SchedulerOptions {
  database: Database;
  functions: ReadonlyMap<string, PreparedFunction>;
  clock: Clock;
  log: Log;
  /** In this transaction. @throws what the mutation throws */
  runMutation(fn: PreparedFunction, row: ScheduledRow, writer: Writer): Promise<unknown>;
  runAction(fn: PreparedFunction, row: ScheduledRow): Promise<Outcome>;
}

export interface Scheduler {
  start(): void;
  /** Something was scheduled. */
  wake(): void;
  close(): void;
}

export function createScheduler(options: SchedulerOptions): Scheduler {
  const { database, functions, clock, log } = options;
  const runningIds = new Set<string>();
  let state: 'new' | 'started' | 'closed' = 'new';
  let timer: unknown;
  let isLooking = false;
  let mustLookAgain = false;

  function wake(): void {
    if (state !== 'started') return;
    if (isLooking) {
      mustLookAgain = true;
      return;
    }
    isLooking = true;
    mustLookAgain = false;
    void othersFirst()
      .then(look)
      .then((waitMs) => {
        isLooking = false;
        if (state === 'closed') return;
        if (mustLookAgain) return wake();
        clock.clearTimeout(timer);
        timer = waitMs === undefined ? undefined : clock.setTimeout(wake, waitMs);
      });
  }

  /** Functions that schedule each other are a chain of promises: without this in it, no socket would be served until its end. */
  function othersFirst(): Promise<void> {
    return new Promise((resolve) => void setImmediate(resolve));
  }

  /** Starts what is due. @returns when to look again; undefined: when something is scheduled or ends */
  async function look(): Promise<number | undefined> {
    try {
      const rows = await database.read(async (reader) => nextRows(reader, 2 * MAX_SCHEDULED_AT_ONCE));
      for (const row of rows) {
        if (runningIds.has(row._id)) continue;
        if (state === 'closed' || runningIds.size >= MAX_SCHEDULED_AT_ONCE) return undefined;
        const waitMs = row.scheduledTime - clock.wallNow();
        if (waitMs > 0) return Math.min(waitMs, LONGEST_WAIT_MS);
        runningIds.add(row._id);
        void carryOut(row);
      }
      return undefined;
    } catch (error) {
      if (state !== 'closed') log.error('scheduled functions cannot be read', errorFields(error));
      return LONGEST_WAIT_MS;
    }
  }

  async function carryOut(row: ScheduledRow): Promise<void> {
    const fn = functions.get(row.name);
    if (fn?.kind === 'mutation') await untilWritten(row, () => executeMutation(fn, row));
    else if (fn?.kind === 'action') await executeAction(fn, row);
    else await untilWritten(row, () => end(row, { ok: false, message: `Could not find function for '${row.name}'.` }));
    runningIds.delete(row._id);
    wake();
  }

  /** Tries again until it succeeds: the disk may be full for a while. After `close` it waits forever. */
  function untilWritten<T>(row: ScheduledRow, write: () => Promise<T>): Promise<T> {
    let retryMs: number = SCHEDULER_RETRY_MS.first;
    return new Promise((resolve) => {
      const attempt = (): void => {
        write().then(resolve, (error) => {
          if (state === 'closed') return;
          log.error('a scheduled function cannot be recorded', { function: row.name, retryMs, ...errorFields(error) });
          clock.setTimeout(attempt, retryMs);
          retryMs = Math.min(2 * retryMs, SCHEDULER_RETRY_MS.longest);
        });
      };
      attempt();
    });
  }

  /** What the mutation wrote and that it ended are one transaction; that it failed is another, because the first is undone. */
  async function executeMutation(fn: PreparedFunction, row: ScheduledRow): Promise<void> {
    try {
      await database.write(async (writer) => {
        if (rowOf(writer, row._id)?.state.kind !== 'pending') return;
        // It sees itself in progress, as in a deployment.
        setState(writer, row._id, { kind: 'inProgress' }, clock.wallNow());
        await options.runMutation(fn, row, writer);
        setState(writer, row._id, { kind: 'success' }, clock.wallNow());
      });
    } catch (error) {
      if (isOfTheCloud(error)) throw error;
      await end(row, failure(error));
    }
  }

  async function executeAction(fn: PreparedFunction, row: ScheduledRow): Promise<void> {
    if (!(await untilWritten(row, () => begin(row)))) return;
    const outcome = await options.runAction(fn, row);
    await untilWritten(row, () => end(row, outcome));
  }

  /** False: it was canceled. */
  function begin({ _id }: ScheduledRow): Promise<boolean> {
    return database.write(async (writer) => {
      if (rowOf(writer, _id)?.state.kind !== 'pending') return false;
      setState(writer, _id, { kind: 'inProgress' }, clock.wallNow());
      return true;
    });
  }

  async function end(row: ScheduledRow, outcome: Outcome): Promise<void> {
    if (!outcome.ok) tellFailure(row, outcome.message);
    await database.write(async (writer) => {
      const kind = rowOf(writer, row._id)?.state.kind;
      if (kind !== 'pending' && kind !== 'inProgress') return;
      const error = outcome.ok ? '' : outcome.message.slice(0, MAX_ERROR_CHARACTERS);
      setState(writer, row._id, outcome.ok ? { kind: 'success' } : { kind: 'failed', error }, clock.wallNow());
    });
  }

  function tellFailure({ name }: ScheduledRow, reason: string): void {
    log.warn('a scheduled function failed', { function: name, reason });
  }

  async function endInterrupted(): Promise<void> {
    await database.write(async (writer) => {
      for (const row of interruptedRows(writer)) {
        const error = 'Transient error while executing action';
        setState(writer, row._id, { kind: 'failed', error }, clock.wallNow());
      }
    });
  }

  let removalTimer: unknown;
  async function removeOld(): Promise<void> {
    if (state === 'closed') return;
    try {
      let removed: number;
      do removed = await database.write(async (writer) => removeOldRows(writer, clock.wallNow(), REMOVED_AT_ONCE));
      while (removed === REMOVED_AT_ONCE);
    } catch (error) {
      log.error('old results of scheduled functions cannot be removed', errorFields(error));
    }
    removalTimer = clock.setTimeout(() => void removeOld(), REMOVAL_INTERVAL_MS);
  }

  return {
    start() {
      if (state !== 'new') return;
      state = 'started';
      void endInterrupted().then(wake, (error) => {
        log.error('interrupted actions cannot be ended', errorFields(error));
        wake();
      });
      void removeOld();
    },
    wake,
    close() {
      state = 'closed';
      clock.clearTimeout(timer);
      clock.clearTimeout(removalTimer);
    },
  };
}
