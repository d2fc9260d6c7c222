/**
 * The console's session and places, without a browser.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fileAddressOf } from '../../src/pages/console/shell/file-address.ts';
import { keepPlace, takeKeptPlace } from '../../src/pages/console/shell/kept-place.ts';
import { addressOf, goTo, placeOf } from '../../src/pages/console/shell/location.ts';
import { createBrowserSession, type SessionState } from '../../src/pages/console/shell/session.ts';
import { takeSignInLink } from '../../src/pages/console/shell/sign-in-link.ts';
import fc from '../support/fast-check.ts';

type Answer = { status: number; body?: object } | 'unreachable';

/** A gateway that gives these answers, in order; and what it was asked. */
function gatewayThatAnswers(answers: Answer[], stored?: string) {
  const asked: { path: string; authorization: string | undefined; body: unknown }[] = [];
  const store = new Map(stored === undefined ? [] : [['earshot.session', stored]]);
  const waits: number[] = [];
  const times: number[] = [];
  const states: SessionState[] = [];
  const session = createBrowserSession({
    fetch: async (path, { headers, body } = {}) => {
      const { authorization } = headers as Record<string, string>;
      asked.push({ path: String(path), authorization, body: JSON.parse(String(body)) });
      const answer = answers.shift() ?? 'unreachable';
      if (answer === 'unreachable') throw new TypeError('Failed to fetch');
      return new Response(answer.body && JSON.stringify(answer.body), {
        status: answer.status,
        headers: { date: 'Thu, 26 Nov 2026 14:04:02 GMT' },
      });
    },
    storage: {
      getItem: (key) => store.get(key) ?? null,
      setItem: (key, value) => void store.set(key, value),
      removeItem: (key) => void store.delete(key),
    },
    wait: async (ms) => void waits.push(ms),
    onGatewayTime: (ms) => void times.push(ms),
  });
  session.subscribe(() => states.push(session.state()));
  return { session, asked, store, waits, times, states };
}

const DETAILS = { role: 'viewer', gateway: { name: 'hall', version: '0.1.0' } };
const token = (name: string): Answer => ({ status: 200, body: { token: name, expiresAt: 1, ...DETAILS } });
const refusal = (code: string): Answer => ({ status: 401, body: { code, error: 'no' } });

test('a link signs in: the session is stored, the first token is used once', async () => {
  const { session, asked, store } = gatewayThatAnswers([
    { status: 200, body: { session: 's1', role: 'viewer', expiresAt: 1 } },
    token('t1'),
    token('t2'),
  ]);
  await session.begin('secret');
  assert.deepEqual(asked, [
    { path: '/console/sign-in', authorization: undefined, body: { link: 'secret' } },
    { path: '/console/token', authorization: 'Bearer s1', body: {} },
  ]);
  assert.equal(store.get('earshot.session'), 's1');
  assert.deepEqual(session.state(), { state: 'signed_in', details: DETAILS });
  assert.equal(await session.token(false), 't1');
  assert.equal(await session.token(false), 't2');
});

test('a renewal does not get the first token again', async () => {
  const { session, times } = gatewayThatAnswers([token('t1'), token('t2')], 's1');
  await session.begin(undefined);
  assert.equal(await session.token(true), 't2');
  assert.deepEqual(times, [1_795_701_842_000, 1_795_701_842_000], 'and its answers tell the time');
});

for (const code of ['link_used', 'link_expired', 'link_unknown'] as const) {
  test(`${code}: it is said, and the session of before has ended`, async () => {
    const { session, store } = gatewayThatAnswers([refusal(code)], 's0');
    await session.begin('secret');
    assert.deepEqual(session.state(), { state: 'signed_out', reason: code, message: 'no' });
    assert.equal(store.size, 0);
  });
}

test('a session that has ended at a renewal is told, and nothing is asked with it', async () => {
  const { session, asked } = gatewayThatAnswers([token('t1'), refusal('session_expired')], 's1');
  await session.begin(undefined);
  assert.equal(await session.token(true), null);
  assert.deepEqual(session.state(), { state: 'signed_out', reason: 'session_expired', message: 'no' });
  assert.equal(await session.token(true), null);
  assert.equal(asked.length, 2);
});

test('while the gateway does not answer it is asked again, and nobody is signed out', async () => {
  const away: Answer[] = ['unreachable', { status: 502 }, 'unreachable', 'unreachable', 'unreachable', 'unreachable'];
  const { session, waits, states } = gatewayThatAnswers([...away, token('t1'), 'unreachable', token('t2')], 's1');
  await session.begin(undefined);
  assert.deepEqual(
    states.map(({ state }) => state),
    ['signing_in', 'unreachable', 'signed_in'],
  );
  assert.deepEqual(waits, [1_000, 2_000, 4_000, 8_000, 15_000, 15_000]);
  assert.equal(await session.token(true), 't2');
  assert.equal(session.state().state, 'signed_in');
});

test('a token that arrives after the sign-out is not used', async () => {
  const { session } = gatewayThatAnswers([token('t1'), { status: 204 }, token('t2')], 's1');
  await session.begin(undefined);
  const signedOut = session.end('signed_out');
  await signedOut;
  assert.equal(await session.token(true), null);
  assert.deepEqual(session.state(), { state: 'signed_out', reason: 'signed_out' });
});

test('after a lost connection: a session that was revoked is told, a gateway that is away is no reason', async () => {
  const { session } = gatewayThatAnswers(
    [token('t1'), 'unreachable', { status: 503 }, token('t2'), refusal('session_expired')],
    's1',
  );
  await session.begin(undefined);
  for (let asked = 0; asked < 3; asked += 1) await session.check();
  assert.equal(session.state().state, 'signed_in');
  await session.check();
  assert.deepEqual(session.state(), { state: 'signed_out', reason: 'session_expired', message: 'no' });
});

test('without a link and a session nobody is signed in, and nothing is asked', async () => {
  const { session, asked } = gatewayThatAnswers([]);
  await session.begin(undefined);
  assert.deepEqual(session.state(), { state: 'signed_out', reason: 'none' });
  assert.deepEqual(asked, []);
});

test('the secret of a link is taken out of the address', () => {
  const written: unknown[] = [];
  const history = { replaceState: (...all: unknown[]) => written.push(all) } as unknown as History;
  const at = (hash: string) => ({ hash, pathname: '/console/' }) as Location;
  assert.equal(takeSignInLink(at('#sign-in=abc-_9'), history), 'abc-_9');
  assert.deepEqual(written, [[null, '', '/console/']]);
  assert.equal(takeSignInLink(at('#/devices'), history), undefined);
  assert.equal(written.length, 1);
});

test('a place that somebody wanted before the sign-in is gone to after it, once and soon', () => {
  const store = new Map<string, string>();
  const storage = {
    getItem: (key: string) => store.get(key) ?? null,
    setItem: (key: string, value: string) => void store.set(key, value),
    removeItem: (key: string) => void store.delete(key),
  };
  const minuteMs = 60_000;
  keepPlace('#/devices?code=123456', 0, storage);
  for (const nothing of ['', '#/', '#sign-in=secret']) keepPlace(nothing, 0, storage);
  assert.equal(takeKeptPlace(9 * minuteMs, storage), '#/devices?code=123456');
  assert.equal(takeKeptPlace(9 * minuteMs, storage), '', 'once');
  keepPlace('#/fleet', 0, storage);
  assert.equal(takeKeptPlace(11 * minuteMs, storage), '', 'not in another hour');
  for (const stored of ['', '{', 'null', '{"hash":"#sign-in=x","untilMs":1e9}', '{"hash":7,"untilMs":1e9}']) {
    store.set('earshot-place', stored);
    assert.equal(takeKeptPlace(0, storage), '', stored);
  }
  const written: unknown[] = [];
  const history = { replaceState: (...all: unknown[]) => written.push(all) } as unknown as History;
  keepPlace('#/fleet', 0, storage);
  const at = { hash: '#sign-in=abc', pathname: '/console/' } as Location;
  assert.equal(
    takeSignInLink(at, history, () => takeKeptPlace(0, storage)),
    'abc',
  );
  assert.deepEqual(written, [[null, '', '/console/#/fleet']]);
});

test('any place has an address that leads to it', () => {
  const part = fc.string({ minLength: 1, unit: 'grapheme' });
  fc.assert(
    fc.property(part, fc.array(part, { maxLength: 3 }), fc.string({ minLength: 1 }), (route, parts, filter) => {
      const { query, ...place } = placeOf(addressOf([route, ...parts], { filter, none: undefined }));
      assert.deepEqual(place, { route, parts });
      assert.deepEqual([...query], [['filter', filter]]);
    }),
  );
});

test('an address that a person has mistyped is a place as well', () => {
  fc.assert(fc.property(fc.string(), (hash) => void placeOf(hash)));
  assert.deepEqual(placeOf('#/devices/%E0%A4%A').parts, ['%E0%A4%A']);
  assert.equal(placeOf('').route, '');
});

test('a place is gone to with or without the one before in the history', () => {
  const replaced: string[] = [];
  const location = { hash: '', replace: (address: string) => void replaced.push(address) };
  Object.assign(globalThis, { location });
  goTo('#/devices');
  goTo('#/devices?filter=a', { replace: true });
  assert.deepEqual([location.hash, replaced], ['#/devices', ['#/devices?filter=a']]);
});

test('a stored file of the cloud is asked for at the gateway', () => {
  Object.assign(globalThis, { location: { origin: 'https://hall.local' } });
  const ours = 'https://hall.local/api/storage/x?component=a';
  assert.equal(fileAddressOf('http://127.0.0.1:3210/api/storage/x?component=a'), ours);
  // A deployment that names itself by an origin that only its own network has.
  assert.equal(fileAddressOf('http://backend:3210/api/storage/x?component=a'), ours);
  // A file that no cloud of Convex serves is where it says.
  const elsewhere = ['https://files.example/x', 'https://files.example/a/api/storage/x', 'not an address'];
  assert.deepEqual(elsewhere.map(fileAddressOf), elsewhere);
});
