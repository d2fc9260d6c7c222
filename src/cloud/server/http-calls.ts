/**
 * Functions by HTTP, as the official `ConvexHttpClient` calls them.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { JSONValue } from 'convex/values';
import * as v from 'valibot';
import type { Visit } from '../../server/front-door.ts';
import type { createUnprovenBytes } from '../../server/unproven-bytes.ts';
import type { Caller, FunctionKind, Outcome, Runtime } from '../runtime/runtime.ts';
import type { ClientIdentity } from './authenticate.ts';
import { functionPath } from './call-path.ts';
import { HttpError, sendJsonText } from './http-answer.ts';
import type { OneByOne } from './one-by-one.ts';
import { readBody } from './read-body.ts';
import { decodeTimestamp } from './transition.ts';
import { formatJson, formatText, type ValueFormat, valueFormat } from './value-format.ts';

const callBody = v.object({
  path: v.optional(v.string()),
  args: v.custom<JSONValue>((args) => args !== undefined),
  format: v.nullish(v.string()),
  componentPath: v.nullish(v.string()),
  ts: v.optional(v.string()),
});
type CallBody = v.InferOutput<typeof callBody>;

const batchBody = v.object({ queries: v.array(callBody) });

export type CallKind = FunctionKind | 'any' | 'query_at_ts';

export interface CallsOptions {
  runtime: Runtime;
  unproven: ReturnType<typeof createUnprovenBytes>;
  unprovenCalls: OneByOne;
  maxCallBytes: number;
  /** Of the last commit. */
  lastCommit: () => bigint;
}

export function createCalls({ runtime, unproven, unprovenCalls, maxCallBytes, lastCommit }: CallsOptions) {
  async function read(request: IncomingMessage, { isProven }: ClientIdentity): Promise<string> {
    if (isProven) return String(await readBody(request, maxCallBytes));
    const sender = unproven.enter(() => request.destroy());
    try {
      return String(await readBody(request, maxCallBytes, sender.add));
    } finally {
      sender.leave();
    }
  }

  async function execute(kind: CallKind, path: string, args: JSONValue, caller: Caller): Promise<Outcome> {
    const found = kind === 'any' ? (runtime.kindOf(path, caller) ?? 'query') : kind;
    if (found === 'mutation') return await runtime.mutation(path, args, caller);
    if (found === 'action') return await runtime.action(path, args, caller);
    return (await runtime.query(path, args, caller)).outcome;
  }

  async function carryOut(kind: CallKind, body: CallBody, { caller, isProven }: ClientIdentity): Promise<Outcome> {
    if (body.path === undefined) throw new HttpError(400, 'BadJsonBody', 'the path of the function is missing');
    if (kind === 'query_at_ts') checkTimestamp(body.ts, lastCommit());
    const path = functionPath(body.path, body.componentPath);
    const args = (Array.isArray(body.args) ? body.args[0] : body.args) ?? {};
    const work = () => execute(kind, path, args, caller);
    return isProven ? await work() : await unprovenCalls(work);
  }

  return {
    /** @param path of the function, if the address names it */
    async call(
      kind: CallKind,
      { request, response, visit, client, path }: CallRequest & { path?: string },
    ): Promise<void> {
      const body = { ...parse(callBody, await read(request, client)), ...(path !== undefined && { path }) };
      await answer(kind, body, { response, visit, client });
    },
    /** A query by GET. */
    async get({ response, visit, client }: CallRequest): Promise<void> {
      const { query } = visit.target;
      const args = parse(
        v.custom<JSONValue>(() => true),
        query.get('args') ?? '{}',
      );
      const body = { path: query.get('path') ?? undefined, args, format: query.get('format') };
      await answer('query', body, { response, visit, client });
    },
    async batch({ request, response, visit, client }: CallRequest): Promise<void> {
      const { queries } = parse(batchBody, await read(request, client));
      const texts: string[] = [];
      for (const body of queries) {
        const format = valueFormat(body.format ?? undefined);
        const outcome = await carryOut('query', body, client);
        if (outcome.ok) visit.handshake.leave();
        texts.push(outcomeText(outcome, format));
      }
      sendJsonText(response, 200, `{"results":[${texts.join()}]}`);
    },
  };

  async function answer(
    kind: CallKind,
    body: CallBody,
    { response, visit, client }: Omit<CallRequest, 'request'>,
  ): Promise<void> {
    const format = valueFormat(body.format ?? undefined);
    const outcome = await carryOut(kind, body, client);
    // Who has no token shows the key by a call that succeeds.
    if (outcome.ok) visit.handshake.leave();
    sendJsonText(response, 200, outcomeText(outcome, format));
  }
}

interface CallRequest {
  request: IncomingMessage;
  response: ServerResponse;
  visit: Visit;
  client: ClientIdentity;
}

function outcomeText(outcome: Outcome, format: ValueFormat): string {
  if (outcome.ok) return `{"status":"success","value":${formatText(outcome.text, format)},"logLines":[]}`;
  const { message: errorMessage, data } = outcome;
  const errorData = data === undefined ? undefined : formatJson(data, format);
  return JSON.stringify({ status: 'error', errorMessage, errorData, logLines: [] });
}

/** There is no past here: a query can be executed at a time after which nothing was written. */
function checkTimestamp(ts: string | undefined, lastCommit: bigint): void {
  const wanted = ts === undefined ? undefined : decodeTimestamp(ts);
  if (wanted === undefined) throw new HttpError(400, 'BadJsonBody', 'ts is no timestamp of query_ts');
  if (wanted >= lastCommit) return;
  throw new HttpError(503, 'OutOfRetention', 'The data has changed since this timestamp. Ask for another one.');
}

function parse<Schema extends v.GenericSchema>(schema: Schema, text: string): v.InferOutput<Schema> {
  try {
    return v.parse(schema, JSON.parse(text));
  } catch {
    throw new HttpError(400, 'BadJsonBody', 'a call is {"path": …, "args": …}');
  }
}
