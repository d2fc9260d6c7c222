/**
 * What a function learns of the request that called it.
 */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { ConvexClient, ConvexHttpClient } from 'convex/browser';
import { makeFunctionReference } from 'convex/server';
import { serveEmbeddedCloud } from '../../src/cloud/server/serve.ts';
import { type Log, silentLog } from '../../src/core/log/log.ts';

test('address and program of whoever called, by WebSocket and by HTTP', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'earshot-test-cloud-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const source = new URL('../support/functions/', import.meta.url);
  const log: Log = { ...silentLog, error: (message, fields) => assert.fail(`${message}: ${JSON.stringify(fields)}`) };
  const cloud = await serveEmbeddedCloud(
    { port: 0, folder },
    source,
    { gatewayKey: 'key', adminKey: '', variables: {} },
    log,
  );
  t.after(() => cloud.close());
  const mutation = makeFunctionReference<'mutation'>('meta:inMutation');
  const http = new ConvexHttpClient(cloud.url, { logger: false });
  assert.deepEqual(pick(await http.mutation(mutation, {})), { ip: '127.0.0.1', userAgent: 'node' });
  const client = new ConvexClient(cloud.url, { logger: false });
  t.after(() => client.close());
  assert.equal(pick(await client.mutation(mutation, {})).ip, '127.0.0.1');
});

function pick({ ip, userAgent }: { ip: string; userAgent: string }) {
  return { ip, userAgent };
}
