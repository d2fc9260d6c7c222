/**
 * Invalid request targets: each server answers, and continues.
 */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { parseTarget } from '../../src/server/request-target.ts';
import fc from '../support/fast-check.ts';
import { once } from '../support/in-time.ts';
import { NAMES, openServers, type RunningServer, type Servers } from './servers.ts';

const UNREADABLE = ['//[', 'http://[', 'http://x:99999/', 'http://', '*', '\\\\', '/%', 'http://a@127.0.0.1/', '//'];

let all: Servers;
before(async () => {
  all = await openServers();
});
after(() => all.close());

async function statusOf(server: RunningServer, target: string, headers: string): Promise<number> {
  const socket = server.connect();
  socket.write(`GET ${target} HTTP/1.1\r\nHost: 127.0.0.1\r\n${headers}\r\n`);
  const hungUp = once(socket, 'close').then(() => assert.fail(`no answer to ${target}`));
  const [data] = await Promise.race([once(socket, 'data'), hungUp]);
  hungUp.catch(() => undefined);
  socket.destroy();
  return Number(/^HTTP\/1\.1 (\d+)/.exec(String(data))?.[1]);
}

const UPGRADE =
  'Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n' +
  'Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Protocol: earshot.v1\r\n';

/** The monitor reads nothing; of the proxied gateway some connections begin with a damaged header, and are dropped. */
const ANSWERING = NAMES.filter((each) => each !== 'monitor' && each !== 'proxied gateway');

for (const name of ANSWERING) {
  describe(`the ${name}`, () => {
    for (const target of UNREADABLE) {
      test(`answers a request and an upgrade for ${target} with 4xx, and continues`, async () => {
        const server = all.servers[name];
        for (const headers of ['', UPGRADE]) {
          const status = await statusOf(server, target, headers);
          assert.ok([400, 403, 404].includes(status), `${status}`);
        }
        await server.answers();
      });
    }
  });
}

test('any target and host are parsed or refused, without an exception', () => {
  const part = fc.oneof(
    fc.string(),
    fc.constantFrom('http://', '//', '[', ']', ':', '::1', '99999', '@', '?', '#', '%', '/'),
  );
  const text = fc.array(part, { maxLength: 6 }).map((parts) => parts.join(''));
  fc.assert(
    fc.property(text, fc.option(text, { nil: undefined }), (url, host) => {
      const target = parseTarget({ url, headers: host === undefined ? {} : { host } });
      if (!target) return;
      assert.ok(target.path.startsWith('/'));
      assert.match(target.host, /^[0-9a-z._~:-]+$/);
    }),
    { numRuns: 5_000, seed: 12 },
  );
});

test('the absolute form of a request contains its own host', () => {
  const target = parseTarget({ url: 'http://Example.org:80/health?a=1', headers: { host: '127.0.0.1' } });
  assert.deepEqual([target?.host, target?.path, target?.query.get('a')], ['example.org', '/health', '1']);
  assert.equal(parseTarget({ url: 'http://example.org?a', headers: {} })?.path, '/');
  assert.equal(parseTarget({ url: '/', headers: { host: '[::1]:4433' } })?.host, '::1');
  assert.equal(parseTarget({ url: '/', headers: {} }), undefined);
});
