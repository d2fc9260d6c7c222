/**
 * Stores a file in the embedded cloud, as the operator.
 */
import { uploadFile, withOrigin } from '../../actors/cloud/convex-cloud.ts';
import { api } from '../../convex/_generated/api.js';
import type { Id } from '../../convex/_generated/dataModel.d.ts';
import { withCloud } from '../../src/gateway/operator.ts';

/** Resolves with its id. */
export async function storeFile(state: string): Promise<string> {
  return await withCloud(state, async ({ client, url }) => {
    const address = await client.mutation(api.recordings.uploadUrl, {});
    const storageId = (await uploadFile(withOrigin(address, url), new Uint8Array(1_000))) as Id<'_storage'>;
    await client.mutation(api.replies.put, { key: 'known', text: 'a file whose id is known', storageId });
    return storageId;
  });
}
