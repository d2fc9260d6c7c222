/**
 * The sync protocol of the embedded cloud, message by message: versions, tokens, and mutations that are sent again.
 */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { ConvexClient } from 'convex/browser';
import { WebSocket } from 'ws';
import { api } from '../../convex/_generated/api.js';
import { adminKeyOf } from '../../src/cloud/admin-key.ts';
import { decodeTimestamp, encodeTimestamp } from '../../src/cloud/server/transition.ts';
import { signingKeyOf } from '../../src/core/identity/signing-key.ts';
import { signToken, TOKEN_LIFETIME_MS } from '../../src/core/identity/token.ts';
import { type EmbeddedProcess, startEmbeddedProcess } from '../support/embedded-process.ts';
import { eventually } from '../support/eventually.ts';
import { inTime, once } from '../support/in-time.ts';

let cloud: EmbeddedProcess;
before(async () => {
  cloud = await startEmbeddedProcess();
});
after(() => cloud.close());

function token({
  role = 'gateway' as 'gateway' | 'operator',
  lifetimeMs = TOKEN_LIFETIME_MS,
  key = cloud.gatewayKey,
} = {}) {
  const claims = { role, tenant: 'default', subject: 'a test' };
  return signToken(signingKeyOf(key), claims, Date.now() - TOKEN_LIFETIME_MS + lifetimeMs);
}

interface Version {
  querySet: number;
  identity: number;
  ts: string;
}

interface Modification {
  type: string;
  queryId: number;
  value: unknown[];
  errorData: { code: string };
}

/** The fields of all messages; each has some of them. */
interface Message {
  type: string;
  requestId: number;
  success: boolean;
  result: string;
  ts: string;
  error: string;
  baseVersion: number;
  authUpdateAttempted: boolean;
  startVersion: Version;
  endVersion: Version;
  modifications: Modification[];
  clientClockSkew: number;
}

interface RawClient {
  send(...messages: object[]): void;
  /** The next message that fits, also one that has come already. */
  next(type: string, fits?: (message: Message) => boolean): Promise<Message>;
  messages: Message[];
  closed: Promise<number>;
  end(): void;
}

async function connect(): Promise<RawClient> {
  const socket = new WebSocket(`${cloud.url.replace('http', 'ws')}/api/1.48.0/sync`);
  const messages: Message[] = [];
  const waiting = new Set<() => void>();
  socket.on('message', (data) => {
    messages.push(JSON.parse(String(data)));
    for (const look of [...waiting]) look();
  });
  const closed = new Promise<number>((resolve) => socket.on('close', resolve));
  await once(socket, 'open');
  return {
    messages,
    get closed() {
      return inTime(closed, 'the end of the connection');
    },
    send: (...all) => all.forEach((message) => void socket.send(JSON.stringify(message))),
    next(type, fits = () => true) {
      const wanted = new Promise<Message>((resolve) => {
        const look = () => {
          const at = messages.findIndex((message) => message.type === type && fits(message));
          if (at < 0) return;
          waiting.delete(look);
          resolve(messages.splice(at, 1)[0] as Message);
        };
        waiting.add(look);
        look();
      });
      return inTime(wanted, () => `${type}; received ${messages.map((message) => message.type)}`);
    },
    end: () => socket.terminate(),
  };
}

const hello = (sessionId = 'a session') => ({
  type: 'Connect',
  sessionId,
  connectionCount: 0,
  lastCloseReason: null,
  clientTs: Date.now(),
});
const authenticate = (value: string, baseVersion = 0) => ({
  type: 'Authenticate',
  tokenType: 'User',
  value,
  baseVersion,
});
const add = (queryId: number, udfPath: string, args: object = {}) => ({ type: 'Add', queryId, udfPath, args: [args] });
const modify = (baseVersion: number, ...modifications: object[]) => ({
  type: 'ModifyQuerySet',
  baseVersion,
  newVersion: baseVersion + 1,
  modifications,
});
const mutation = (requestId: number, udfPath: string, args: object) => ({
  type: 'Mutation',
  requestId,
  udfPath,
  args: [args],
});
const report = (requestId: number, at = requestId, device = 'kitchen') =>
  mutation(requestId, 'reports:add', { device, at, figures: { x: 1 } });

test('a token is verified before the first query runs: they are answered in one Transition', async () => {
  const client = await connect();
  client.send(hello(), authenticate(await token({ role: 'operator' })), modify(0, add(0, 'devices:list')));
  const { startVersion, endVersion, modifications, clientClockSkew } = await client.next('Transition');
  assert.deepEqual([startVersion.querySet, startVersion.identity], [0, 0]);
  assert.deepEqual([endVersion.querySet, endVersion.identity], [1, 1]);
  assert.ok(Math.abs(clientClockSkew) < 60_000);
  assert.deepEqual(modifications, [{ type: 'QueryUpdated', queryId: 0, value: [], logLines: [], journal: null }]);
  client.end();
});

test('a token that is not accepted: AuthError with the version before it, and nothing is answered', async () => {
  for (const wrong of [
    'nonsense',
    await token({ key: 'another key of a gateway, which is long enough' }),
    await token({ lifetimeMs: -10_000 }),
  ]) {
    const client = await connect();
    client.send(hello(), authenticate(wrong), modify(0, add(0, 'devices:list')), report(1));
    const { baseVersion, authUpdateAttempted, error } = await client.next('AuthError');
    assert.deepEqual([baseVersion, authUpdateAttempted, typeof error], [0, true, 'string']);
    await client.closed;
    assert.deepEqual(client.messages, []);
  }
});

test('a token that expires while connected: the client is asked for another, and nothing is done meanwhile', async () => {
  const client = await connect();
  client.send(hello(), authenticate(await token({ lifetimeMs: 1_500 })), report(1));
  assert.equal((await client.next('MutationResponse')).success, true);
  const isOver = client.closed.then(() => true);
  for (let requestId = 2; ; requestId++) {
    client.send(report(requestId));
    const answered = client.next('MutationResponse', (message) => message.requestId === requestId);
    if (await Promise.race([isOver, answered.then(() => false)])) break;
  }
  const { baseVersion, authUpdateAttempted, error } = await client.next('AuthError');
  assert.deepEqual([baseVersion, authUpdateAttempted], [1, false]);
  assert.match(error, /^TokenExpired: /);
});

test('the official client gets a fresh token when its first one has expired', async () => {
  const client = new ConvexClient(cloud.url, { logger: false });
  const asked: boolean[] = [];
  const states: boolean[] = [];
  const authenticated = new Promise<void>((resolve) => {
    client.setAuth(
      async ({ forceRefreshToken }) => {
        asked.push(forceRefreshToken);
        return await token({ role: 'operator', lifetimeMs: forceRefreshToken ? TOKEN_LIFETIME_MS : -10_000 });
      },
      (isAuthenticated) => {
        states.push(isAuthenticated);
        if (isAuthenticated) resolve();
      },
    );
  });
  await inTime(authenticated, () => `it is authenticated; it was ${states}`);
  assert.deepEqual(asked.slice(0, 2), [false, true]);
  assert.deepEqual(states, [true]);
  assert.ok(Array.isArray(await client.query(api.devices.list, {})));
  await client.close();
});

test('who signs out is answered as nobody', async () => {
  const client = await connect();
  client.send(hello(), authenticate(await token({ role: 'operator' })), modify(0, add(0, 'devices:list')));
  await client.next('Transition');
  client.send({ type: 'Authenticate', tokenType: 'None', baseVersion: 1 });
  const { endVersion, modifications } = await client.next('Transition');
  assert.equal(endVersion.identity, 2);
  assert.equal(modifications[0]?.type, 'QueryFailed');
  assert.equal(modifications[0]?.errorData.code, 'not_authenticated');
  client.end();
});

test('versions that do not follow each other end the connection, as at a real backend', async () => {
  const fatal = await connect();
  fatal.send(hello(), modify(5, add(0, 'devices:list')));
  assert.match((await fatal.next('FatalError')).error, /^BaseVersionMismatch: /);
  await fatal.closed;
  for (const messages of [
    [modify(0, add(0, 'devices:list'), add(0, 'devices:list'))],
    [modify(0, { type: 'Remove', queryId: 7 })],
    [{ ...modify(0), newVersion: 0 }],
    [authenticate('x', 3)],
    [{ ...hello(), maxObservedTimestamp: encodeTimestamp(2n ** 63n) }],
  ]) {
    const client = await connect();
    client.send(...messages);
    assert.equal(await client.closed, 1_011, JSON.stringify(messages));
  }
});

test('a Transition after a mutation has its changes, and is not older', async () => {
  const client = await connect();
  const list = { device: 'cellar', limit: 50 };
  client.send(hello(), authenticate(await token()), modify(0, add(0, 'settings:forDevice', { device: 'cellar' })));
  await client.next('Transition');
  client.send({ type: 'Authenticate', tokenType: 'User', value: await token({ role: 'operator' }), baseVersion: 1 });
  client.send(modify(1, { type: 'Remove', queryId: 0 }, add(1, 'reports:list', list)));
  await client.next('Transition', ({ endVersion }) => endVersion.querySet === 2);
  const gateway = await connect();
  gateway.send(hello('another'), authenticate(await token()), modify(0));
  await gateway.next('Transition');
  gateway.send(report(1, 1, 'cellar'));
  const answer = await gateway.next('MutationResponse');
  const told = await gateway.next('Transition');
  const ts = (text: string) => decodeTimestamp(text) ?? 0n;
  assert.ok(ts(told.endVersion.ts) >= ts(answer.ts));
  await client.next('Transition', ({ modifications }) =>
    modifications.some(({ queryId, value }) => queryId === 1 && value?.length === 1),
  );
  client.end();
  gateway.end();
});

test('a mutation that is sent again runs once, also when the cloud was killed meanwhile', async () => {
  const sender = async () => {
    const client = await connect();
    client.send(hello('once'), authenticate(await token()));
    return client;
  };
  const first = await sender();
  const message = report(7, 70, 'attic');
  first.send(message, message);
  const { ts: _, ...answer } = await first.next('MutationResponse');
  assert.equal(answer.success, true);
  await first.next('MutationResponse');
  await cloud.kill();
  await cloud.start();
  const again = await sender();
  again.send(message);
  const { ts: __, ...repeated } = await again.next('MutationResponse');
  assert.deepEqual(repeated, answer);
  const operator = await connect();
  operator.send(hello('operator'), authenticate(await token({ role: 'operator' })));
  operator.send(modify(0, add(0, 'reports:list', { device: 'attic', limit: 50 })));
  const { modifications } = await operator.next('Transition');
  assert.equal(modifications[0]?.value.length, 1);
  // Another mutation under the same number is another mutation.
  again.send({ ...message, args: [{ device: 'attic', at: 71, figures: { x: 1 } }] });
  await operator.next('Transition', (told) => told.modifications[0]?.value.length === 2);
  again.end();
  operator.end();
});

test('an unknown function, a wrong kind, and a component that is not here', async () => {
  const client = await connect();
  client.send(hello(), authenticate(await token()));
  client.send(mutation(1, 'none:such', {}), mutation(2, 'devices:list', {}));
  client.send({ ...mutation(3, 'reports:add', {}), componentPath: 'other' });
  client.send({ type: 'Action', requestId: 4, udfPath: 'none:such', args: [{}] });
  for (const requestId of [1, 2, 3]) {
    const { success, result } = await client.next('MutationResponse', (message) => message.requestId === requestId);
    assert.equal(success, false);
    assert.match(result, /Could not find|not a mutation|Trying to execute/);
  }
  assert.equal((await client.next('ActionResponse')).success, false);
  client.end();
});

test('a client that leaves while its token is verified leaves no subscription', async () => {
  for (let i = 0; i < 20; i++) {
    const client = await connect();
    client.send(hello(), modify(0, add(0, 'devices:list')), authenticate(await token({ role: 'operator' })));
    client.end();
  }
  const headers = { authorization: `Convex ${adminKeyOf(cloud.gatewayKey)}` };
  const stats = async () =>
    (await (await fetch(`${cloud.url}/api/stats`, { headers })).json()) as Record<string, number>;
  await eventually(async () => (await stats()).clients === 0, 'all clients have gone');
  // A token takes a moment.
  await stats();
  await stats();
  const { subscriptions, queries } = await stats();
  assert.deepEqual({ subscriptions, queries }, { subscriptions: 0, queries: 0 });
});
