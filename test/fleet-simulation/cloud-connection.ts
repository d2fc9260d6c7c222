/**
 * A gateway's connection to the simulated cloud, in place of Convex's client and like it: calls are carried out in order, those without an
 * answer are sent again after a reconnect under the same number, subscriptions are made again, a mutation has ended when the subscriptions have what
 * it wrote, and it reconnects with a growing delay.
 */
import { type FunctionReference, getFunctionName } from 'convex/server';
import { ConvexError, convexToJson, type JSONValue, jsonToConvex, type Value } from 'convex/values';
import { batchMutations } from '../../actors/cloud/batched-mutations.ts';
import type { Cloud } from '../../actors/cloud/cloud.ts';
import { type CallingClient, cloudOf } from '../../actors/cloud/convex-cloud.ts';
import type { Outcome } from '../../src/cloud/runtime/runtime.ts';
import type { Subscriber } from '../../src/cloud/server/subscriptions.ts';
import { silentLog } from '../../src/core/log/log.ts';
import { backoffMs } from '../../src/core/time/backoff.ts';
import type { ProcessClock } from './process-clock.ts';
import type { SimulatedCloud } from './simulated-cloud.ts';

/** As Convex's client does it. */
const BACKOFF = { firstMs: 1_000, longestMs: 16_000 };

export interface CloudConnectionOptions {
  cloud: SimulatedCloud;
  clock: ProcessClock;
  random: () => number;
  newId: () => string;
  /** One way. */
  latencyMs: number;
}

export interface CloudConnection {
  cloud: Cloud;
  /** The way to the cloud is closed, or open again. */
  cut(isCut: boolean): void;
  /** Calls without an answer. */
  waiting(): number;
}

interface Call {
  send(): void;
  resolve(value: never): void;
  reject(error: Error): void;
}

interface Watch {
  path: string;
  args: JSONValue;
  onUpdate: (value: never) => void;
}

export function openCloudConnection(options: CloudConnectionOptions): CloudConnection {
  const { cloud, clock, random, newId, latencyMs } = options;
  const session = newId();
  const calls = new Set<Call>();
  const watches = new Map<number, Watch>();
  const listeners = new Set<() => void>();
  let subscriber: Subscriber | undefined;
  /** At the cloud: answers that wait until the subscriptions are current. */
  const unanswered: (() => void)[] = [];
  let isCut = false;
  /** Counts connections: what belongs to an earlier one is dropped. Odd while there is none. */
  let epoch = 1;
  let failures = 0;
  let numbered = 0;

  const isConnected = () => epoch % 2 === 0;

  function later(work: () => void): void {
    const own = epoch;
    clock.setTimeout(() => own === epoch && work(), latencyMs);
  }

  function disconnect(): void {
    if (!isConnected()) return;
    epoch += 1;
    subscriber?.close();
    subscriber = undefined;
    for (const listener of listeners) listener();
    retry();
  }

  function retry(): void {
    failures += 1;
    clock.setTimeout(connect, backoffMs(failures, BACKOFF) * (0.5 + random() / 2));
  }

  function connect(): void {
    if (isConnected()) return;
    if (isCut || !cloud.isUp) return retry();
    failures = 0;
    epoch += 1;
    unanswered.length = 0;
    subscriber = cloud.subscribe(onCurrent);
    for (const listener of listeners) listener();
    for (const id of watches.keys()) watch(id);
    for (const call of calls) call.send();
  }

  function watch(id: number): void {
    later(() => {
      const watched = watches.get(id);
      if (!watched || !subscriber) return;
      const { path, args } = watched;
      cloud.calls.count(`${path} (watched)`);
      subscriber.watch(id, { path, args, caller: cloud.gateway, callerKey: 'gateway', journal: null });
      if (subscriber.isCurrent) later(tellChanges);
    });
  }

  /** At the cloud: the subscriptions have all that was written. */
  function onCurrent(): void {
    later(tellChanges);
    for (const answer of unanswered.splice(0)) later(answer);
  }

  function tellChanges(): void {
    if (!subscriber?.isCurrent) return;
    for (const { queryId, answer } of subscriber.takeChanges()) {
      const { type, value, errorMessage } = JSON.parse(`{${answer.body}}`);
      if (type !== 'QueryUpdated') throw new Error(`${watches.get(queryId)?.path} fails: ${errorMessage}`);
      watches.get(queryId)?.onUpdate(jsonToConvex(value) as never);
    }
  }

  function call(carryOut: () => Promise<Outcome>): Promise<never> {
    return new Promise((resolve, reject) => {
      const asked: Call = {
        resolve,
        reject,
        send() {
          later(() => {
            const own = epoch;
            void carryOut().then((outcome) => {
              if (own !== epoch) return;
              unanswered.push(() => settle(asked, outcome));
              if (subscriber?.isCurrent) onCurrent();
            });
          });
        },
      };
      calls.add(asked);
      if (isConnected()) asked.send();
    });
  }

  function settle(asked: Call, outcome: Outcome): void {
    calls.delete(asked);
    if (outcome.ok) asked.resolve(jsonToConvex(JSON.parse(outcome.text)) as never);
    else if (outcome.data !== undefined) asked.reject(new ConvexError(jsonToConvex(outcome.data)));
    else asked.reject(new Error(outcome.message));
  }

  const name = (reference: unknown) => getFunctionName(reference as FunctionReference<'query'>);
  const json = (args: unknown) => convexToJson((args ?? {}) as Value);

  const client = {
    connectionState: () => ({ isWebSocketConnected: isConnected() }),
    subscribeToConnectionState(listener: (state: { isWebSocketConnected: boolean }) => void) {
      const tell = () => listener({ isWebSocketConnected: isConnected() });
      listeners.add(tell);
      return () => listeners.delete(tell);
    },
    query: (reference: unknown, args: unknown) => call(() => cloud.query(name(reference), json(args))),
    mutation(reference: unknown, args: unknown) {
      const request = { session, request: numbered++ };
      return call(() => cloud.mutation(name(reference), json(args), request));
    },
    onUpdate(reference: unknown, args: unknown, onUpdate: (value: never) => void) {
      const id = numbered++;
      watches.set(id, { path: name(reference), args: json(args), onUpdate });
      if (isConnected()) watch(id);
      return () => {
        watches.delete(id);
        later(() => subscriber?.unwatch(id));
      };
    },
  } as unknown as CallingClient;

  const unwatch = cloud.onChange(() => {
    if (clock.isDead) return unwatch();
    if (!cloud.isUp) disconnect();
  });
  connect();

  const close = async () => {
    unwatch();
    disconnect();
  };
  const batched = { ...client, mutation: batchMutations(client, clock) };
  const calling = cloudOf({ client: batched, shard: 0, url: 'http://cloud.invalid', clock, log: silentLog, close });
  const upload: Cloud['upload'] = (_url, file) => call(() => cloud.upload(file));
  return {
    cloud: Object.defineProperties(Object.create(calling), { upload: { value: upload } }),
    cut(is) {
      isCut = is;
      if (is) disconnect();
    },
    waiting: () => calls.size,
  };
}
