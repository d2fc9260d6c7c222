/**
 * The table of convex/access.ts is what the functions do: each is tried with each role.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { api } from '../../convex/_generated/api.js';
import { PERMITTED, type PublicFunction } from '../../convex/access.ts';
import { ROLES } from '../../src/protocol/identity.ts';
import { functions, identityOf } from '../support/convex-functions.ts';
import fc from '../support/fast-check.ts';
import { argumentsOf, callFunction, type FoundFunction, publicFunctions } from './public-functions.ts';

const found = await publicFunctions();

test('each public function is in the table, and nothing else is', () => {
  assert.ok(found.length > 20);
  assert.deepEqual(Object.keys(PERMITTED).sort(), found.map(({ name }) => name).sort());
});

test('a viewer and a device only read', () => {
  for (const { name, kind } of found) {
    const roles: readonly string[] = PERMITTED[name as PublicFunction];
    if (kind === 'mutation') assert.ok(!roles.includes('viewer') && !roles.includes('device'), name);
  }
});

test('no function takes a secret: arguments are in logs, on dashboards and in subscriptions', () => {
  for (const { name, args } of found) {
    // The first token of a language model's answer is none.
    assert.doesNotMatch(
      JSON.stringify(args),
      /"(?!firstToken")\w*(?:gatewayKey|credential|secret|[tT]oken|password)"/,
      name,
    );
  }
});

const REFUSALS = ['not_authenticated', 'not_permitted'];

/** The refusal that is about the caller, if it is refused for that. */
async function refusalOf(
  fn: FoundFunction,
  identity: Parameters<ReturnType<typeof functions>['withIdentity']>[0] | undefined,
): Promise<string | undefined> {
  const t = functions();
  await t.withIdentity(identityOf('gateway')).mutation(api.reports.add, { device: 'kitchen', at: 1, figures: {} });
  const caller = identity ? t.withIdentity(identity) : t;
  const storageId = await t.run((ctx) => ctx.storage.store(new Blob(['x'])));
  const pool = { device: ['kitchen'], storageId: [storageId], cursor: [null], endCursor: [null] };
  const [args = {}] = fc.sample(argumentsOf(fn, pool), { numRuns: 1, seed: 1 });
  try {
    await callFunction(caller, fn, args);
    return undefined;
  } catch (error) {
    const code = (error as { data?: { code?: string } }).data?.code;
    // A fault of the arguments would hide what is tested.
    assert.ok(code !== undefined, `${fn.name} ${JSON.stringify(args)}: ${error}`);
    return REFUSALS.includes(code) ? code : undefined;
  }
}

for (const fn of found) {
  test(`${fn.name} may be called by ${PERMITTED[fn.name as PublicFunction]}, and nobody else`, async () => {
    const roles: readonly string[] = PERMITTED[fn.name as PublicFunction];
    for (const role of ROLES) {
      const wanted = roles.includes(role) ? undefined : 'not_permitted';
      assert.equal(await refusalOf(fn, identityOf(role, { device: 'kitchen' })), wanted, role);
    }
    assert.equal(await refusalOf(fn, undefined), 'not_authenticated');
  });
}

test('a token without a role, without a tenant, or of another issuer identifies nobody', async () => {
  const [fn] = found.filter(({ name }) => name === 'devices:list');
  assert.ok(fn);
  const good = identityOf('operator');
  assert.equal(await refusalOf(fn, good), undefined);
  for (const change of [
    { role: 'admin' },
    { role: undefined },
    { tenant: '' },
    { tenant: undefined },
    { issuer: 'https://other' },
  ]) {
    const { role, tenant, ...rest } = { ...good, ...change };
    const identity = { ...rest, ...(role !== undefined && { role }), ...(tenant !== undefined && { tenant }) };
    assert.equal(await refusalOf(fn, identity), 'not_authenticated', JSON.stringify(change));
  }
});
