/**
 * A deployment behind an address, through the official clients.
 */
import { ConvexClient, ConvexHttpClient } from 'convex/browser';
import { makeFunctionReference } from 'convex/server';
import { type Backend, CallError, type FunctionKind } from '../suite/backend.ts';

export interface Deployed {
  name: Backend['name'];
  url: string;
  /** Where its HTTP actions are. */
  siteUrl: string;
  restart(): Promise<void>;
  close(): Promise<void>;
}

export function byClients({ name, url, siteUrl, restart, close }: Deployed): Backend {
  const watchers = new Map<string, ConvexClient>();

  async function call<T>(kind: FunctionKind, path: string, args: Record<string, unknown>, token?: string): Promise<T> {
    const client = new ConvexHttpClient(url, { logger: false, ...(token !== undefined && { auth: token }) });
    // A mutation of one client waits for the one before it; here each has a client of its own.
    const run = client[kind] as (reference: unknown, args: unknown) => Promise<T>;
    try {
      return await run.call(client, makeFunctionReference<FunctionKind>(path), args);
    } catch (error) {
      const { message, data } = error as Error & { data?: unknown };
      throw new CallError(message, data);
    }
  }

  function watcherFor(token = ''): ConvexClient {
    let client = watchers.get(token);
    if (!client) {
      client = new ConvexClient(url, { logger: false });
      if (token) client.setAuth(async () => token);
      watchers.set(token, client);
    }
    return client;
  }

  return {
    name,
    hasCrons: true,
    query: (path, args = {}, token) => call('query', path, args, token),
    mutation: (path, args = {}, token) => call('mutation', path, args, token),
    action: (path, args = {}, token) => call('action', path, args, token),
    fetch: (path, init) => fetch(new URL(siteUrl + path), { redirect: 'manual', ...init }),
    fetchFile: (address, init) => fetch(address, init),
    subscribe(path, args, { onValue, onError }, token) {
      const reference = makeFunctionReference<'query'>(path);
      return watcherFor(token).onUpdate(
        reference,
        args,
        (value) => onValue(value),
        (error) => {
          onError?.(new CallError(error.message, (error as { data?: unknown }).data));
        },
      );
    },
    restart,
    async close() {
      await Promise.all([...watchers.values()].map((client) => client.close()));
      await close();
    },
  };
}
