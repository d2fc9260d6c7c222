/** The function runtime over a database: puts functions, system calls, scheduler, crons and HTTP actions together. */
import type { JSONValue } from 'convex/values';
import { errorFields } from '../../core/errors.ts';
import type { Log } from '../../core/log/log.ts';
import type { Clock } from '../../core/time/clock.ts';
import type { Database, Writer } from '../database/database.ts';
import { type ActionQueue, createActionQueue } from './action-queue.ts';
import { createCrons, readCrons } from './crons.ts';
import { installSystemCalls } from './dispatch.ts';
import { failure, isOfTheCloud } from './errors.ts';
import type { CallRoot, Execution } from './execution.ts';
import { type CallOrigin, callFrom, createExecutor, type Executor } from './executor.ts';
import type { FileStore } from './file-store.ts';
import { createFunctionLog } from './function-log.ts';
import { canonicalName } from './function-names.ts';
import { createFunctionUsage } from './function-usage.ts';
import { checkResponse, failedResponse, findRoute, type Route, routerProblems } from './http-actions.ts';
import { MAX_ACTIONS_AT_ONCE, MAX_WAITING_ACTIONS } from './limits.ts';
import type { Modules } from './modules.ts';
import { findAny, findPublic, type PreparedFunction, prepareFunctions } from './prepared-function.ts';
import type { Caller, MutationRequest, Outcome, QueryResult, Runtime } from './runtime.ts';
import { createScheduler } from './scheduler.ts';
import { createSessionRequests, digestOf } from './session-requests.ts';
import { systemCallTable } from './system-call-table.ts';
import { systemFunctions } from './system-functions.ts';
import { componentProblems, refuseProblems, schemaProblems } from './unsupported.ts';

export interface RuntimeOptions {
  database: Database;
  files: FileStore;
  modules: Modules;
  clock: Clock;
  log: Log;
}

const NOBODY: Caller = { identity: null };

/** @throws EarshotError `cloud_refused` that lists all that a deployment or the embedded cloud would refuse */
export function openRuntime({ database, files, modules, clock, log }: RuntimeOptions): Runtime {
  const all = [...modules.functions.values(), ...systemFunctions(modules)];
  const prepared = prepareFunctions(all, (id) => database.tableOf(id));
  const functions = prepared.byName;
  const { crons, problems: cronProblems } = readCrons(modules.crons, functions);
  refuseProblems([
    ...modules.problems,
    ...prepared.problems,
    ...schemaProblems(modules.schema),
    ...componentProblems(modules.convexConfig),
    ...routerProblems(modules.http),
    ...cronProblems,
  ]);

  installSystemCalls();
  const functionLog = createFunctionLog(log, clock);
  const actions: ActionQueue = createActionQueue(MAX_ACTIONS_AT_ONCE, MAX_WAITING_ACTIONS);
  const requests = createSessionRequests(() => clock.wallNow());
  const usage = createFunctionUsage();
  const executor: Executor = createExecutor({
    clock,
    writeConsole: functionLog.write,
    systemCalls: systemCallTable({
      database,
      files,
      functions,
      calls: { nested, fromAction },
      onScheduled: () => scheduler.wake(),
    }),
  });
  const scheduler = createScheduler({
    database,
    functions,
    clock,
    log,
    runMutation: (fn, { _id, args }, writer) => runMutation(fn, args, callFrom(NOBODY, _id), writer),
    runAction: (fn, { _id, args }) => tell(() => runAction(fn, args, callFrom(NOBODY, _id))),
  });
  const cronRunner = createCrons({
    crons,
    database,
    clock,
    log,
    runMutation: ({ fn, args }, writer) => runMutation(fn, args, callFrom(NOBODY), writer),
    runAction: ({ fn, args }) => tell(() => runAction(fn, args, callFrom(NOBODY))),
  });

  async function runMutation(fn: PreparedFunction, args: JSONValue, from: CallOrigin, writer: Writer): Promise<string> {
    const work = (root: CallRoot) => executor.run(fn, args, { root, depth: from.depth, reader: writer, writer });
    try {
      return (await executor.call('transaction', from, work)).text;
    } finally {
      usage.count(fn.name, writer.usage);
    }
  }

  function runAction(fn: PreparedFunction, args: JSONValue, from: CallOrigin): Promise<string> {
    const work = (root: CallRoot) => executor.run(fn, args, { root, depth: from.depth });
    return actions.run(async () => (await executor.call('action', from, work)).text);
  }

  async function nested(
    kind: 'query' | 'mutation',
    name: string,
    args: JSONValue,
    { root, depth, reader, writer }: Execution,
  ): Promise<string> {
    const fn = findAny(functions, kind, name);
    const place = { root, depth: depth + 1 };
    if (kind === 'query' || !writer) {
      return (await executor.run(fn, args, { ...place, ...(reader && { reader }) })).text;
    }
    return await writer.nested(
      async (inner) => (await executor.run(fn, args, { ...place, reader: inner, writer: inner })).text,
    );
  }

  async function fromAction(
    kind: 'query' | 'mutation' | 'action',
    name: string,
    args: JSONValue,
    parent: Execution,
  ): Promise<string> {
    const fn = findAny(functions, kind, name);
    const { root } = parent;
    const depth = parent.depth + 1;
    // It has its place among the actions already, by the one that calls it.
    if (kind === 'action') return (await executor.run(fn, args, { root, depth })).text;
    const from: CallOrigin = { caller: root.caller, requestId: root.requestId, jobId: root.jobId, depth };
    if (kind === 'mutation') return await database.write((writer) => runMutation(fn, args, from, writer));
    return await database.read(async (reader) => {
      const work = (own: CallRoot) => executor.run(fn, args, { root: own, depth, reader });
      return (await executor.call('transaction', from, work)).text;
    });
  }

  function query(path: string, args: JSONValue, caller: Caller, journal: string | null = null): Promise<QueryResult> {
    return database.read(async (reader) => {
      let endsAt: string | null = null;
      const outcome = await tell(async () => {
        const fn = findPublic(functions, 'query', path, caller);
        const endedAt = readJournal(journal);
        const work = (root: CallRoot) => executor.run(fn, args, { root, depth: 0, reader, endedAt });
        try {
          const result = await executor.call('transaction', callFrom(caller), work);
          endsAt = result.endsAt;
          return result.text;
        } finally {
          usage.count(fn.name, reader.usage);
        }
      });
      const newJournal = endsAt === null ? null : JSON.stringify({ endCursor: endsAt });
      return { outcome, reads: reader.reads, journal: outcome.ok ? newJournal : journal, timestamp: reader.timestamp };
    });
  }

  function mutation(path: string, args: JSONValue, caller: Caller, request?: MutationRequest): Promise<Outcome> {
    return tell(async () => {
      const fn = findPublic(functions, 'mutation', path, caller);
      if (!request) return await database.write((writer) => runMutation(fn, args, callFrom(caller), writer));
      const digest = digestOf(fn.name, args, caller);
      return await database.write(async (writer) => {
        const known = requests.find(writer, request, digest);
        if (known !== undefined) return known;
        const text = await runMutation(fn, args, callFrom(caller), writer);
        requests.keep(writer, request, digest, text);
        return text;
      });
    });
  }

  function runRoute(route: Route, request: Request, caller: Caller): Promise<Response> {
    const from = callFrom(caller);
    const work = (root: CallRoot) => executor.runHttp(route.name, root, () => route.invoke(request));
    const response = actions.run(() => executor.call('action', from, work));
    return response.then(checkResponse).catch((error: unknown) => failedResponse(error, route, from.requestId, log));
  }

  async function tell(work: () => Promise<string>): Promise<Outcome> {
    try {
      return { ok: true, text: await work() };
    } catch (error) {
      if (isOfTheCloud(error)) log.error('a function could not be carried out', errorFields(error));
      return failure(error);
    }
  }

  return {
    usage: usage.byName,
    query,
    mutation,
    action: (path, args, caller) =>
      tell(() => runAction(findPublic(functions, 'action', path, caller), args, callFrom(caller))),
    kindOf(path, { isAdmin }) {
      const fn = functions.get(canonicalName(path));
      return fn && (fn.isPublic || isAdmin) ? fn.kind : undefined;
    },
    httpAction(request, caller) {
      const route = findRoute(modules.http, request);
      return route && runRoute(route, request, caller);
    },
    start() {
      scheduler.start();
      cronRunner.start();
    },
    close() {
      scheduler.close();
      cronRunner.close();
      actions.close();
      functionLog.close();
    },
  };
}

/** It comes back from the client. @throws what makes a client read its pages anew */
function readJournal(journal: string | null): string | null {
  if (journal === null) return null;
  try {
    const { endCursor } = JSON.parse(journal) as { endCursor: unknown };
    if (typeof endCursor === 'string') return endCursor;
  } catch {
    // The same as a journal without a cursor.
  }
  throw new Error('InvalidCursor: the journal of this query is none.');
}
