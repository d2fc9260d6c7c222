/**
 * Files in the embedded cloud: one whose id is known, stored as the operator, and a recording, stored as the gateway.
 */
import { connectConvex, uploadFile, withOrigin } from '../../actors/cloud/convex-cloud.ts';
import { api } from '../../convex/_generated/api.js';
import type { Id } from '../../convex/_generated/dataModel.d.ts';
import { silentLog } from '../../src/core/log/log.ts';
import { operatorsCloud } from '../../src/gateway/cloud-address.ts';
import { withCloud } from '../../src/gateway/operator.ts';
import { MAX_RECORDING_BYTES } from '../../src/protocol/bounds.ts';
import { queuedTurn } from '../support/records.ts';

/** Resolves with its id. */
export async function storeFile(state: string): Promise<string> {
  return await withCloud(state, async ({ client, url }) => {
    const address = await client.mutation(api.recordings.uploadUrl, {});
    const storageId = (await uploadFile(withOrigin(address, url), new Uint8Array(1_000))) as Id<'_storage'>;
    await client.mutation(api.replies.put, { key: 'known', text: 'a file whose id is known', storageId });
    return storageId;
  });
}

/** The largest recording. Resolves with the path under which it is fetched. */
export async function storeRecording(state: string, device: string): Promise<string> {
  const cloud = connectConvex({ ...operatorsCloud(state, process.env), log: silentLog });
  const { record } = queuedTurn(1, { startedAt: Date.now() });
  try {
    const storageId = await cloud.upload(await cloud.uploadUrl(), new Uint8Array(MAX_RECORDING_BYTES));
    await cloud.recordTurn(device, record, { storageId, durationMs: 1 });
  } finally {
    await cloud.close();
  }
  return await withCloud(state, async ({ client }) => {
    const stored = await client.query(api.recordings.url, { turn: record.turn, device });
    if (!stored) throw new Error('the recording was not stored');
    return new URL(stored.url).pathname;
  });
}
