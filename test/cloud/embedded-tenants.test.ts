/**
 * Tenants on the embedded cloud's own database: rows without a tenant are those of `default`, and the sweep reaches every tenant.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ConvexHttpClient } from 'convex/browser';
import { api } from '../../convex/_generated/api.js';
import { adminKeyOf } from '../../src/cloud/admin-key.ts';
import { signingKeyOf } from '../../src/core/identity/signing-key.ts';
import { signToken } from '../../src/core/identity/token.ts';
import type { Role } from '../../src/protocol/identity.ts';
import { startEmbeddedProcess } from '../support/embedded-process.ts';
import { eventually } from '../support/eventually.ts';

const TENANTS = ['default', 'attic', 'cellar'];
/** Some milliseconds. */
const SHORT_DAYS = 1e-8;

test('the same names of three tenants are three devices; the sweep deletes what each tenant no longer keeps', async (t) => {
  const cloud = await startEmbeddedProcess();
  t.after(() => cloud.close());
  const key = signingKeyOf(cloud.gatewayKey);
  async function as(role: Role, tenant: string): Promise<ConvexHttpClient> {
    const client = new ConvexHttpClient(cloud.url, { logger: false });
    client.setAuth(await signToken(key, { role, tenant, subject: 'a test' }, Date.now()));
    return client;
  }
  const listed = async () => {
    const lists = TENANTS.map(async (tenant) =>
      (await as('viewer', tenant)).query(api.reports.list, { device: 'kitchen', limit: 10 }),
    );
    return (await Promise.all(lists)).map((reports) => reports.map(({ at }) => at));
  };
  for (const [at, tenant] of TENANTS.entries()) {
    await (await as('gateway', tenant)).mutation(api.reports.add, { device: 'kitchen', at, figures: {} });
  }
  assert.deepEqual(await listed(), [[0], [1], [2]]);
  await (await as('operator', 'cellar')).mutation(api.retention.set, { table: 'reports', days: SHORT_DAYS });
  const sweep = { path: 'retention:sweep', args: { table: 'reports' }, format: 'json' };
  const headers = { authorization: `Convex ${adminKeyOf(cloud.gatewayKey)}`, 'content-type': 'application/json' };
  const answer = await fetch(`${cloud.url}/api/mutation`, { method: 'POST', headers, body: JSON.stringify(sweep) });
  assert.deepEqual(await answer.json(), { status: 'success', value: 0, logLines: [] });
  // The cellar's turn comes by the scheduler, after default and attic.
  await eventually(async () => (await listed())[2]?.length === 0, 'the cellar has no reports');
  assert.deepEqual(await listed(), [[0], [1], []]);
});
