import type { Limits } from '../../core/limits/limits.ts';
import { type ClientIdentity, checkExpiry, NOBODY } from './authenticate.ts';
import { functionPath } from './call-path.ts';
import type { SyncConnection } from './connection.ts';
import { VISIT_INTERVAL_MS } from './heartbeat.ts';
import { createQuerySet, type Refusal } from './query-set.ts';
import type { RequestMetadata } from './request-metadata.ts';
import { createRequests } from './requests.ts';
import { type ClientMessage, type MessageOf, parseClientMessage } from './sync-messages.ts';
import type { SyncState } from './sync-state.ts';
import { decodeTimestamp, inParts, type StateVersion, transitionMessage } from './transition.ts';
import { TokenError } from './verify-token.ts';

const CLOSE_UNSUPPORTED_DATA = 1_003;
const CLOSE_POLICY = 1_008;
const CLOSE_SERVER_ERROR = 1_011;
const CLOSE_TRY_AGAIN = 1_013;

export interface SyncSessionOptions {
  /** The client puts a Transition together that comes in parts. */
  hasChunks: boolean;
  /** Of its calls. */
  metadata: RequestMetadata;
  /** Called once, when this client has shown that it has a key or a token. */
  onProven(): void;
  /** Of a client without one: what it may say, and how often it may guess. Of all: what they watch. */
  limits: Pick<Limits, 'cloudMessages' | 'cloudFailures' | 'cloudQueries'>;
}

export interface Session {
  receive(text: string): void;
  close(): void;
}

export function openSession(connection: SyncConnection, state: SyncState, options: SyncSessionOptions): Session {
  const { subscriptions, authenticator, timestamp, clock } = state;
  const { limits } = options;
  /** What the client has been told, and what it has asked for. */
  let told: StateVersion = { querySet: 0, identity: 0, ts: 0n };
  const asked = { querySet: 0, identity: 0 };
  let client: ClientIdentity = NOBODY;
  let isProven = false;
  let said = 0;
  let failures = 0;
  let clientClockSkewMs: number | undefined;
  let removed: number[] = [];
  /** The client waits for a Transition even if no answer has changed. */
  let isDue = false;
  let isFlushPlanned = false;
  let isWaitingForReader = false;
  let lastSentAtMs = clock.now();
  /** Messages that wait while a token is verified; undefined: none is. */
  let inbox: ClientMessage[] | undefined;

  const subscriber = subscriptions.open(guarded(flush));
  const querySet = createQuerySet(subscriber, limits.cloudQueries, NOBODY);
  const requests = createRequests({
    state,
    connection,
    send,
    caller: () => ({ ...client.caller, request: options.metadata }),
    isProven: () => isProven,
    onOutcome: judge,
    onAnswered: plan,
    onFault: fail,
  });
  const leaveHeartbeat = state.heartbeat.add(guarded(visit));

  /** A fault in what is done for one client ends its connection, and nothing else: it connects again, and asks anew. */
  function guarded<Args extends unknown[]>(work: (...args: Args) => void): (...args: Args) => void {
    return (...args) => {
      try {
        work(...args);
      } catch (error) {
        fail(error);
      }
    };
  }

  function fail(error: unknown): void {
    state.onError(error);
    if (connection.isOpen) failInternally('the server failed, and has logged why');
  }

  function send(text: string): void {
    lastSentAtMs = clock.now();
    connection.send(text);
  }

  function visit(): void {
    if (hasExpired()) return;
    if (clock.now() - lastSentAtMs >= VISIT_INTERVAL_MS / 2) send('{"type":"Ping"}');
  }

  /** A real backend says so, too, and the official client does not try again. */
  function failFatally(code: string, message: string): void {
    send(JSON.stringify({ type: 'FatalError', error: `${code}: ${message}` }));
    connection.close(CLOSE_UNSUPPORTED_DATA, code);
  }

  function failInternally(message: string): void {
    connection.close(CLOSE_SERVER_ERROR, `InternalServerError: ${message}`);
  }

  /** The official client gets another token and connects again. */
  function failToAuthenticate({ code, message }: TokenError, authUpdateAttempted: boolean): void {
    const error = `${code}: ${message}`;
    send(JSON.stringify({ type: 'AuthError', error, baseVersion: told.identity, authUpdateAttempted }));
    connection.close();
  }

  /** With an expired token nothing is executed and nothing told. */
  function hasExpired(): boolean {
    try {
      checkExpiry(client, clock.wallNow());
      return false;
    } catch (error) {
      if (connection.isOpen) failToAuthenticate(error as TokenError, false);
      return true;
    }
  }

  function prove(): void {
    if (isProven) return;
    isProven = true;
    connection.proven();
    subscriber.proven();
    options.onProven();
  }

  /** Who has not shown a key shows it by a call that succeeds, and may guess a few times. */
  function judge(isOk: boolean): void {
    if (isProven) return;
    if (isOk) return prove();
    failures += 1;
    if (failures > limits.cloudFailures) connection.terminate();
  }

  /** The client is due a Transition; what else happens in this turn of the event loop goes with it. */
  function plan(): void {
    isDue = true;
    if (isFlushPlanned) return;
    isFlushPlanned = true;
    setImmediate(
      guarded(() => {
        isFlushPlanned = false;
        flush();
      }),
    );
  }

  /** Tells the client all that has changed, if all of it is of one moment. */
  function flush(): void {
    if (!connection.isOpen || !subscriber.isCurrent) return;
    if (connection.isBehind) return waitForReader();
    if (hasExpired()) return;
    const changes = subscriber.takeChanges();
    if (changes.length === 0 && !isDue) return;
    isDue = false;
    const start = told;
    told = { ...asked, ts: timestamp() };
    const text = transitionMessage({ start, end: told, changes, removed, clientClockSkewMs });
    removed = [];
    lastSentAtMs = clock.now();
    for (const part of inParts(text, options.hasChunks)) connection.sendWhole(part);
    for (const { answer } of changes) judge(answer.ok);
  }

  /** What changes meanwhile is told in one Transition. */
  function waitForReader(): void {
    if (isWaitingForReader) return;
    isWaitingForReader = true;
    connection.onceRead(
      guarded(() => {
        isWaitingForReader = false;
        flush();
      }),
    );
  }

  function handle(message: ClientMessage): void {
    switch (message.type) {
      case 'Connect':
        return connect(message);
      case 'ModifyQuerySet':
        return modify(message);
      case 'Authenticate':
        return authenticate(message);
      case 'Mutation':
        if (!hasExpired()) requests.mutate(message);
        return;
      case 'Action':
        if (!hasExpired()) requests.act(message);
        return;
      case 'Event':
        return;
    }
  }

  function connect({ sessionId, maxObservedTimestamp, clientTs }: MessageOf<'Connect'>): void {
    requests.setSession(sessionId);
    if (typeof clientTs === 'number') clientClockSkewMs = Math.round(clientTs - clock.wallNow());
    if (typeof maxObservedTimestamp !== 'string') return;
    const seen = decodeTimestamp(maxObservedTimestamp);
    if (seen === undefined) return failFatally('WSMessageInvalidJson', 'maxObservedTimestamp is no timestamp');
    // It has seen data that is not here, for example of before a backup was restored.
    if (seen > timestamp()) failInternally('the client has seen a later time');
  }

  function modify({ baseVersion, newVersion, modifications }: MessageOf<'ModifyQuerySet'>): void {
    if (baseVersion !== asked.querySet) {
      const message = `Base version ${baseVersion} passed up doesn't match the current version ${asked.querySet}`;
      return failFatally('BaseVersionMismatch', message);
    }
    if (newVersion <= baseVersion) return failInternally('the version of the queries does not rise');
    asked.querySet = newVersion;
    for (const modification of modifications) {
      if (modification.type === 'Remove') {
        if (!querySet.remove(modification.queryId)) return failInternally(`there is no query ${modification.queryId}`);
        removed.push(modification.queryId);
      } else if (!add(modification)) return;
    }
    plan();
  }

  function add({ queryId, udfPath, args, journal, componentPath }: Added): boolean {
    const path = functionPath(udfPath, componentPath);
    const refusal = querySet.add(queryId, { path, args: args[0] ?? {}, journal: journal ?? null });
    if (refusal) refuse(refusal, queryId);
    return refusal === undefined;
  }

  function refuse(refusal: Refusal, queryId?: number): void {
    if (refusal === 'duplicate') return failInternally(`there is a query ${queryId} already`);
    if (refusal === 'too-many') return connection.close(CLOSE_POLICY, 'too many queries');
    // The official client waits longer after this one.
    connection.close(CLOSE_TRY_AGAIN, 'SubscriptionsWorkerFullError');
  }

  function authenticate({ baseVersion, ...credential }: MessageOf<'Authenticate'>): void {
    if (baseVersion !== asked.identity) return failInternally('the version of the identity is another');
    if (credential.tokenType === 'None') return become(NOBODY);
    inbox = [];
    connection.reading.hold('verifying');
    authenticator
      .of(credential)
      .then(become)
      .catch((error: unknown) => {
        if (error instanceof TokenError) return failToAuthenticate(error, true);
        state.onError(error);
        failInternally('the token could not be verified');
      })
      .finally(guarded(readInbox));
  }

  function become(next: ClientIdentity): void {
    // The client may have gone while its token was verified: its queries have been given up.
    if (!connection.isOpen) return;
    client = next;
    asked.identity += 1;
    if (next.isProven) prove();
    const refusal = querySet.become(next);
    if (refusal) return refuse(refusal);
    plan();
  }

  function readInbox(): void {
    const waiting = inbox ?? [];
    inbox = undefined;
    connection.reading.release('verifying');
    for (const message of waiting) accept(message);
  }

  function accept(message: ClientMessage): void {
    if (!connection.isOpen) return;
    if (inbox) inbox.push(message);
    else handle(message);
  }

  return {
    receive: guarded((text) => {
      said += 1;
      if (!isProven && said > limits.cloudMessages) return connection.terminate();
      const message = parseClientMessage(text);
      if (message) accept(message);
      else failFatally('WSMessageInvalidJson', 'Received Invalid JSON on websocket');
    }),
    close() {
      leaveHeartbeat();
      subscriber.close();
    },
  };
}

type Added = Extract<MessageOf<'ModifyQuerySet'>['modifications'][number], { type: 'Add' }>;
