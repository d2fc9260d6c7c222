/**
 * A cloud with many turns: how soon it answers after its start, how long it takes to find one, and how many it takes in a second.
 */
import { ConvexHttpClient } from 'convex/browser';
import { v7 as uuidv7 } from 'uuid';
import { api } from '../../../convex/_generated/api.js';
import { signingKeyOf } from '../../../src/core/identity/signing-key.ts';
import { signToken } from '../../../src/core/identity/token.ts';
import { DEFAULT_TENANT } from '../../../src/protocol/identity.ts';
import { randomOf } from './floors.ts';
import type { Product } from './product.ts';
import { deviceName, openSeeded } from './seed.ts';
import { rateOf, type Times, timesOf } from './timing.ts';

const UPLOADS_AT_ONCE = 8;
export const RECORDING_BYTES = 30_000;

/** By the database alone, without functions and server. The cloud is not running. */
export async function lookUpInDatabase(state: string, turns: readonly string[], count: number): Promise<Times> {
  const database = await openSeeded(state);
  try {
    return await timesOf(count, () =>
      database.read(async (reader) => {
        const range = [
          { type: 'Eq' as const, fieldPath: 'tenant', value: { $undefined: null } },
          { type: 'Eq' as const, fieldPath: 'turn', value: randomOf(turns) },
        ];
        const source = { type: 'IndexRange' as const, indexName: 'turns.by_tenant_and_turn', range, order: null };
        const found = reader.open({ source, operators: [] }).next();
        if (found === undefined) throw new Error('a turn is lost');
      }),
    );
  } finally {
    database.close();
  }
}

/** `turns:get` by the official client, over HTTP. */
export async function lookUpByClient({ cloud }: Product, turns: readonly string[], count: number): Promise<Times> {
  const claims = { role: 'operator' as const, tenant: DEFAULT_TENANT, subject: 'bench' };
  const auth = await signToken(signingKeyOf(cloud.gatewayKey), claims, Date.now());
  const client = new ConvexHttpClient(cloud.url, { auth, logger: false });
  return await timesOf(count, () => client.query(api.turns.get, { turn: randomOf(turns) }));
}

export async function insertTurns(product: Product, count: number): Promise<{ alone: Times; atOnce64: number }> {
  const clients = Array.from({ length: 64 }, () => product.client('gateway'));
  const record = () => ({
    ...{ turn: uuidv7(), session: 'bench', trigger: 'key', offline: false, startedAt: Date.now() },
    ...{ state: 'idle' as const, outcome: 'done' as const, transcript: 'x'.repeat(300) },
  });
  // One client's mutations go one after another.
  const insert = (i: number) =>
    clients[i % clients.length]?.client.mutation(api.turns.record, { device: deviceName(0), record: record() }) ??
    Promise.reject(new Error('no client'));
  try {
    await Promise.all(clients.map((_, i) => insert(i)));
    const alone = await timesOf(count, () => insert(0));
    return { alone, atOnce64: await rateOf(count * 4, clients.length, insert) };
  } finally {
    await Promise.all(clients.map(({ close }) => close()));
  }
}

/** As a gateway delivers them: an address, the file, the turn with both. */
export async function storeRecordings(product: Product, megabytes: number): Promise<void> {
  const clients = Array.from({ length: UPLOADS_AT_ONCE }, () => product.client('gateway'));
  const count = Math.ceil((megabytes * 1_000_000) / RECORDING_BYTES);
  try {
    await rateOf(count, UPLOADS_AT_ONCE, async (i) => {
      const { client } = clients[i % clients.length] as (typeof clients)[number];
      const address = await client.mutation(api.recordings.uploadUrl, {});
      const body = new Uint8Array(RECORDING_BYTES).fill(i);
      const answer = await fetch(address, { method: 'POST', body, headers: { 'content-type': 'audio/ogg' } });
      const { storageId } = (await answer.json()) as { storageId: never };
      await client.mutation(api.turns.record, {
        device: deviceName(i % 10),
        record: {
          turn: uuidv7(),
          session: 'bench',
          trigger: 'key',
          offline: false,
          startedAt: Date.now(),
          state: 'idle',
        },
        recording: { storageId, durationMs: 10_000 },
      });
    });
  } finally {
    await Promise.all(clients.map(({ close }) => close()));
  }
}
