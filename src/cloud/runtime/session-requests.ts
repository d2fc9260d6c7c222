/**
 * Outcomes of mutations that clients may send again, because they did not hear the answer: each is stored in the transaction of what the
 * mutation wrote, so the mutation is not executed twice, also after a crash.
 */
import { createHash } from 'node:crypto';
import type { JSONValue } from 'convex/values';
import type { Reader, Writer } from '../database/database.ts';
import type { Caller, MutationRequest } from './runtime.ts';

const TABLE = '_session_requests';
const INDEX = `${TABLE}.by_session_and_request`;
/** A client that has not heard its answer connects again within seconds, and gives up before this. */
const KEPT_MS = 15 * 60_000;
/** Old ones are removed at every so many new ones, at most twice as many. */
const REMOVED_EVERY = 32;
/** A document holds 1 MiB; a longer result is not kept. */
const MAX_RESULT_CHARACTERS = 256 * 1_024;
const TOO_LONG = '';

export interface SessionRequests {
  /** Its result; undefined: it was not carried out yet. @throws if its result is not known any more */
  find(reader: Reader, request: MutationRequest, digest: string): string | undefined;
  keep(writer: Writer, request: MutationRequest, digest: string, text: string): void;
}

/** Which call it was. */
export function digestOf(name: string, args: JSONValue, { identity, isAdmin }: Caller): string {
  const call = JSON.stringify([name, args, identity?.tokenIdentifier ?? null, isAdmin === true]);
  return createHash('sha256').update(call).digest('base64');
}

export function createSessionRequests(nowMs: () => number): SessionRequests {
  let kept = 0;

  function removeOld(writer: Writer): void {
    const range = [{ type: 'Lt' as const, fieldPath: '_creationTime', value: nowMs() - KEPT_MS }];
    const source = {
      type: 'IndexRange' as const,
      indexName: `${TABLE}.by_creation_time`,
      range,
      order: 'asc' as const,
    };
    const found = writer.open({ source, operators: [{ limit: 2 * REMOVED_EVERY }] });
    for (let text = found.next(); text !== undefined; text = found.next()) writer.remove(JSON.parse(text)._id, TABLE);
  }

  return {
    find(reader, request, digest) {
      const row = rowOf(reader, request);
      if (row?.digest !== digest) return undefined;
      if (row.result !== TOO_LONG) return row.result;
      throw new Error('This mutation was carried out, but its result is too long to be sent again.');
    },
    keep(writer, request, digest, text) {
      const result = text.length <= MAX_RESULT_CHARACTERS ? text : TOO_LONG;
      const row = rowOf(writer, request);
      if (row) writer.replace(row._id, { ...request, digest, result }, TABLE);
      else writer.insert(TABLE, { ...request, digest, result });
      kept += 1;
      if (kept % REMOVED_EVERY === 0) removeOld(writer);
    },
  };
}

interface RequestRow {
  _id: string;
  digest: string;
  result: string;
}

function rowOf(reader: Reader, { session, request }: MutationRequest): RequestRow | undefined {
  const range = [
    { type: 'Eq' as const, fieldPath: 'session', value: session },
    { type: 'Eq' as const, fieldPath: 'request', value: request },
  ];
  const rows = reader.open({ source: { type: 'IndexRange', indexName: INDEX, range, order: null }, operators: [] });
  const text = rows.next();
  return text === undefined ? undefined : JSON.parse(text);
}
