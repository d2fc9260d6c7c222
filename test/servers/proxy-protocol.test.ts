/**
 * The PROXY protocol: what its parser makes of any bytes, and a server behind a trusted proxy that names its clients by it.
 */
import assert from 'node:assert/strict';
import { connect, type Socket } from 'node:net';
import { afterEach, describe, test } from 'node:test';
import { DEFAULT_LIMITS, limitsFrom } from '../../src/core/limits/limits.ts';
import { silentLog } from '../../src/core/log/log.ts';
import { plainAddress } from '../../src/server/addresses.ts';
import { trustedProxies } from '../../src/server/client.ts';
import { answer, type FrontDoor, openFrontDoor, type Visit } from '../../src/server/front-door.ts';
import { parseProxyHeader } from '../../src/server/proxy-protocol.ts';
import fc from '../support/fast-check.ts';
import { once } from '../support/in-time.ts';
import { proxyHeader } from '../support/proxy-header.ts';

const address = fc.oneof(
  fc.ipV4(),
  fc.array(fc.integer({ min: 1, max: 65_535 }), { minLength: 8, maxLength: 8 }).map(groupsOf),
);
const extra = fc.uint8Array({ maxLength: 600 }).map((bytes) => Buffer.from(bytes));

function groupsOf(groups: number[]): string {
  return groups.map((group) => group.toString(16)).join(':');
}

describe('the header', () => {
  test('names the client, and tells where it ends, whatever comes after it', () => {
    fc.assert(
      fc.property(address, extra, extra, (source, tlv, after) => {
        const header = proxyHeader({ source, extra: tlv });
        const parsed = parseProxyHeader(Buffer.concat([header, after]));
        assert.deepEqual(parsed, { length: header.length, source: plainAddress(source) });
      }),
      { seed: 3 },
    );
  });

  test('is incomplete in each of its parts', () => {
    const header = proxyHeader({ source: '2001:db8::7', extra: Buffer.alloc(20) });
    for (let end = 0; end < header.length; end++) {
      assert.equal(parseProxyHeader(header.subarray(0, end)), 'incomplete', `${end} bytes`);
    }
  });

  test('an IPv4 client by IPv6 is the same client', () => {
    const parsed = parseProxyHeader(proxyHeader({ source: '::ffff:192.0.2.7' }));
    assert.equal(parsed instanceof Object && parsed.source, '192.0.2.7');
  });

  test('names nobody for the proxy itself and for other families', () => {
    for (const header of [
      proxyHeader({ command: 'local' }),
      proxyHeader({ command: 'local', source: '192.0.2.7' }),
      proxyHeader({ family: 'unknown' }),
      proxyHeader({ family: 'unix' }),
    ]) {
      assert.deepEqual(parseProxyHeader(header), { length: header.length, source: undefined });
    }
  });

  test('is invalid with another version, command, family or length, and where a request begins', () => {
    const damaged = (at: number, value: number) => {
      const header = proxyHeader({ source: '192.0.2.7' });
      header[at] = value;
      return header;
    };
    const short = damaged(15, 11);
    for (const bytes of [
      damaged(0, 0x50),
      damaged(12, 0x11),
      damaged(12, 0x22),
      damaged(13, 0x41),
      short,
      Buffer.from('GET / HTTP/1.1\r\n'),
      Buffer.from('PROXY TCP4 192.0.2.7 192.0.2.1 1 2\r\n'),
      Buffer.from('\r\n\r\nG'),
    ]) {
      assert.equal(parseProxyHeader(bytes), 'invalid', String(bytes));
    }
  });

  test('for any bytes there is a result', () => {
    const mutated = fc
      .tuple(address, fc.array(fc.tuple(fc.nat(60), fc.nat(255)), { maxLength: 3 }))
      .map(([source, changes]) => {
        const header = proxyHeader({ source });
        for (const [at, value] of changes) if (at < header.length) header[at] = value;
        return header;
      });
    fc.assert(
      fc.property(fc.oneof(extra, mutated), (bytes) => {
        const parsed = parseProxyHeader(Buffer.from(bytes));
        if (typeof parsed === 'string') return;
        assert.ok(parsed.length >= 16 && parsed.length <= bytes.length);
        assert.match(parsed.source ?? '::', /^[0-9a-f.:]+$/);
      }),
      { numRuns: 3_000, seed: 4 },
    );
  });
});

const opened: { door: FrontDoor; sockets: Socket[] }[] = [];
afterEach(async () => {
  for (const { door, sockets } of opened.splice(0)) {
    for (const socket of sockets) socket.destroy();
    await door.close(0);
  }
});

/** A server that answers who its client is, and how long the request's body was. */
async function serverBehind(proxy: string, ...settings: string[]) {
  const door = openFrontDoor({
    limits: settings.length > 0 ? limitsFrom(settings) : DEFAULT_LIMITS,
    proxies: trustedProxies([proxy], 'proxy-protocol'),
    checkIntervalMs: 20,
    log: silentLog,
    async onRequest(request, response, { client }: Visit) {
      let bodyBytes = 0;
      for await (const chunk of request) bodyBytes += chunk.length;
      answer(response, 200, { ...client, bodyBytes });
    },
    onUpgrade(_request, socket) {
      socket.end('upgraded');
    },
  });
  const { port } = await door.listen(0, '127.0.0.1');
  const sockets: Socket[] = [];
  opened.push({ door, sockets });
  return {
    door,
    open() {
      const socket = connect(port, '127.0.0.1');
      socket.on('error', () => {});
      sockets.push(socket);
      return socket;
    },
  };
}

const get = (fields = '') => `GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n${fields}Connection: close\r\n\r\n`;

async function textOf(socket: Socket): Promise<string> {
  let text = '';
  socket.on('data', (data) => {
    text += data;
  });
  if (!socket.closed) await once(socket, 'close');
  return text;
}

async function clientSeen(socket: Socket) {
  return JSON.parse(/\{.*\}/.exec(await textOf(socket))?.[0] ?? 'no answer');
}

describe('behind a trusted proxy with the PROXY protocol', () => {
  test('the client is the one that the header names, also in pieces', async () => {
    const { open } = await serverBehind('127.0.0.1');
    const bytes = Buffer.concat([proxyHeader({ source: '192.0.2.7' }), Buffer.from(get())]);
    const whole = open();
    whole.write(bytes);
    assert.deepEqual(await clientSeen(whole), {
      address: '192.0.2.7',
      isLocal: false,
      via: 'a trusted proxy',
      bodyBytes: 0,
    });
    const pieces = open();
    pieces.setNoDelay(true);
    for (const byte of bytes) {
      pieces.write(Buffer.from([byte]));
      await new Promise((resolve) => setImmediate(resolve));
    }
    assert.equal((await clientSeen(pieces)).address, '192.0.2.7');
  });

  test('a large body behind the header arrives complete, and further requests on the connection are of the same client', async () => {
    const { open } = await serverBehind('127.0.0.1');
    const body = Buffer.alloc(3_000_000, 'y');
    const post = `POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: ${body.length}\r\n\r\n`;
    const socket = open();
    socket.write(Buffer.concat([proxyHeader({ source: '192.0.2.7' }), Buffer.from(post), body, Buffer.from(get())]));
    const text = await textOf(socket);
    assert.equal(text.match(/"bodyBytes":3000000/g)?.length, 1);
    assert.equal(text.match(/"address":"192\.0\.2\.7"/g)?.length, 2);
  });

  test('a local client of the proxy is local, unless another proxy was before it', async () => {
    const { open } = await serverBehind('127.0.0.1');
    const seen = async (header: Buffer, fields?: string) => {
      const socket = open();
      socket.write(Buffer.concat([header, Buffer.from(get(fields))]));
      return (await clientSeen(socket)).isLocal;
    };
    assert.equal(await seen(proxyHeader({ source: '127.0.0.1' })), true);
    assert.equal(await seen(proxyHeader({ source: '192.0.2.7' })), false);
    assert.equal(await seen(proxyHeader({ command: 'local' })), false, 'the proxy itself is not its client');
    assert.equal(await seen(proxyHeader({ source: '127.0.0.1' }), 'X-Forwarded-For: 192.0.2.7\r\n'), false);
  });

  test('X-Forwarded-For is not believed: the client may have written it', async () => {
    const { open } = await serverBehind('127.0.0.1');
    const socket = open();
    socket.write(
      Buffer.concat([proxyHeader({ source: '192.0.2.7' }), Buffer.from(get('X-Forwarded-For: 127.0.0.1\r\n'))]),
    );
    assert.equal((await clientSeen(socket)).address, '192.0.2.7');
  });

  test('an upgrade has its head', async () => {
    const { open } = await serverBehind('127.0.0.1');
    const socket = open();
    const upgrade = 'GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n';
    socket.write(Buffer.concat([proxyHeader({ source: '192.0.2.7' }), Buffer.from(upgrade)]));
    assert.equal(await textOf(socket), 'upgraded');
  });

  test('a connection without the header is dropped, unanswered', async () => {
    const { open, door } = await serverBehind('127.0.0.1');
    const socket = open();
    socket.write(get());
    assert.equal(await textOf(socket), '');
    assert.equal(door.handshakes.count(), 0);
  });

  test('one that never finishes its header is dropped', async () => {
    const { open } = await serverBehind('127.0.0.1', 'requestMs=50');
    const socket = open();
    socket.write(proxyHeader({ source: '192.0.2.7' }).subarray(0, 20));
    assert.equal(await textOf(socket), '');
  });

  test('silent connections are counted by the client that the header names', async () => {
    const { open, door } = await serverBehind('127.0.0.1', 'handshakesPerAddress=2');
    const sockets = ['192.0.2.7', '192.0.2.7', '192.0.2.7', '192.0.2.8'].map((source) => {
      const socket = open();
      socket.write(proxyHeader({ source }));
      return socket;
    });
    await Promise.race(sockets.map((socket) => once(socket, 'close')));
    const honest = open();
    honest.write(Buffer.concat([proxyHeader({ source: '192.0.2.9' }), Buffer.from(get())]));
    assert.equal((await clientSeen(honest)).address, '192.0.2.9');
    assert.equal(door.handshakes.dropped(), 1);
  });
});

test('from an address that is not a trusted proxy, the header is an invalid request', async () => {
  const { open } = await serverBehind('192.0.2.1');
  const forged = open();
  forged.write(Buffer.concat([proxyHeader({ source: '127.0.0.1' }), Buffer.from(get())]));
  assert.match(await textOf(forged), /^HTTP\/1\.1 400 /);
  const direct = open();
  direct.write(get());
  assert.equal((await clientSeen(direct)).address, '127.0.0.1');
});
