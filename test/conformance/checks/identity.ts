/**
 * Authentication: whose token is taken, and what a function learns of its owner.
 */
import assert from 'node:assert/strict';
import { inTime } from '../../support/in-time.ts';
import { ISSUER } from '../convex/auth.config.ts';
import type { Check } from '../suite/check.ts';
import { forged, signedByPublicKey, token, unsigned, wronglySigned } from '../suite/tokens.ts';

type Identity = Record<string, unknown> | null;

function refused(id: string, title: string, make: () => Promise<string>): Check {
  return {
    id: `identity.${id}`,
    title: `${title} is refused, in a query, a mutation, an action and an HTTP action`,
    async run(backend) {
      const bad = await make();
      await assert.rejects(backend.query('identity:inQuery', {}, bad), /auth|token|jwt|JWT|401/i);
      await assert.rejects(backend.mutation('identity:inMutation', {}, bad), /auth|token|jwt|JWT|401/i);
      await assert.rejects(backend.action('identity:inAction', {}, bad), /auth|token|jwt|JWT|401/i);
      const response = await backend.fetch('/identity', { headers: { authorization: `Bearer ${bad}` } });
      assert.ok(
        response.status === 401 || (response.status === 200 && (await response.json()) === null),
        `${response.status}`,
      );
    },
  };
}

export const identity: Check[] = [
  {
    id: 'identity.none',
    title: 'without a token there is no identity',
    async run(backend) {
      assert.equal(await backend.query('identity:inQuery'), null);
      assert.equal(await backend.mutation('identity:inMutation'), null);
      assert.equal(await backend.action('identity:inAction'), null);
      assert.equal(await (await backend.fetch('/identity')).json(), null);
    },
  },
  {
    id: 'identity.good',
    title: 'a good token is an identity: who, by whom, and its claims',
    async run(backend) {
      const good = await token({ claims: { name: 'Some Body', role: 'operator', email_verified: true } });
      const wanted = { subject: 'somebody', issuer: ISSUER, tokenIdentifier: `${ISSUER}|somebody`, name: 'Some Body' };
      for (const [kind, path] of [
        ['query', 'identity:inQuery'],
        ['mutation', 'identity:inMutation'],
        ['action', 'identity:inAction'],
        ['action', 'identity:throughAction'],
      ] as const) {
        const found = await backend[kind]<Identity>(path, {}, good);
        assert.deepEqual({ ...found, ...wanted, role: 'operator', email_verified: true }, found, path);
      }
      const response = await backend.fetch('/identity', { headers: { authorization: `Bearer ${good}` } });
      assert.equal(((await response.json()) as Identity)?.subject, 'somebody');
    },
  },
  refused('expired', 'a token that has expired', () => token({ expiresInS: -30 })),
  refused('foreign-issuer', 'a token of another issuer', () => token({ issuer: 'https://other.example' })),
  refused('foreign-audience', 'a token for another application', () => token({ audience: 'another' })),
  refused('wrongly-signed', 'a token that another key signed', wronglySigned),
  refused('forged', 'a token whose claims were changed', forged),
  refused('unsigned', 'a token of the algorithm none', unsigned),
  refused('symmetric', 'a token that was signed with the public key as a secret', signedByPublicKey),
  refused('nonsense', 'what is no token', async () => 'nonsense'),
  {
    id: 'identity.subscription',
    title: 'a subscription has the identity of its connection',
    async run(backend) {
      const good = await token({ subject: 'watcher' });
      const told = new Promise<Identity>((resolve, reject) => {
        const onValue = (value: Identity) => value && resolve(value);
        const watcher = { onValue, onError: reject };
        const stop = backend.subscribe<Identity>('identity:inQuery', {}, watcher, good);
        setTimeout(() => stop(), 10_000).unref();
      });
      const seen = await inTime(told, 'the identity');
      assert.equal(seen?.subject, 'watcher');
    },
  },
];
