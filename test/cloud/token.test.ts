/**
 * Tokens are verified as a deployment does it: with the JWK set, issuer and audience of convex/auth.config.ts.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createLocalJWKSet, decodeProtectedHeader, errors, type JSONWebKeySet, jwtVerify } from 'jose';
import { signingKeyOf } from '../../src/core/identity/signing-key.ts';
import { signToken, TOKEN_LIFETIME_MS } from '../../src/core/identity/token.ts';
import { DEFAULT_TENANT } from '../../src/protocol/identity.ts';
import { earshot } from '../support/cli.ts';
import fc from '../support/fast-check.ts';

const SECRET = '5f0d3d6f8d0a4f0bb0a8a7f7a4b5a1c15f0d3d6f8d0a4f0bb0a8a7f7a4b5a1c1';
const OPERATOR = { role: 'operator', tenant: DEFAULT_TENANT, subject: 'earshot turns' } as const;

function keysOf(dataUri: string): JSONWebKeySet {
  const [head, body = ''] = dataUri.split(',');
  assert.equal(head, 'data:text/plain;charset=utf-8;base64');
  return JSON.parse(Buffer.from(body, 'base64').toString());
}

/** @param jwks as in EARSHOT_JWKS of the deployment */
async function verified(token: string, jwks: string, nowMs: number) {
  process.env.EARSHOT_JWKS = jwks;
  const { default: config } = await import('../../convex/auth.config.ts');
  const [provider] = config.providers;
  assert.ok(provider?.type === 'customJwt');
  const { issuer, applicationID: audience, algorithm } = provider;
  const { payload } = await jwtVerify(token, createLocalJWKSet(keysOf(jwks)), {
    ...{ issuer, audience, algorithms: [algorithm], currentDate: new Date(nowMs), clockTolerance: 0 },
  });
  return payload;
}

test('a token says who calls, and the public half of its key verifies it', async () => {
  const key = signingKeyOf(SECRET);
  const nowMs = Date.UTC(2026, 0, 1);
  const device = { role: 'device', tenant: 'upstairs', subject: 'kitchen', device: 'kitchen' } as const;
  const token = await signToken(key, device, nowMs);
  assert.deepEqual(decodeProtectedHeader(token), { alg: 'ES256', kid: key.id, typ: 'JWT' });
  const { iss, aud, iat = 0, exp = 0, sub, ...claims } = await verified(token, key.jwks, nowMs);
  assert.deepEqual([iss, aud, sub], ['https://earshot.invalid', 'earshot', 'kitchen']);
  assert.deepEqual(claims, { role: 'device', tenant: 'upstairs', device: 'kitchen' });
  assert.equal(exp * 1_000, nowMs + TOKEN_LIFETIME_MS);
  assert.ok(iat * 1_000 < nowMs);
});

test('a token of another key, an expired one, and one without a signature are refused', async () => {
  const nowMs = Date.UTC(2026, 0, 1);
  const [mine, other] = [signingKeyOf(SECRET), signingKeyOf(`${SECRET} `)];
  const forged = await signToken(other, OPERATOR, nowMs);
  await assert.rejects(verified(forged, mine.jwks, nowMs), errors.JWKSNoMatchingKey);
  const asMine = await signToken({ ...other, id: mine.id }, OPERATOR, nowMs);
  await assert.rejects(verified(asMine, mine.jwks, nowMs), errors.JWSSignatureVerificationFailed);
  const token = await signToken(mine, OPERATOR, nowMs);
  await assert.rejects(verified(token, mine.jwks, nowMs + TOKEN_LIFETIME_MS + 1_000), errors.JWTExpired);
  const [, payload = ''] = token.split('.');
  const none = Buffer.from('{"alg":"none","typ":"JWT"}').toString('base64url');
  await assert.rejects(verified(`${none}.${payload}.`, mine.jwks, nowMs), errors.JOSEError);
});

test('the same secret makes the same key pair in every version', () => {
  assert.equal(signingKeyOf(SECRET).id, 'w2iOhYv1Ff_8V1-iDpuBuhSbd2yGYvYXnskI0konMyQ');
});

test('every long secret makes a key pair that works; the public half does not contain it', async () => {
  await fc.assert(
    fc.asyncProperty(fc.string({ unit: 'binary', minLength: 32, maxLength: 100 }), async (secret) => {
      const key = signingKeyOf(secret);
      assert.deepEqual(Object.keys(keysOf(key.jwks).keys[0] ?? {}).sort(), [
        'alg',
        'crv',
        'kid',
        'kty',
        'use',
        'x',
        'y',
      ]);
      assert.equal((await verified(await signToken(key, OPERATOR, 0), key.jwks, 0)).role, 'operator');
    }),
    { numRuns: 100 },
  );
});

test('a secret that could be guessed is refused', () => {
  assert.throws(() => signingKeyOf('x'.repeat(31)), { name: 'EarshotError', code: 'usage' });
});

test('earshot cloud jwks prints the public half of EARSHOT_GATEWAY_KEY', async () => {
  const printed = await earshot(['cloud', 'jwks'], { env: { EARSHOT_GATEWAY_KEY: SECRET } }).ended;
  assert.deepEqual([printed.code, printed.stdout, printed.stderr], [0, `${signingKeyOf(SECRET).jwks}\n`, '']);
  const json = await earshot(['cloud', 'jwks', '--json'], { env: { EARSHOT_GATEWAY_KEY: SECRET } }).ended;
  assert.deepEqual(JSON.parse(json.stdout), { jwks: signingKeyOf(SECRET).jwks, kid: signingKeyOf(SECRET).id });
  for (const key of ['', 'short']) {
    const refused = await earshot(['cloud', 'jwks'], { env: { EARSHOT_GATEWAY_KEY: key } }).ended;
    assert.deepEqual([refused.code, refused.stdout], [2, '']);
    assert.match(refused.stderr, /openssl rand -hex 32/);
    assert.doesNotMatch(refused.stderr, /short'|\n\s+at /);
  }
});
