/** The rows of `_scheduled_functions`: how a function is scheduled, found when it is due, and ends. */
import { getConvexSize, type JSONValue, jsonToConvex, type Value } from 'convex/values';
import type { DocumentText, Reader, Writer } from '../database/database.ts';
import type { CallRoot } from './execution.ts';
import { canonicalName, storedName } from './function-names.ts';
import {
  MAX_SCHEDULE_DISTANCE_MS,
  MAX_SCHEDULED,
  MAX_SCHEDULED_ARGUMENT_BYTES,
  SCHEDULED_RESULT_MS,
} from './limits.ts';

export const SCHEDULED = '_scheduled_functions';
const BY_STATE = `${SCHEDULED}.by_state_and_scheduledTime`;
const BY_COMPLETION = `${SCHEDULED}.by_completedTime`;

type State = { kind: 'pending' | 'inProgress' | 'success' | 'canceled' } | { kind: 'failed'; error: string };
export interface ScheduledRow {
  _id: string;
  /** `folder/module:export` */
  name: string;
  args: JSONValue;
  scheduledTime: number;
  state: State;
}

export interface NewRow {
  name: string;
  args: JSONValue;
  scheduledTime: number;
}

/** @returns its id. @throws beyond Convex's limits */
export function addRow(writer: Writer, root: CallRoot, { name, args, scheduledTime }: NewRow): string {
  const nowMs = root.nowMs();
  checkTime(scheduledTime, nowMs);
  const value = jsonToConvex(args);
  count(root, value);
  // What a function does after it was canceled has no consequences.
  const isCanceled = root.jobId !== null && rowOf(writer, root.jobId)?.state.kind === 'canceled';
  return writer.insert(SCHEDULED, {
    name: storedName(name),
    args: [value],
    scheduledTime,
    state: { kind: isCanceled ? 'canceled' : 'pending' },
    ...(isCanceled && { completedTime: nowMs }),
  });
}

function checkTime(scheduledTime: number, nowMs: number): void {
  if (Number.isFinite(scheduledTime) && Math.abs(scheduledTime - nowMs) <= MAX_SCHEDULE_DISTANCE_MS) return;
  throw new Error(`${scheduledTime} is more than 5 years in the ${scheduledTime < nowMs ? 'past' : 'future'}`);
}

function count({ scheduled = { functions: 0, argumentBytes: 0 } }: CallRoot, args: Value): void {
  scheduled.functions += 1;
  scheduled.argumentBytes += getConvexSize(args);
  if (scheduled.functions > MAX_SCHEDULED) {
    throw new Error(`Too many functions scheduled by this mutation (limit: ${MAX_SCHEDULED})`);
  }
  if (scheduled.argumentBytes > MAX_SCHEDULED_ARGUMENT_BYTES) {
    throw new Error(
      `Too large total size of the arguments of scheduled functions from this mutation (limit: ${MAX_SCHEDULED_ARGUMENT_BYTES} bytes)`,
    );
  }
}

export function rowOf(reader: Reader, id: string): ScheduledRow | undefined {
  const text = reader.get(id, SCHEDULED);
  return text === undefined ? undefined : parseRow(text);
}

function parseRow(text: DocumentText): ScheduledRow {
  const row = JSON.parse(text);
  return { ...row, name: canonicalName(row.name), args: row.args[0] };
}

/** The pending rows that are due first. */
export function nextRows(reader: Reader, limit: number): ScheduledRow[] {
  return rows(reader, 'pending', limit);
}

/** Actions that were running when an earlier process ended. */
export function interruptedRows(reader: Reader): ScheduledRow[] {
  return rows(reader, 'inProgress', Number.POSITIVE_INFINITY);
}

function rows(reader: Reader, kind: State['kind'], limit: number): ScheduledRow[] {
  const range = [{ type: 'Eq' as const, fieldPath: 'state.kind', value: kind }];
  const found = reader.open({
    source: { type: 'IndexRange', indexName: BY_STATE, range, order: 'asc' },
    operators: [],
  });
  const result: ScheduledRow[] = [];
  while (result.length < limit) {
    const text = found.next();
    if (text === undefined) break;
    result.push(parseRow(text));
  }
  return result;
}

export function setState(writer: Writer, id: string, state: State, nowMs: number): void {
  const isOver = state.kind !== 'pending' && state.kind !== 'inProgress';
  writer.patch(id, { state: state as Value, ...(isOver && { completedTime: nowMs }) }, SCHEDULED);
}

/** What is over stays as it is. @throws if there is none, or a function cancels itself */
export function cancel(writer: Writer, root: CallRoot, id: string): void {
  if (id === root.jobId) throw new Error('A mutation cannot cancel itself');
  const row = rowOf(writer, id);
  if (!row) throw new Error(`There is no scheduled function with the ID ${id}`);
  if (row.state.kind === 'pending' || row.state.kind === 'inProgress') {
    setState(writer, id, { kind: 'canceled' }, root.nowMs());
  }
}

/** @returns how many rows were removed */
export function removeOldRows(writer: Writer, nowMs: number, limit: number): number {
  const range = [
    { type: 'Gt' as const, fieldPath: 'completedTime', value: 0 },
    { type: 'Lt' as const, fieldPath: 'completedTime', value: nowMs - SCHEDULED_RESULT_MS },
  ];
  const source = { type: 'IndexRange' as const, indexName: BY_COMPLETION, range, order: 'asc' as const };
  const found = writer.open({ source, operators: [{ limit }] });
  let removed = 0;
  for (let text = found.next(); text !== undefined; text = found.next()) {
    writer.remove(JSON.parse(text)._id, SCHEDULED);
    removed += 1;
  }
  return removed;
}
