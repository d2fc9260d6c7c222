/**
 * Sign-in at the console: a link works once, a session gives short-lived tokens, and guesses are limited.
 */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { decodeJwt } from 'jose';
import { signingKeyOf } from '../../src/core/identity/signing-key.ts';
import { readToken } from '../../src/core/identity/token.ts';
import { openSignInStore } from '../../src/gateway/web/sign-in-store.ts';
import { GATEWAY_KEY, openWeb, type TestWeb } from './open-web.ts';

let web: TestWeb;
before(async () => {
  web = await openWeb();
});
after(() => web.close());

const linkBody = (link: string) => ({ body: JSON.stringify({ link }) });

test('a link becomes a session, a session a token of 15 minutes with the role', async () => {
  for (const role of ['operator', 'viewer'] as const) {
    const signedIn = await web.post('/console/sign-in', linkBody(await web.store.createLink(role)));
    assert.equal(signedIn.status, 200);
    assert.equal(signedIn.json.role, role);
    const headers = { authorization: `Bearer ${signedIn.json.session}` };
    const given = await web.post('/console/token', { headers });
    assert.equal(given.status, 200);
    assert.deepEqual(Object.keys(given.json).sort(), ['expiresAt', 'gateway', 'role', 'token']);
    const token = String(given.json.token);
    const claims = await readToken(signingKeyOf(GATEWAY_KEY), token, Date.now());
    assert.equal(claims?.role, role);
    assert.equal(claims?.tenant, 'default');
    const { exp = 0 } = decodeJwt(token);
    assert.ok(exp * 1_000 <= Date.now() + 15 * 60_000);
    assert.equal(signedIn.headers['cache-control'], 'no-store');
    assert.equal(signedIn.headers['set-cookie'], undefined);
  }
});

test('a stolen link that is used twice works once, also when both come at the same time', async () => {
  const link = await web.store.createLink('operator');
  const answers = await Promise.all([1, 2, 3].map(() => web.post('/console/sign-in', linkBody(link))));
  assert.deepEqual(answers.map(({ status }) => status).sort(), [200, 401, 401]);
  const refused = await web.post('/console/sign-in', linkBody(link));
  assert.deepEqual([refused.status, refused.json.code], [401, 'link_used']);
});

test('a used link stays used after a restart', async () => {
  const link = await web.store.createLink('operator');
  assert.equal((await web.post('/console/sign-in', linkBody(link))).status, 200);
  const restarted = await openWeb({ state: web.state });
  try {
    assert.equal((await restarted.post('/console/sign-in', linkBody(link))).json.code, 'link_used');
  } finally {
    await restarted.close();
  }
});

test('a link of ten minutes ago and one that never was are refused, each by its name', async () => {
  const early = openSignInStore(web.state, () => Date.now() - 11 * 60_000);
  const old = await web.post('/console/sign-in', linkBody(await early.createLink('operator')));
  assert.deepEqual([old.status, old.json.code], [401, 'link_expired']);
  for (const link of ['A'.repeat(43), '', '../../cloud.json', 'x'.repeat(900), '\u0000']) {
    const unknown = await web.post('/console/sign-in', linkBody(link));
    assert.deepEqual([unknown.status, unknown.json.code], [401, 'link_unknown'], link);
  }
});

test('a body that is no link is refused', async () => {
  for (const body of ['', 'null', '[]', '{"link":1}', '{', '{}']) {
    assert.equal((await web.post('/console/sign-in', { body })).status, 400, body);
  }
  assert.equal((await web.post('/console/sign-in', { body: `{"link":"${'x'.repeat(2_000)}"}` })).status, 400);
});

test('a session ends: after 12 hours, when its page signs out, and when it is revoked', async () => {
  const session = await web.signIn();
  const headers = { authorization: `Bearer ${session}` };
  assert.equal((await web.post('/console/sign-out', { headers })).status, 204);
  const after = await web.post('/console/token', { headers });
  assert.deepEqual([after.status, after.json.code], [401, 'session_expired']);

  const revoked = { authorization: `Bearer ${await web.signIn()}` };
  const [newest] = await web.store.sessions();
  assert.ok(newest);
  await web.store.end(newest.id);
  assert.equal((await web.post('/console/token', { headers: revoked })).status, 401);

  const early = openSignInStore(web.state, () => Date.now() - 13 * 60 * 60_000);
  const made = await early.redeem(await early.createLink('operator'), '127.0.0.1');
  assert.ok(typeof made === 'object');
  const tooOld = { authorization: `Bearer ${made.secret}` };
  assert.equal((await web.post('/console/token', { headers: tooOld })).status, 401);
});

test('only hashes are on the disk, in private files', async () => {
  const link = await web.store.createLink('viewer');
  const session = await web.signIn();
  const folder = join(web.state, 'console');
  for (const name of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
    const status = statSync(join(folder, name));
    assert.equal(status.mode & 0o077, 0, name);
    if (!status.isFile()) continue;
    const text = readFileSync(join(folder, name), 'utf8');
    assert.ok(!text.includes(link) && !text.includes(session), name);
  }
});

test('a damaged file is no session and no link', async () => {
  const link = await web.store.createLink('operator');
  const folder = join(web.state, 'console/links');
  for (const name of readdirSync(folder)) writeFileSync(join(folder, name), '{"hash":');
  assert.equal((await web.post('/console/sign-in', linkBody(link))).json.code, 'link_unknown');
});

describe('a page of others', () => {
  const attempts: [why: string, headers: Record<string, string>, status: number][] = [
    ['a foreign origin', { origin: 'https://evil.example' }, 403],
    ['another port of this machine', { origin: 'http://127.0.0.1:1' }, 403],
    ['a file', { origin: 'null' }, 403],
    ['a rebound host', { origin: 'http://evil.example', host: 'evil.example' }, 403],
    ['a form', { 'content-type': 'text/plain' }, 415],
  ];
  for (const [why, headers, status] of attempts) {
    test(`cannot sign in: ${why}`, async () => {
      const link = await web.store.createLink('operator');
      assert.equal((await web.post('/console/sign-in', { ...linkBody(link), headers })).status, status);
      assert.equal((await web.post('/console/sign-in', linkBody(link))).status, 200, 'the link is not used up');
    });
  }

  test('a program that sends no origin is refused, too', async () => {
    const asked = { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{}' };
    assert.equal((await web.ask('/console/token', asked)).status, 403);
  });
});

test('guesses are limited by address, and the limit can be switched off', async () => {
  const limited = await openWeb({ limits: ['wrongSignIns=5'] });
  const open = await openWeb({ limits: ['wrongSignIns=off'] });
  try {
    const guess = (at: TestWeb) =>
      at.post('/console/token', { headers: { authorization: `Bearer ${'B'.repeat(43)}` } });
    const statuses = [];
    for (let i = 0; i < 8; i++) statuses.push((await guess(limited)).status);
    assert.deepEqual(statuses, [401, 401, 401, 401, 401, 401, 429, 429]);
    assert.equal((await guess(limited)).headers['retry-after'], '60');
    for (let i = 0; i < 40; i++) assert.equal((await guess(open)).status, 401);
  } finally {
    await Promise.all([limited.close(), open.close()]);
  }
});
