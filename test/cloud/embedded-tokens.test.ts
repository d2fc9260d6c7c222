/**
 * Which tokens the embedded cloud accepts, and what a function sees of them.
 */
import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { before, test } from 'node:test';
import { type CryptoKey, exportJWK, generateKeyPair, SignJWT, UnsecuredJWT } from 'jose';
import { providersOf } from '../../src/cloud/server/auth-config.ts';
import { createAuthenticator } from '../../src/cloud/server/authenticate.ts';
import { createTokenVerifier, TokenError } from '../../src/cloud/server/verify-token.ts';
import { once } from '../support/in-time.ts';

const NOW_S = 1_800_000_000;
const ISSUER = 'https://issuer.example';
const now = () => NOW_S * 1_000;

let keys: CryptoKey;
let publicJwk: object;
let jwks: string;
before(async () => {
  const pair = await generateKeyPair('ES256', { extractable: true });
  keys = pair.privateKey;
  publicJwk = { ...(await exportJWK(pair.publicKey)), kid: 'k1', alg: 'ES256', use: 'sig' };
  jwks = dataUri({ keys: [publicJwk] });
});

const dataUri = (value: object) =>
  `data:application/json;base64,${Buffer.from(JSON.stringify(value)).toString('base64')}`;

const CLAIMS = { iss: ISSUER, sub: 'someone', aud: 'app', iat: NOW_S - 10, exp: NOW_S + 900 };

function sign(claims: Record<string, unknown> = {}, header: object = {}, key = keys): Promise<string> {
  return new SignJWT({ ...CLAIMS, ...claims }).setProtectedHeader({ alg: 'ES256', kid: 'k1', ...header }).sign(key);
}

const custom = (rest: object = {}) => ({
  type: 'customJwt',
  issuer: ISSUER,
  applicationID: 'app',
  algorithm: 'ES256',
  jwks,
  ...rest,
});
const verifier = (provider: object = custom()) => createTokenVerifier(providersOf({ providers: [provider] }), now);

async function refused(token: string | Promise<string>, pattern: RegExp, verify = verifier()): Promise<void> {
  await assert.rejects(
    async () => verify(await token),
    (error: unknown) => {
      assert.ok(error instanceof TokenError, String(error));
      assert.match(`${error.code}: ${error.message}`, pattern);
      return true;
    },
  );
}

test('a custom JWT: its claims by their names, those of an object with a dot, none of the token itself', async () => {
  const token = await sign({
    name: 'Some One',
    role: 'viewer',
    list: [1],
    org: { id: 7, deep: { x: null } },
    nbf: NOW_S - 5,
    jti: 'j',
    fva: [1],
  });
  assert.deepEqual(await verifier()(token), {
    expiresAtMs: CLAIMS.exp * 1_000,
    identity: {
      tokenIdentifier: `${ISSUER}|someone`,
      issuer: ISSUER,
      subject: 'someone',
      name: 'Some One',
      role: 'viewer',
      list: [1],
      'org.id': 7,
      'org.deep.x': null,
    },
  });
});

test('claims cannot take the place of issuer and subject', async () => {
  const { identity } = await verifier()(
    await sign({ tokenIdentifier: 'another', issuer: 'another', subject: 'another' }),
  );
  assert.equal(identity.tokenIdentifier, `${ISSUER}|someone`);
  assert.deepEqual([identity.issuer, identity.subject], [ISSUER, 'someone']);
});

test('refused: another algorithm, audience, issuer, key; no signature; a time that is over or not yet', async () => {
  const rsa = await generateKeyPair('RS256');
  const other = await generateKeyPair('ES256');
  await refused(sign({}, { alg: 'RS256' }, rsa.privateKey), /alg/);
  await refused(sign({ aud: 'another' }), /NoAuthProvider/);
  await refused(sign({ aud: [] }), /NoAuthProvider/);
  await refused(sign({ iss: 'https://another.example' }), /NoAuthProvider/);
  await refused(sign({}, {}, other.privateKey), /signature/);
  await refused(sign({}, { kid: 'k2' }), /no applicable key/);
  await refused(sign({}, { kid: undefined }), /'kid'/);
  await refused(sign({ exp: NOW_S - 6 }), /expired/);
  await refused(sign({ nbf: NOW_S + 60 }), /nbf/);
  await refused(sign({ exp: undefined }), /exp/);
  await refused(sign({ sub: undefined }), /sub/);
  await refused(sign({ iss: undefined }), /issuer/);
  const unsigned = new UnsecuredJWT({ ...CLAIMS }).encode();
  await refused(unsigned, /kid|alg/);
  const [, payload] = (await sign()).split('.');
  const none = Buffer.from('{"alg":"none","kid":"k1"}').toString('base64url');
  await refused(`${none}.${payload}.`, /alg/);
  // Signed with the public key as if it were a shared secret.
  const shared = new TextEncoder().encode(JSON.stringify(publicJwk));
  const symmetric = new SignJWT(CLAIMS).setProtectedHeader({ alg: 'HS256', kid: 'k1' }).sign(shared);
  await refused(symmetric, /alg/);
});

test('clocks may differ by five seconds', async () => {
  await verifier()(await sign({ exp: NOW_S - 4 }));
  await verifier()(await sign({ nbf: NOW_S + 4 }));
});

test('what is no token', async () => {
  for (const text of ['', 'x', 'a.b.c', `${'x'.repeat(20_000)}.y.z`, '{}'])
    await refused(text, /Could not parse|Missing/);
});

test('without auth.config.ts no token is accepted; a wrong one is refused at the start', async () => {
  await refused(sign(), /NoAuthProvider/, createTokenVerifier(providersOf(undefined), now));
  assert.throws(() => providersOf({ providers: [custom({ algorithm: 'none' })] }), /auth.config.ts is wrong/);
  assert.throws(() => providersOf({}), /auth.config.ts is wrong/);
});

test('without an application id any audience is accepted; an issuer may be written without its protocol or with a slash', async () => {
  await verifier(custom({ applicationID: undefined }))(await sign({ aud: 'whatever' }));
  await verifier(custom({ issuer: 'issuer.example' }))(await sign());
  await verifier()(await sign({ iss: `${ISSUER}/` }));
});

test('keys from an address, and of an OpenID Connect provider by discovery', async (t) => {
  const rsa = await generateKeyPair('RS256', { extractable: true });
  const rsaJwk = { ...(await exportJWK(rsa.publicKey)), kid: 'r1', alg: 'RS256' };
  let requests = 0;
  const server = createServer((request, response) => {
    requests += 1;
    const { port } = server.address() as AddressInfo;
    response.setHeader('content-type', 'application/json');
    const isDiscovery = request.url === '/.well-known/openid-configuration';
    response.end(
      JSON.stringify(isDiscovery ? { jwks_uri: `http://127.0.0.1:${port}/keys` } : { keys: [publicJwk, rsaJwk] }),
    );
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => void server.close());
  const address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

  const verify = verifier(custom({ jwks: `${address}/keys` }));
  for (let i = 0; i < 5; i++) await verify(await sign({ sub: `n${i}` }));
  assert.equal(requests, 1, 'the keys are fetched once');

  const oidc = verifier({ domain: address, applicationID: 'app' });
  const claims = { iss: address, given_name: 'Some', email_verified: true, updated_at: NOW_S, nonce: 'n', role: 'x' };
  const { identity } = await oidc(await sign(claims, { alg: 'RS256', kid: 'r1' }, rsa.privateKey));
  assert.deepEqual(identity, {
    tokenIdentifier: `${address}|someone`,
    issuer: address,
    subject: 'someone',
    givenName: 'Some',
    emailVerified: true,
    updatedAt: new Date(NOW_S * 1_000).toISOString(),
    role: 'x',
  });
  await refused(sign(claims), /alg/, oidc);
  await refused(sign(), /Could not validate/, verifier(custom({ jwks: 'http://127.0.0.1:1/keys' })));
});

test('a token is verified once, however often it is shown, until it expires', async () => {
  let verified = 0;
  let nowMs = now();
  const verify = verifier();
  const authenticator = createAuthenticator({
    verify: (token) => {
      verified += 1;
      return verify(token);
    },
    adminKey: 'earshot|secret',
    now: () => nowMs,
  });
  const token = await sign();
  const shown = await Promise.all(
    Array.from({ length: 10 }, () => authenticator.of({ tokenType: 'User', value: token })),
  );
  assert.equal(verified, 1);
  assert.ok(shown.every((each) => each === shown[0] && each.isProven));
  // Another token of the same person: its queries are the same.
  const fresh = await authenticator.ofHeader(`Bearer ${await sign({ exp: NOW_S + 1_000 })}`);
  assert.equal(fresh.key, shown[0]?.key);
  nowMs = CLAIMS.exp * 1_000;
  await assert.rejects(authenticator.of({ tokenType: 'User', value: token }), { code: 'TokenExpired' });
  // A refusal is not kept.
  const wrong = await sign({ aud: 'x' });
  verified = 0;
  for (let i = 0; i < 3; i++) await assert.rejects(authenticator.of({ tokenType: 'User', value: wrong }));
  assert.equal(verified, 3);
});

test('the admin key, alone or to act as a user', async () => {
  const authenticator = createAuthenticator({ verify: verifier(), adminKey: 'earshot|secret', now });
  const admin = await authenticator.ofHeader('Convex earshot|secret');
  assert.deepEqual(admin.caller, { identity: null, isAdmin: true });
  const attributes = { subject: 's', issuer: ISSUER, name: 'N', customClaims: { role: 'viewer' } };
  const acting = await authenticator.ofHeader(
    `Convex earshot|secret:${Buffer.from(JSON.stringify(attributes)).toString('base64')}`,
  );
  assert.deepEqual(acting.caller.identity, {
    tokenIdentifier: `${ISSUER}|s`,
    subject: 's',
    issuer: ISSUER,
    name: 'N',
    role: 'viewer',
  });
  for (const header of [
    'Convex wrong',
    'Convex ',
    'Basic x',
    'x',
    'Convex earshot|secret:!',
    'Convex earshot|secret:e30=',
  ]) {
    await assert.rejects(authenticator.ofHeader(header), TokenError, header);
  }
  const without = createAuthenticator({ verify: verifier(), adminKey: '', now });
  await assert.rejects(without.ofHeader('Convex '), TokenError);
});
