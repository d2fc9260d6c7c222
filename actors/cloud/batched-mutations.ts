/**
 * Sends what a gateway records in batches: one call for many records of many devices. The first record of a quiet time goes almost at once,
 * those that follow within a moment go together. So the calls a second of a gateway have a limit, however many devices it has.
 */
import type { ConvexClient } from 'convex/browser';
import { type DefaultFunctionArgs, type FunctionReference, getFunctionName } from 'convex/server';
import { ConvexError, type Value } from 'convex/values';
import { api } from '../../convex/_generated/api.js';
import type { BatchedFunction } from '../../convex/batches.ts';
import type { Clock } from '../../src/core/time/clock.ts';

/** From one batch to the next. A page that shows a turn live is up to this much later. */
const INTERVAL_MS = 100;
/** After the first record: what happens at the same time goes with it. */
const GATHER_MS = 10;
const MAX_RECORDS = 25;
/** Characters of JSON: below the largest message that the embedded cloud accepts, whatever the characters are. */
const MAX_CHARACTERS = 262_144;

const BATCHED: Record<BatchedFunction, true> = {
  'announcements:report': true,
  'messages:record': true,
  'reminders:record': true,
  'reports:add': true,
  'sessions:record': true,
  'turns:record': true,
};

type MutationReference = FunctionReference<'mutation', 'public', DefaultFunctionArgs, unknown>;
type CallMutation = Pick<ConvexClient, 'mutation'>['mutation'];

interface Waiting {
  name: BatchedFunction;
  reference: MutationReference;
  args: DefaultFunctionArgs;
  characters: number;
  resolve(value: unknown): void;
  reject(error: unknown): void;
}

/** The same function, for the same calls; each has its own result. */
export function batchMutations(client: Pick<ConvexClient, 'mutation'>, clock: Clock): CallMutation {
  let waiting: Waiting[] = [];
  let nextAtMs = Number.NEGATIVE_INFINITY;

  /** Runs while something waits. */
  async function sendAll(): Promise<void> {
    let atMs = clock.now() + GATHER_MS;
    while (waiting.length > 0) {
      const inMs = Math.max(atMs, nextAtMs) - clock.now();
      await new Promise<void>((resolve) => {
        clock.setTimeout(resolve, inMs);
      });
      const batch = takeBatch();
      nextAtMs = clock.now() + INTERVAL_MS;
      atMs = nextAtMs;
      const sent = batch.length === 1 ? alone(batch) : together(batch);
      sent.catch(rejectAll);
    }
  }

  function rejectAll(error: unknown): void {
    for (const { reject } of waiting.splice(0)) reject(error);
  }

  function takeBatch(): Waiting[] {
    let characters = 0;
    const end = waiting.findIndex((each, i) => {
      characters += each.characters;
      return i > 0 && (i >= MAX_RECORDS || characters > MAX_CHARACTERS);
    });
    const batch = end < 0 ? waiting : waiting.slice(0, end);
    waiting = end < 0 ? [] : waiting.slice(end);
    return batch;
  }

  async function alone(batch: readonly Waiting[]): Promise<void> {
    await Promise.all(
      batch.map(({ reference, args, resolve, reject }) => client.mutation(reference, args).then(resolve, reject)),
    );
  }

  async function together(batch: readonly Waiting[]): Promise<void> {
    const calls = batch.map(({ name, args }) => ({ name, args }));
    try {
      const outcomes = await client.mutation(api.batches.run, { calls });
      batch.forEach(({ resolve, reject }, i) => {
        const outcome = outcomes[i];
        if (outcome && 'value' in outcome) resolve(outcome.value);
        else reject(new ConvexError(outcome?.refusal as Value));
      });
    } catch {
      // Nothing of it is stored: each call shows by itself what is wrong with it.
      await alone(batch);
    }
  }

  function add(reference: MutationReference, name: BatchedFunction, args: DefaultFunctionArgs): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const characters = JSON.stringify(args).length;
      waiting.push({ name, reference, args, characters, resolve, reject });
      if (waiting.length === 1) sendAll().catch(rejectAll);
    });
  }

  return (async (reference: MutationReference, args: DefaultFunctionArgs = {}, options) => {
    const name = getFunctionName(reference);
    return isBatched(name) ? await add(reference, name, args) : await client.mutation(reference, args, options);
  }) as CallMutation;
}

function isBatched(name: string): name is BatchedFunction {
  return Object.hasOwn(BATCHED, name);
}
