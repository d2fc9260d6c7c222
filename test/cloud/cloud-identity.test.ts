/**
 * The tokens of a connection to the cloud, in virtual time.
 */
import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { mock, test } from 'node:test';
import { ConvexClient } from 'convex/browser';
import { decodeJwt } from 'jose';
import { CLIENT_OPTIONS, identifyClient, timeOf } from '../../actors/cloud/cloud-identity.ts';
import { signingKeyOf } from '../../src/core/identity/signing-key.ts';
import { TOKEN_LIFETIME_MS } from '../../src/core/identity/token.ts';
import { type LogFields, silentLog } from '../../src/core/log/log.ts';
import { systemClock } from '../../src/core/time/clock.ts';
import { once } from '../support/in-time.ts';
import { ready, testClock } from '../support/simulated-clock.ts';

const key = signingKeyOf('a key for tests that nobody can guess');
const claims = { role: 'gateway', tenant: 'default', subject: 'gateway' } as const;
type SetAuth = ConvexClient['setAuth'];

function identified() {
  const clock = testClock();
  const said: [string, LogFields | undefined][] = [];
  const note = (message: string, fields?: LogFields) => void said.push([message, fields]);
  let config: Parameters<SetAuth> | undefined;
  let begun = 0;
  let asked = 0;
  const cloud = { aheadMs: 0 as number | undefined };
  const setAuth: SetAuth = (...given) => {
    begun += 1;
    config = given;
  };
  const stop = identifyClient({
    ...{ client: { setAuth }, key, claims, clock, log: { ...silentLog, info: note, error: note } },
    async cloudTime() {
      asked += 1;
      return cloud.aheadMs === undefined ? undefined : clock.wallNow() + cloud.aheadMs;
    },
  });
  return {
    ...{ clock, cloud, said, stop, begun: () => begun, asked: () => asked },
    async token(forceRefreshToken: boolean) {
      const token = await config?.[0]({ forceRefreshToken });
      return decodeJwt(token ?? '');
    },
    async tell(isAccepted: boolean) {
      config?.[1]?.(isAccepted);
      await ready();
    },
  };
}

test('a token says that the gateway calls, dated by its own clock as long as the cloud accepts that', async () => {
  const { token, clock, asked } = identified();
  const { role, tenant, exp = 0 } = await token(false);
  assert.deepEqual([role, tenant], ['gateway', 'default']);
  assert.equal(exp * 1_000, clock.wallNow() + TOKEN_LIFETIME_MS);
  assert.equal(asked(), 0);
});

test('a key that is not accepted is told once, and tried again with growing delays until it is accepted', async () => {
  const { tell, said, clock, begun, token } = identified();
  const told = () => said.map(([message]) => message);
  await tell(false);
  assert.deepEqual(told(), ['the cloud does not accept the key; it is tried again']);
  assert.match(String(said[0]?.[1]?.hint), /EARSHOT_JWKS/);
  let begunBefore = begun();
  for (const delayMs of [10_000, 20_000, 40_000, 80_000, 160_000, 300_000, 300_000]) {
    await clock.pass(delayMs - 1);
    assert.equal(begun(), begunBefore);
    await clock.pass(1);
    assert.equal(begun(), ++begunBefore);
    await token(false);
    await tell(false);
  }
  assert.equal(told().length, 1);
  await clock.pass(300_000);
  await tell(true);
  assert.deepEqual(told().slice(1), ['the cloud accepts the key']);
  await tell(false);
  assert.equal(told().at(-1), 'the cloud does not accept the key; it is tried again');
  await clock.pass(10_000);
  assert.equal(begun(), begunBefore + 2);
});

for (const [name, aheadMs] of [
  ['hours ahead', 3 * 3_600_000],
  ['in 1970', -1_700_000_000_000],
] as const) {
  test(`a cloud whose clock is ${name} gets tokens dated by it, and the difference is told`, async () => {
    const { tell, token, cloud, clock, said } = identified();
    cloud.aheadMs = aheadMs;
    // The client gets a second token before it gives up.
    await token(false);
    const { exp = 0 } = await token(true);
    assert.ok(Math.abs(exp * 1_000 - (clock.wallNow() + aheadMs + TOKEN_LIFETIME_MS)) <= 1_000);
    await tell(false);
    assert.equal(said[0]?.[1]?.clockDifferenceS, aheadMs / 1_000);
    await clock.pass(10_000);
    // It is put right: what is measured last counts; what cannot be measured changes nothing.
    cloud.aheadMs = undefined;
    assert.ok(Math.abs(((await token(false)).exp ?? 0) - (exp + 10)) <= 1);
    cloud.aheadMs = 4_000;
    assert.equal(((await token(false)).exp ?? 0) * 1_000, clock.wallNow() + TOKEN_LIFETIME_MS);
  });
}

test('nothing is tried after the end', async () => {
  const { tell, stop, clock, begun } = identified();
  await tell(false);
  stop();
  await clock.pass(600_000);
  assert.equal(begun(), 1);
});

test('the time of a deployment is that of its answers, if it answers', async () => {
  const server = createServer((_request, response) => {
    response.writeHead(404, { date: new Date(Date.UTC(2031, 0, 1)).toUTCString() }).end('no such page');
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  assert.equal(await timeOf(url), Date.UTC(2031, 0, 1));
  await once(server.close(), 'close');
  assert.equal(await timeOf(url), undefined);
});

/** A deployment that accepts every token, as the official client sees it. */
class AcceptingSocket {
  static tokens: { token: string; atMs: number }[] = [];
  onopen?: () => void;
  onmessage?: (event: { data: string }) => void;
  onclose?: (event: object) => void;
  readyState = 1;
  bufferedAmount = 0;
  #identity = 0;
  readonly #pings: NodeJS.Timeout;
  constructor() {
    queueMicrotask(() => this.onopen?.());
    // Without it the client believes that the connection is lost.
    this.#pings = setInterval(() => this.onmessage?.({ data: '{"type":"Ping"}' }), 10_000);
  }
  send(text: string): void {
    const message = JSON.parse(text);
    if (message.type !== 'Authenticate') return;
    AcceptingSocket.tokens.push({ token: message.value, atMs: Date.now() });
    const at = (identity: number) => ({ querySet: 0, identity, ts: 'AAAAAAAAAAA=' });
    const transition = { type: 'Transition', startVersion: at(this.#identity), endVersion: at(++this.#identity) };
    queueMicrotask(() => this.onmessage?.({ data: JSON.stringify({ ...transition, modifications: [] }) }));
  }
  close(): void {
    clearInterval(this.#pings);
    this.onclose?.({ code: 1_000, reason: 'closed', wasClean: true });
  }
}

test('the official client gets its next token before the last one expires, and no more than it needs', async () => {
  mock.timers.enable({ apis: ['setTimeout', 'setInterval', 'Date'], now: Date.UTC(2026, 0, 1) });
  try {
    const client = new ConvexClient('http://127.0.0.1:1', {
      ...{ logger: false, unsavedChangesWarning: false, ...CLIENT_OPTIONS },
      webSocketConstructor: AcceptingSocket as unknown as typeof WebSocket,
    });
    const cloudTime = async () => Date.now();
    // Signing takes real time, in which no virtual time may pass.
    let signing: Promise<unknown> = Promise.resolve();
    const setAuth: SetAuth = (fetchToken, onChange) =>
      client.setAuth((options) => {
        const token = fetchToken(options);
        signing = token;
        return token;
      }, onChange);
    const settled = async () => {
      await ready();
      await signing;
      await ready();
    };
    const stop = identifyClient({ client: { setAuth }, key, claims, cloudTime, clock: systemClock, log: silentLog });
    await settled();
    for (let second = 0; second < 3_600; second += 10) {
      mock.timers.tick(10_000);
      await settled();
    }
    const { tokens } = AcceptingSocket;
    assert.equal(tokens.length, 5, 'at 0, 14, 28, 42 and 56 minutes');
    for (const [i, { token }] of tokens.entries()) {
      const next = tokens[i + 1]?.atMs ?? Date.now();
      const leftMs = (decodeJwt(token).exp ?? 0) * 1_000 - next;
      assert.ok(leftMs >= 30_000, `the next token comes ${leftMs} ms before the last one expires`);
    }
    stop();
    await client.close();
  } finally {
    mock.timers.reset();
  }
});
