/**
 * Connects the operator's commands to the cloud: calls by the official client, and errors with a hint.
 */
import type { ConvexClient } from 'convex/browser';
import { mapCloudErrors } from '../../actors/cloud/cloud-errors.ts';
import { openClient } from '../../actors/cloud/convex-cloud.ts';
import { EarshotError } from '../core/errors.ts';
import { operatorsCloud } from './cloud-address.ts';

/** How long a command waits for the cloud. */
const CONNECT_PATIENCE_MS = 10_000;

export interface Operator {
  client: ConvexClient;
  url: string;
}

/**
 * Runs a command with a connection to the cloud, and closes it. @throws EarshotError `cloud_not_found`,
 * `cloud_unavailable`, …
 */
export async function withCloud<T>(state: string | undefined, work: (operator: Operator) => Promise<T>): Promise<T> {
  const address = operatorsCloud(state, process.env);
  const { url } = address;
  const { client, close } = openClient({ ...address, claims: { role: 'operator', subject: 'operator' } });
  try {
    await connected(client, url);
    return await mapCloudErrors(work({ client, url }));
  } finally {
    await close();
  }
}

function connected(client: ConvexClient, url: string): Promise<void> {
  if (client.connectionState().isWebSocketConnected) return Promise.resolve();
  return new Promise((resolve, reject) => {
    const patience = setTimeout(() => {
      unwatch();
      const message = `The cloud at ${url} does not answer`;
      reject(new EarshotError('cloud_unavailable', message, 'Check CONVEX_URL, and that it runs.'));
    }, CONNECT_PATIENCE_MS);
    const unwatch = client.subscribeToConnectionState(({ isWebSocketConnected }) => {
      if (!isWebSocketConnected) return;
      clearTimeout(patience);
      unwatch();
      resolve();
    });
  });
}
