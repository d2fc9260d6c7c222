/**
 * Convex's sync protocol for one client: queries that are watched and answered again when their result changes, mutations
 * one after the other, each once however often it is sent.
 */
import type { JSONValue } from 'convex/values';
import type { WebSocket } from 'ws';
import type { Limits } from '../core/limits/limits.ts';
import { limitedSender } from '../server/limited-sender.ts';
import { createReading } from '../server/reading.ts';
import type { FunctionKind, Functions, Outcome } from './functions.ts';
import { MAX_ANSWER_BYTES } from './limits.ts';
import type { OneByOne } from './one-by-one.ts';
import { type ClientMessage, parseClientMessage } from './sync-messages.ts';

const PING_MS = 15_000;
const CLOSE_UNSUPPORTED_DATA = 1_003;
const CLOSE_POLICY = 1_008;
/** Messages of a client with a key that may be carried out at the same time; of one without it is one. */
const MAX_BUSY = 64;
/** Answers that are kept for a client that lost its connection and asks again. */
const KEPT_ANSWERS = 1_000;

/** The answer to whoever does not hear it any more. */
const GONE: Promise<Outcome> = Promise.resolve({ ok: false, message: 'the client has gone' });

interface WatchedQuery {
  queryId: number;
  udfPath: string;
  args: JSONValue[];
  /** What the client was told last, and how many writes there had been when it was asked. */
  told?: string;
  askedAtWrite?: number;
}
type Version = { querySet: number; identity: number; ts: bigint };

/** What all clients share: the time, and what was answered to whom. */
export interface SyncState {
  functions: Functions;
  /** Nanoseconds, never going back: a client that comes back has seen the time of the last process. */
  timestamp(): bigint;
  answers: Map<string, string>;
  /** Writes so far: a query that was asked since the last one need not be asked again. */
  writes: number;
  /** For calls of clients that have not shown a key. */
  unproven: OneByOne;
}

export interface SyncClient {
  /** Something was written: watched queries may have changed. */
  refresh(): Promise<void>;
}

export interface SyncOptions {
  /** Called once, when a call of this client has shown that it has a key or a token. */
  onProven(): void;
  /** Of a client without one: what may wait for it to read, what it may say, and how often it may guess. Of all: what they watch. */
  limits: Pick<Limits, 'unreadBytes' | 'cloudMessages' | 'cloudFailures' | 'cloudQueries'>;
}

export function serveSync(socket: WebSocket, state: SyncState, { onProven, limits }: SyncOptions): SyncClient {
  const { functions, timestamp, answers } = state;
  const queries = new Map<number, WatchedQuery>();
  let version: Version = { querySet: 0, identity: 0, ts: 0n };
  let session = '';
  let transitions = Promise.resolve();
  let mutations = Promise.resolve();
  let isProven = false;
  const reading = createReading(socket);
  let sendText = limitedSender(socket, { maxUnreadBytes: limits.unreadBytes, reading });
  /** Messages that are being carried out. */
  let busy = 0;
  let said = 0;
  let failures = 0;
  /** The transition that has not begun: what else changes meanwhile goes with it. */
  let next: { change: Partial<Version>; removed: number[]; done: Promise<void> } | undefined;
  const ping = setInterval(() => send({ type: 'Ping' }), PING_MS);
  socket.on('close', () => clearInterval(ping));
  socket.on('message', (data) => {
    said += 1;
    if (!isProven && said > limits.cloudMessages) return socket.terminate();
    const message = parseClientMessage(String(data));
    if (message) receive(message);
    else socket.close(CLOSE_UNSUPPORTED_DATA, 'not a message of the sync protocol');
  });

  function send(message: object): void {
    sendText(JSON.stringify(message));
  }

  /** Nothing more is read from a client while so much of what it wants is not done. */
  function work(task: Promise<void>): void {
    busy += 1;
    if (busy >= (isProven ? MAX_BUSY : 1)) reading.hold('busy');
    void task.finally(() => {
      busy -= 1;
      if (busy === 0) reading.release('busy');
    });
  }

  async function call(kind: FunctionKind, udfPath: string, args: JSONValue[]): Promise<Outcome> {
    const carryOut = () => functions.call(kind, udfPath, args[0] ?? {});
    const outcome = isProven ? await carryOut() : await state.unproven(() => (isOver() ? GONE : carryOut()));
    if (outcome.ok && kind !== 'query') state.writes += 1;
    if (isProven) return outcome;
    if (outcome.ok) {
      isProven = true;
      // What a query answers is as long as it is, and this client may have it.
      sendText = limitedSender(socket, { maxUnreadBytes: MAX_ANSWER_BYTES, reading });
      onProven();
    } else {
      failures += 1;
      if (failures > limits.cloudFailures) socket.terminate();
    }
    return outcome;
  }

  function isOver(): boolean {
    return socket.readyState !== socket.OPEN;
  }

  function transition(change: Partial<Version> = {}, removed: number[] = []): Promise<void> {
    if (next) {
      Object.assign(next.change, change);
      next.removed.push(...removed);
      return next.done;
    }
    const mine = { change: { ...change }, removed: [...removed] };
    transitions = transitions.then(() => {
      next = undefined;
      return carryOutTransition(mine.change, mine.removed);
    });
    next = { ...mine, done: transitions };
    return transitions;
  }

  async function carryOutTransition(change: Partial<Version>, removed: number[]): Promise<void> {
    if (isOver()) return;
    // What is written while the queries are asked is for the next transition.
    const ts = timestamp();
    const modifications: object[] = removed.map((queryId) => ({ type: 'QueryRemoved', queryId }));
    for (const query of queries.values()) {
      if (query.askedAtWrite === state.writes) continue;
      query.askedAtWrite = state.writes;
      const outcome = await call('query', query.udfPath, query.args);
      const told = JSON.stringify(outcome);
      if (told === query.told) continue;
      query.told = told;
      modifications.push(queryMessage(query.queryId, outcome));
    }
    const startVersion = version;
    version = { ...version, ...change, ts };
    send({
      type: 'Transition',
      startVersion: onTheWire(startVersion),
      endVersion: onTheWire(version),
      modifications,
    });
  }

  function receive(message: ClientMessage): void {
    switch (message.type) {
      case 'Connect':
        session = message.sessionId;
        return;
      case 'ModifyQuerySet': {
        const removed: number[] = [];
        for (const { type, ...query } of message.modifications) {
          if (type === 'Add') queries.set(query.queryId, query as WatchedQuery);
          else if (queries.delete(query.queryId)) removed.push(query.queryId);
        }
        if (queries.size > limits.cloudQueries) return socket.close(CLOSE_POLICY, 'too many queries');
        return work(transition({ querySet: message.newVersion }, removed));
      }
      case 'Authenticate':
        return work(transition({ identity: message.baseVersion + 1 }));
      case 'Mutation':
        mutations = mutations.then(() => mutate(message));
        return work(mutations);
      case 'Action':
        return work(act(message));
      case 'Event':
        return;
    }
  }

  async function act({ requestId, udfPath, args }: Extract<ClientMessage, { type: 'Action' }>): Promise<void> {
    send(answer('ActionResponse', requestId, await call('action', udfPath, args)));
  }

  async function mutate({ requestId, udfPath, args }: Extract<ClientMessage, { type: 'Mutation' }>): Promise<void> {
    const key = `${session}/${requestId}`;
    let answered = answers.get(key);
    if (answered === undefined) {
      const outcome = await call('mutation', udfPath, args);
      answered = JSON.stringify({
        ...answer('MutationResponse', requestId, outcome),
        ...(outcome.ok && { ts: encodeTimestamp(timestamp()) }),
      });
      // What failed has changed nothing, and may be tried again.
      if (outcome.ok) keep(key, answered);
    }
    sendText(answered);
    // The client waits for a transition that is at least as new as the mutation; its next mutation need not.
    void transition();
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
