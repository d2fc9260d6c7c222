/**
 * Convex's sync protocol for one client: queries that are watched and answered again when their result changes, mutations
 * one after the other, each once however often it is sent.
 */
import type { JSONValue } from 'convex/values';
import type { WebSocket } from 'ws';
import type { Functions, Outcome } from './functions.ts';

const PING_MS = 15_000;
/** Answers that are kept for a client that lost its connection and asks again. */
const KEPT_ANSWERS = 1_000;

interface WatchedQuery {
  queryId: number;
  udfPath: string;
  args: JSONValue[];
  /** What the client was told last. */
  told?: string;
}
type Version = { querySet: number; identity: number; ts: bigint };

interface ClientMessage {
  type: string;
  sessionId?: string;
  newVersion?: number;
  baseVersion?: number;
  modifications?: (WatchedQuery & { type: 'Add' | 'Remove' })[];
  requestId?: number;
  udfPath?: string;
  args?: JSONValue[];
}

/** What all clients share: the time, and what was answered to whom. */
export interface SyncState {
  functions: Functions;
  /** Nanoseconds, never going back: a client that comes back has seen the time of the last process. */
  timestamp(): bigint;
  answers: Map<string, string>;
}

export interface SyncClient {
  /** Something was written: watched queries may have changed. */
  refresh(): Promise<void>;
}

export function serveSync(socket: WebSocket, { functions, timestamp, answers }: SyncState): SyncClient {
  const queries = new Map<number, WatchedQuery>();
  let version: Version = { querySet: 0, identity: 0, ts: 0n };
  let session = '';
  let transitions = Promise.resolve();
  let mutations = Promise.resolve();
  const ping = setInterval(() => send({ type: 'Ping' }), PING_MS);
  socket.on('close', () => clearInterval(ping));
  socket.on('message', (data) => receive(JSON.parse(String(data))));

  function send(message: object): void {
    if (socket.readyState === socket.OPEN) socket.send(JSON.stringify(message));
  }

  function transition(change: Partial<Version> = {}, removed: number[] = []): Promise<void> {
    transitions = transitions.then(async () => {
      const modifications: object[] = removed.map((queryId) => ({ type: 'QueryRemoved', queryId }));
      for (const query of queries.values()) {
        const outcome = await functions.call('query', query.udfPath, query.args[0] ?? {});
        const told = JSON.stringify(outcome);
        if (told === query.told) continue;
        query.told = told;
        modifications.push(queryMessage(query.queryId, outcome));
      }
      const startVersion = version;
      version = { ...version, ...change, ts: timestamp() };
      send({
        type: 'Transition',
        startVersion: onTheWire(startVersion),
        endVersion: onTheWire(version),
        modifications,
      });
    });
    return transitions;
  }

  function receive(message: ClientMessage): void {
    switch (message.type) {
      case 'Connect':
        session = message.sessionId ?? '';
        return;
      case 'ModifyQuerySet': {
        const removed: number[] = [];
        for (const { type, ...query } of message.modifications ?? []) {
          if (type === 'Add') queries.set(query.queryId, query);
          else if (queries.delete(query.queryId)) removed.push(query.queryId);
        }
        void transition({ querySet: message.newVersion ?? 0 }, removed);
        return;
      }
      case 'Authenticate':
        void transition({ identity: (message.baseVersion ?? 0) + 1 });
        return;
      case 'Mutation':
        mutations = mutations.then(() => mutate(message));
        return;
      case 'Action':
        void functions
          .call('action', message.udfPath ?? '', message.args?.[0] ?? {})
          .then((outcome) => send(answer('ActionResponse', message.requestId, outcome)));
    }
  }

  async function mutate({ requestId, udfPath = '', args }: ClientMessage): Promise<void> {
    const key = `${session}/${requestId}`;
    let answered = answers.get(key);
    if (answered === undefined) {
      const outcome = await functions.call('mutation', udfPath, args?.[0] ?? {});
      answered = JSON.stringify({
        ...answer('MutationResponse', requestId, outcome),
        ...(outcome.ok && { ts: encodeTimestamp(timestamp()) }),
      });
      keep(key, answered);
    }
    if (socket.readyState === socket.OPEN) socket.send(answered);
    // The client waits for a transition that is at least as new as the mutation.
    await transition();
  }

  function keep(key: string, answered: string): void {
    answers.set(key, answered);
    const oldest = answers.size > KEPT_ANSWERS ? answers.keys().next().value : undefined;
    if (oldest !== undefined) answers.delete(oldest);
  }

  return { refresh: () => transition() };
}

function queryMessage(queryId: number, outcome: Outcome): object {
  const rest = { queryId, logLines: [], journal: null };
  return outcome.ok
    ? { type: 'QueryUpdated', value: outcome.value, ...rest }
    : { type: 'QueryFailed', errorMessage: outcome.message, errorData: outcome.data ?? null, ...rest };
}

function answer(type: string, requestId: number | undefined, outcome: Outcome): object {
  return outcome.ok
    ? { type, requestId, success: true, result: outcome.value, logLines: [] }
    : {
        type,
        requestId,
        success: false,
        result: outcome.message,
        logLines: [],
        ...(outcome.data !== undefined && { errorData: outcome.data }),
      };
}

function onTheWire({ querySet, identity, ts }: Version): object {
  return { querySet, identity, ts: encodeTimestamp(ts) };
}

export function encodeTimestamp(ts: bigint): string {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(ts);
  return bytes.toString('base64');
}
