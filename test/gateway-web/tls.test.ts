/**
 * TLS of the gateway: devices and pages over it, a renewed certificate is taken while it runs, a broken one is refused and told.
 */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:https';
import { connect as connectPlain } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { connect, type PeerCertificate, type TLSSocket } from 'node:tls';
import { WebSocket } from 'ws';
import type { Log } from '../../src/core/log/log.ts';
import { silentLog } from '../../src/core/log/log.ts';
import { type Certificate, openCertificate } from '../../src/server/certificate.ts';
import { dial, hello } from '../support/client.ts';
import { hasProgram } from '../support/has-program.ts';
import { once } from '../support/in-time.ts';
import { openWeb, type TestWeb } from './open-web.ts';

const hasOpenssl = hasProgram('openssl', 'version');

describe('TLS', { skip: !hasOpenssl && 'needs openssl for certificates' }, () => {
  let folder: string;
  let certificate: Certificate;
  let web: TestWeb;
  let check: () => Promise<void>;
  /** Of the gateway's clock. */
  let aheadMs = 0;
  const lines: string[] = [];
  const files = () => ({ cert: join(folder, 'cert.pem'), key: join(folder, 'key.pem') });
  const log: Log = { ...silentLog, info: (text) => lines.push(text), error: (text) => lines.push(text) };

  /** As an authority does it: beside the old files, then in their place. */
  function make(name: string, { cert, key } = files()): void {
    const [newCert, newKey] = [`${cert}.new`, `${key}.new`];
    const subject = ['-subj', `/CN=${name}`, '-addext', `subjectAltName=DNS:${name},DNS:localhost,IP:127.0.0.1`];
    const made = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-keyout', newKey, '-out', newCert];
    execFileSync('openssl', ['req', '-x509', '-nodes', ...subject, '-days', '2', ...made], {
      stdio: 'ignore',
    });
    renameSync(newKey, key);
    renameSync(newCert, cert);
  }

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'earshot-test-tls-'));
    make('First.example');
    const clock = {
      now: () => performance.now(),
      wallNow: () => Date.now() + aheadMs,
      setTimeout(callback: () => void) {
        check = callback as () => Promise<void>;
      },
      clearTimeout() {},
    };
    certificate = await openCertificate(files(), clock, log);
    web = await openWeb({ certificate });
  });
  after(async () => {
    await web.close();
    certificate.close();
    rmSync(folder, { recursive: true, force: true });
  });

  async function peer(): Promise<PeerCertificate> {
    const socket: TLSSocket = connect({ port: Number(web.port), host: '127.0.0.1', rejectUnauthorized: false });
    await once(socket, 'secureConnect');
    const found = socket.getPeerCertificate();
    socket.destroy();
    return found;
  }

  const trust = () => ({ ca: readFileSync(files().cert) });

  async function device(name: string) {
    const client = await dial(`wss://127.0.0.1:${web.port}`, trust());
    client.send(hello(name));
    await client.waitForMessage('welcome');
    return client;
  }

  async function get(path: string, headers: Record<string, string> = {}) {
    const asked = request({
      port: web.port,
      host: '127.0.0.1',
      path,
      headers,
      servername: 'localhost',
      agent: false,
      ...trust(),
    }).end();
    const [response] = await once(asked, 'response');
    response.resume();
    return response;
  }

  test('pages and devices come over TLS, under the names of the certificate', async () => {
    assert.equal(web.gateway.webUrl, `https://first.example:${web.port}`);
    assert.equal(web.gateway.url, `wss://first.example:${web.port}`);
    assert.equal((await get('/', { host: `first.example:${web.port}` })).statusCode, 302);
    assert.equal((await get('/', { host: 'other.example' })).statusCode, 403);
    (await device('kitchen')).close();
    for (const [scheme, isOpen] of [
      ['https', true],
      ['http', false],
    ] as const) {
      const origin = `${scheme}://localhost:${web.port}`;
      const socket = new WebSocket(`wss://localhost:${web.port}/v1/stream`, 'earshot.v1', {
        headers: { origin },
        ...trust(),
      });
      socket.on('error', () => {});
      const opened = once(socket, 'open').then(() => true);
      const refused = once(socket, 'unexpected-response').then(() => false);
      assert.equal(await Promise.race([opened, refused]), isOpen, origin);
      socket.terminate();
    }
  });

  test('a client that does not speak TLS, or nothing, costs its own connection only', async () => {
    for (const text of ['GET / HTTP/1.1\r\nHost: localhost\r\n\r\n', '\x16\x03\x01\xff\xff', '']) {
      const socket = connectPlain(Number(web.port), '127.0.0.1');
      socket.on('error', () => {});
      const ended = once(socket, 'close');
      await once(socket, 'connect');
      socket.end(text);
      socket.resume();
      await ended;
    }
    assert.equal((await get('/')).statusCode, 302);
  });

  test('a renewed certificate is taken while it runs, and a connection that is open stays open', async () => {
    const hall = await device('hall');
    make('second.example');
    await check();
    assert.equal((await peer()).subject.CN, 'second.example');
    assert.deepEqual(certificate.names(), ['second.example', 'localhost']);
    assert.match(lines.splice(0).join(), /the certificate was renewed/);
    hall.send({ type: 'ping', t0: 1 });
    await hall.waitForMessage('pong');
    assert.equal((await get('/', { host: 'second.example' })).statusCode, 302);
    hall.close();
  });

  for (const [why, spoil] of Object.entries({
    'no certificate': () => writeFileSync(files().cert, 'garbage'),
    'half a certificate': () => writeFileSync(files().cert, readFileSync(files().cert).subarray(0, 300)),
    'the key of another one': () => make('third.example', { cert: join(folder, 'third.pem'), key: files().key }),
    'a missing file': () => rmSync(files().key),
    'one that has expired': () => {
      make('old.example');
      aheadMs = 3 * 24 * 60 * 60_000;
    },
  })) {
    test(`a broken one is refused and told, once, and the old one stays: ${why}`, async () => {
      make('good.example');
      await check();
      lines.splice(0);
      spoil();
      await check();
      assert.deepEqual(lines, [], 'the other file may follow');
      await check();
      await check();
      assert.match(lines.splice(0).join(), /^the new certificate is refused; the old one stays$/);
      assert.equal((await peer()).subject.CN, 'good.example');
      aheadMs = 0;
      make('mended.example');
      await check();
      assert.equal((await peer()).subject.CN, 'mended.example');
    });
  }

  test('at the start, a certificate that cannot be used is an error that says what to do', async () => {
    const clock = { now: () => 0, wallNow: Date.now, setTimeout: () => {}, clearTimeout() {} };
    const missing = { ...files(), key: join(folder, 'nothing.pem') };
    const expected = {
      code: 'certificate_invalid',
      message: /nothing\.pem cannot be read/,
      hint: /--tls-cert and --tls-key/,
    };
    await assert.rejects(openCertificate(missing, clock, silentLog), expected);
    const swapped = { cert: files().key, key: files().cert };
    await assert.rejects(openCertificate(swapped, clock, silentLog), { code: 'certificate_invalid' });
  });
});
