/**
 * The mutations and actions of one client: mutations one after the other, each once however often it is sent; actions beside them.
 */
import type { JSONValue } from 'convex/values';
import type { Caller, Outcome } from '../runtime/runtime.ts';
import { functionPath } from './call-path.ts';
import type { SyncConnection } from './connection.ts';
import type { MessageOf } from './sync-messages.ts';
import type { SyncState } from './sync-state.ts';
import { responseText } from './transition.ts';

/** Calls of a client with a key that may be carried out or wait at the same time; of one without it is one. */
const MAX_BUSY = 64;
/** A longer one is none that the official client makes. */
const MAX_SESSION_CHARACTERS = 64;

/** The answer to whoever does not hear it any more. */
const GONE: Promise<Outcome> = Promise.resolve({ ok: false, message: 'the client has gone' });

export interface RequestsOptions {
  state: Pick<SyncState, 'runtime' | 'timestamp' | 'unproven' | 'onError'>;
  connection: Pick<SyncConnection, 'reading' | 'isOpen'>;
  send: (text: string) => void;
  /** On behalf of whom the client is now. */
  caller: () => Caller;
  isProven: () => boolean;
  onOutcome: (isOk: boolean) => void;
  /** A Transition is due that is at least as new. */
  onAnswered: () => void;
  /** An answer could not be given. */
  onFault: (error: unknown) => void;
}

export function createRequests(options: RequestsOptions) {
  const { state, connection, send, isProven, onOutcome, onAnswered, onFault } = options;
  const { runtime, timestamp } = state;
  let session: string | undefined;
  let mutations: Promise<void> = Promise.resolve();
  let busy = 0;

  /** Nothing more is read from a client while so much of what it wants is not done. */
  function work(task: Promise<void>): void {
    busy += 1;
    if (busy >= (isProven() ? MAX_BUSY : 1)) connection.reading.hold('busy');
    void task.catch(onFault).finally(() => {
      busy -= 1;
      if (busy === 0) connection.reading.release('busy');
    });
  }

  async function call(carryOut: () => Promise<Outcome>): Promise<Outcome> {
    try {
      const outcome = isProven()
        ? await carryOut()
        : await state.unproven(() => (connection.isOpen ? carryOut() : GONE));
      onOutcome(outcome.ok);
      return outcome;
    } catch (error) {
      state.onError(error);
      return { ok: false, message: 'The server failed. It has logged why.' };
    }
  }

  async function mutate(message: MessageOf<'Mutation'>, caller: Caller): Promise<void> {
    const { requestId, udfPath, componentPath, args } = message;
    const request = session === undefined ? undefined : { session, request: requestId };
    const path = functionPath(udfPath, componentPath);
    const outcome = await call(() => runtime.mutation(path, argumentsOf(args), caller, request));
    // First, so that the Transition goes out with the answer if nothing has to be executed for it.
    onAnswered();
    send(responseText('MutationResponse', requestId, outcome, timestamp()));
  }

  async function act(message: MessageOf<'Action'>, caller: Caller): Promise<void> {
    const { requestId, udfPath, componentPath, args } = message;
    const path = functionPath(udfPath, componentPath);
    const outcome = await call(() => runtime.action(path, argumentsOf(args), caller));
    send(responseText('ActionResponse', requestId, outcome));
    onAnswered();
  }

  return {
    setSession(id: string): void {
      session = id.length <= MAX_SESSION_CHARACTERS ? id : undefined;
    },
    mutate(message: MessageOf<'Mutation'>): void {
      const caller = options.caller();
      const mutation = mutations.then(() => mutate(message, caller));
      mutations = mutation.catch(() => undefined); // told to onFault
      work(mutation);
    },
    act(message: MessageOf<'Action'>): void {
      work(act(message, options.caller()));
    },
  };
}

function argumentsOf(args: readonly JSONValue[]): JSONValue {
  return args[0] ?? {};
}
