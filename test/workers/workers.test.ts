/**
 * A gateway with two processes behind one port, as released: devices reach their session, and nothing is lost when a process is killed.
 */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { api } from '../../convex/_generated/api.js';
import { openSignInStore } from '../../src/gateway/web/sign-in-store.ts';
import { nameOfDevice, openFleet } from '../../src/tools/load/fleet.ts';
import type { LoadTurn } from '../../src/tools/load/load-turn.ts';
import { bundledUtterances } from '../../src/tools/load/utterances.ts';
import { accountOf } from '../fleet/account.ts';
import { earshot, inTemporaryFolder } from '../support/cli.ts';
import { dial, hello, packet, turnStart } from '../support/client.ts';
import { eventually } from '../support/eventually.ts';
import { hasProgram } from '../support/has-program.ts';
import { once } from '../support/in-time.ts';
import { helloOf } from '../support/wire-device.ts';
import { type GatewayWithWorkers, openWorkers, servedBy, withWorkers } from './gateway-with-workers.ts';

const PATIENCE_MS = 5 * 60_000;
const hasOpenssl = hasProgram('openssl', 'version');

/** Of the tests that need no arguments; the last of them ends it. */
let shared: GatewayWithWorkers;
before(async () => {
  shared = await openWorkers();
});
after(() => shared?.close());

test('each connection of a device reaches its session; the devices are spread over the processes', async () => {
  const { url, pair, asOperator, metric, web } = shared;
  // So many that it does not happen that all have the same process: the token's hash decides.
  const tokens = await pair(20);
  for (const token of tokens.slice(0, 4)) {
    const headers = { authorization: `Bearer ${token}` };
    const first = await dial(url, { headers });
    first.send(hello('x'));
    const { session } = await first.waitForMessage('welcome');
    first.send(turnStart(1), packet({ turn: 1, sequence: 0 }));
    await first.settled();
    first.terminate();
    for (let i = 0; i < 3; i++) {
      const again = await dial(url, { headers });
      again.send(hello('x', { resume: { session, turn: 1, downlinkNext: 0 } }));
      const welcome = await again.waitForMessage('welcome');
      assert.deepEqual([welcome.session, welcome.resumed], [session, true]);
      again.terminate();
    }
  }
  const kept = await Promise.all(
    tokens.map(async (token) => {
      const device = await dial(url, { headers: { authorization: `Bearer ${token}` } });
      device.send(hello('x'));
      await device.waitForMessage('welcome');
      return device;
    }),
  );
  const gateways = await eventually(async () => {
    const lists = await Promise.all(
      tokens.map((_, i) => asOperator.query(api.sessions.list, { device: nameOfDevice(i) })),
    );
    return lists.every((list) => list.length > 0) && new Set(lists.flat().map(({ gateway }) => gateway));
  }, 'the sessions are in the cloud');
  assert.equal(gateways.size, 2);
  // Whichever process is asked.
  for (let i = 0; i < 4; i++) {
    await eventually(async () => (await metric('earshot_gateway_devices')) === tokens.length, 'the sum of the devices');
    const health = await json(await fetch(`${web}/health`, { headers: { connection: 'close' } }));
    assert.equal(health.connections, tokens.length);
  }
  assert.equal(await metric('earshot_gateway_workers'), 2);
  for (const device of kept) device.close();
});

test('a process is killed while its devices speak: the other one serves them, it is replaced, and nothing is lost', () =>
  withWorkers([], async (gateway) => {
    const { url, pair, pids, metric } = gateway;
    const count = 6;
    const tokens = await pair(count);
    const turns = new Map<string, LoadTurn>();
    const fleet = openFleet({
      ...{ gateway: url, replies: 'repeated', seed: 19, tokenOf: (i) => tokens[i] },
      utterances: await bundledUtterances(),
      onTurn: (turn) => turns.set(turn.id, turn),
    });
    try {
      await fleet.resize(count);
      fleet.talk({ pattern: 'poisson', turnsPerMinute: 30, lengthMs: Number.POSITIVE_INFINITY });
      await eventually(() => fleet.talking >= 3, 'devices speak');
      const [victim = 0] = pids();
      process.kill(victim, 'SIGKILL');
      await eventually(async () => (await metric('earshot_gateway_workers').catch(() => 0)) === 2, 'it is replaced');
      assert.ok(!pids().includes(victim));
      await eventually(() => fleet.connected === count, 'all devices are connected');
      assert.ok(await fleet.quiet(PATIENCE_MS));
    } finally {
      await fleet.close();
    }
    assert.ok(turns.size >= 3, `${turns.size} turns`);
    const account = await eventually(async () => {
      const now = await accountOf(gateway, [...turns.values()]);
      return now.problems.length === 0 && now;
    }, 'all that was said is in the cloud');
    assert.equal(account.framesLost + account.framesDuplicated + account.notRecordedOnce, 0);
  }));

test('pages and console work, whichever process has a connection', async () => {
  const { web, state } = shared;
  const close = { connection: 'close' };
  for (const path of ['/talk/', '/console/', '/client.js']) {
    const answers = await Promise.all([1, 2, 3, 4].map(() => fetch(web + path, { headers: close })));
    for (const answer of answers) assert.equal(answer.status, 200, path);
  }
  const post = (path: string, body: object, headers = {}) =>
    fetch(web + path, {
      method: 'POST',
      headers: { ...close, origin: web, 'content-type': 'application/json', ...headers },
      body: JSON.stringify(body),
    });
  const link = await openSignInStore(state, Date.now).createLink('operator');
  const redeemed = await Promise.all([1, 2, 3, 4].map(() => post('/console/sign-in', { link })));
  assert.deepEqual(redeemed.map(({ status }) => status).sort(), [200, 401, 401, 401]);
  const signedIn = redeemed.find(({ status }) => status === 200);
  assert.ok(signedIn);
  const { session } = await json(signedIn);
  const authorization = `Bearer ${session}`;
  for (let i = 0; i < 4; i++) {
    const given = await json(await post('/console/token', {}, { authorization }));
    const asked = { path: 'devices:list', args: {}, format: 'json' };
    const answer = await post('/api/query', asked, { authorization: `Bearer ${given.token}` });
    assert.deepEqual([answer.status, (await json(answer)).status], [200, 'success']);
  }
  assert.equal((await post('/console/sign-out', {}, { authorization })).status, 204);
  for (let i = 0; i < 4; i++) assert.equal((await post('/console/token', {}, { authorization })).status, 401);
});

test('what arrives while a connection is handed over is not lost', async () => {
  const { port } = shared;
  const body = JSON.stringify({ link: 'A'.repeat(43) });
  const fields = `Host: 127.0.0.1:${port}\r\nOrigin: http://127.0.0.1:${port}\r\nContent-Type: application/json\r\n`;
  const head = `POST /console/sign-in HTTP/1.1\r\n${fields}Content-Length: ${body.length}\r\nConnection: close\r\n\r\n`;
  // At most 30 in a minute are looked at; the body of others is not.
  for (let round = 0; round < 20; round++) {
    const socket = connect(port, '127.0.0.1').setNoDelay(true);
    await once(socket, 'connect');
    let answer = '';
    socket.on('data', (data) => {
      answer += data;
    });
    const ended = once(socket, 'close');
    socket.write(head);
    for (const byte of body) {
      socket.write(byte);
      if (round % 2 === 0) await new Promise((resolve) => setImmediate(resolve));
    }
    await ended;
    assert.match(answer, /^HTTP\/1\.1 401 /, `round ${round}`);
    assert.match(answer, /link_unknown/);
  }
});

test('slow, silent and oversized heads cost what they cost one process', () =>
  withWorkers(['--limit', 'requestMs=300', '--limit', 'handshakesPerAddress=20'], async ({ port, url, web }) => {
    const open = (text: string) => {
      const socket = connect(port, '127.0.0.1');
      socket.on('error', () => {});
      socket.write(text);
      return socket;
    };
    const textOf = async (text: string) => {
      const socket = open(text);
      let answer = '';
      socket.on('data', (data) => {
        answer += data;
      });
      await once(socket, 'close');
      return answer;
    };
    // A machine that is too busy to read a request within the 300 ms drops it as a slow one.
    const answered = (text: string) => eventually(async () => (await textOf(text)) || undefined, 'it is answered');
    assert.equal(await textOf('GET /health HTTP/1.1\r\nHost: 127'), '');
    assert.equal(await textOf(''), '');
    assert.match(await answered(`GET /health HTTP/1.1\r\nX: ${'x'.repeat(40_000)}`), /^HTTP\/1\.1 431 /);
    assert.match(await answered('\x16\x03\x01\r\n\r\n'), /^HTTP\/1\.1 400 /);
    const silent = Array.from({ length: 60 }, () => open(''));
    const refusal = await eventually(async () => {
      const device = await dial(url, { headers: { authorization: 'Bearer unknown' } }).catch((error: Error) => error);
      return device instanceof Error && !/hang up|ECONNRESET/.test(String(device)) && String(device);
    }, 'a device is answered');
    assert.match(refusal, /401/);
    const health = await eventually(() => fetch(`${web}/health`).catch(() => undefined), 'a page is answered');
    assert.equal(health.status, 200);
    await Promise.all(silent.map((socket) => (socket.closed ? undefined : once(socket, 'close'))));
  }));

test('with TLS any process takes a connection', { skip: !hasOpenssl && 'needs openssl for certificates' }, () =>
  inTemporaryFolder(async (folder) => {
    const [cert, key] = [join(folder, 'cert.pem'), join(folder, 'key.pem')];
    const made = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-keyout', key, '-out', cert];
    const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1'];
    execFileSync('openssl', ['req', '-x509', '-nodes', ...subject, '-days', '2', ...made], { stdio: 'ignore' });
    await withWorkers(['--tls-cert', cert, '--tls-key', key], async ({ port, pair, pids }) => {
      const [token = ''] = await pair(1);
      const ca = readFileSync(cert);
      const processes = new Set<number | undefined>();
      for (let i = 0; i < 4; i++) {
        const device = await dial(`wss://127.0.0.1:${port}`, { ca, headers: { authorization: `Bearer ${token}` } });
        device.send(hello('x'));
        await device.waitForMessage('welcome');
        processes.add(servedBy(pids(), device.localPort));
        device.close();
        await device.closed;
      }
      assert.deepEqual([...processes].sort(), pids().sort());
    });
  }),
);

test('a proxy names its clients by the PROXY protocol in front of several processes, too', () =>
  withWorkers(
    ['--open', '--trust-proxy', '127.0.0.1', '--proxy-header', 'proxy-protocol', '--limit', 'requestMs=120000'],
    async ({ port }) => {
      const { proxyHeader } = await import('../support/proxy-header.ts');
      for (const source of ['127.0.0.1', '192.0.2.7', '2001:db8::7']) {
        const socket = connect(port, '127.0.0.1');
        const request = 'GET /health HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n';
        socket.write(Buffer.concat([proxyHeader({ source }), Buffer.from(request)]));
        const [answer] = await once(socket, 'data');
        assert.match(String(answer), /^HTTP\/1\.1 200 /);
      }
      const without = connect(port, '127.0.0.1');
      without.on('error', () => {});
      without.end('GET /health HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n');
      let text = '';
      without.on('data', (data) => {
        text += data;
      });
      if (!without.closed) await once(without, 'close');
      assert.equal(text, '');
    },
  ));

test('SIGTERM ends all processes, with connected devices, and what was recorded is in the cloud or in a queue', () =>
  withWorkers(['--open'], async ({ running, url, pids }) => {
    const devices = await Promise.all(
      [1, 2, 3, 4].map(async (i) => {
        const device = await dial(url);
        device.send(helloOf(`device ${i}`));
        await device.waitForMessage('welcome');
        return device;
      }),
    );
    const workers = pids();
    assert.equal(workers.length, 2);
    running.kill('SIGTERM');
    assert.equal((await running.ended).code, 0);
    await Promise.all(devices.map(({ closed }) => closed));
    for (const pid of workers) assert.throws(() => process.kill(pid, 0), { code: 'ESRCH' });
  }));

test('a primary that is killed takes its workers along', async () => {
  const { running, pids } = shared;
  const workers = pids();
  running.kill('SIGKILL');
  await eventually(() => workers.every((pid) => !isRunning(pid)), 'the workers end');
});

test('a worker that cannot start ends the gateway, with the reason', async () => {
  const { code, stderr } = await earshot([
    'gateway',
    '--workers',
    '2',
    '--port',
    '0',
    '--responder',
    './no-such-file.mjs',
  ]).ended;
  assert.equal(code, 1);
  assert.match(stderr, /no-such-file/);
});

test('the inspector shows one process', async () => {
  const { code, stderr } = await earshot(['gateway', '--workers', '2', '--inspect']).ended;
  assert.equal(code, 2);
  assert.match(stderr, /--workers/);
});

async function json(response: Response): Promise<Record<string, unknown>> {
  return (await response.json()) as Record<string, unknown>;
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
