/**
 * Requests that the gateway answers by HTTP, because they are not from a device.
 */
import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { describe, test } from 'node:test';
import { gatewayForTests } from '../support/gateway.ts';
import { once } from '../support/in-time.ts';

const gateway = gatewayForTests();

const HEADERS: Record<string, string> = {
  Host: 'gateway',
  Connection: 'Upgrade',
  Upgrade: 'websocket',
  'Sec-WebSocket-Version': '13',
  'Sec-WebSocket-Key': 'AAAAAAAAAAAAAAAAAAAAAA==',
  'Sec-WebSocket-Protocol': 'earshot.v1',
};

interface Handshake {
  method?: string;
  target?: string;
  headers?: Record<string, string>;
}

interface Answer {
  status: number;
  /** Names in lower case. */
  headers: Map<string, string>;
  body: string;
}

/** A handshake by hand: libraries would correct its errors. A header that is empty is omitted. */
async function shake({ method = 'GET', target = '/v1/stream', headers = {} }: Handshake): Promise<Answer> {
  const socket = connect(Number(new URL(gateway.url).port), '127.0.0.1');
  const lines = Object.entries({ ...HEADERS, ...headers }).flatMap(([name, value]) =>
    value ? `${name}: ${value}` : [],
  );
  socket.write(`${method} ${target} HTTP/1.1\r\n${lines.join('\r\n')}\r\n\r\n`);
  let text = '';
  socket.setEncoding('utf8').on('data', (data: string) => {
    text += data;
    // An accepted connection stays open.
    if (text.startsWith('HTTP/1.1 101') && text.includes('\r\n\r\n')) socket.destroy();
  });
  await once(socket, 'close');
  const [head = '', body = ''] = text.split('\r\n\r\n');
  const [first = '', ...rest] = head.split('\r\n');
  const named = rest
    .map((line) => line.split(': '))
    .map(([name = '', value = '']) => [name.toLowerCase(), value] as const);
  return { status: Number(first.split(' ')[1]), headers: new Map(named), body };
}

describe('a handshake', () => {
  const taken: [string, Handshake][] = [
    ['of the protocol', {}],
    ['with a query', { target: '/v1/stream?from=test' }],
    ['that offers other protocols, too', { headers: { 'Sec-WebSocket-Protocol': 'chat, earshot.v1' } }],
    ['that offers compression', { headers: { 'Sec-WebSocket-Extensions': 'permessage-deflate' } }],
  ];
  for (const [what, handshake] of taken) {
    test(`${what} is accepted, without compression`, async () => {
      const { status, headers } = await shake(handshake);
      assert.equal(status, 101);
      assert.equal(headers.get('sec-websocket-protocol'), 'earshot.v1');
      assert.equal(headers.get('sec-websocket-extensions'), undefined);
    });
  }

  const refused: [string, Handshake, number][] = [
    ['for another path', { target: '/v2/stream' }, 404],
    ['for the root', { target: '/' }, 404],
    ['that offers no sub-protocol', { headers: { 'Sec-WebSocket-Protocol': '' } }, 400],
    ['that offers another sub-protocol', { headers: { 'Sec-WebSocket-Protocol': 'earshot.v2' } }, 400],
    ['of a web page', { headers: { Origin: 'https://example.org' } }, 403],
    ['of a web page that hides', { headers: { Origin: 'null' } }, 403],
    ['with several things wrong, by the first of the table', { target: '/', headers: { Origin: 'null' } }, 404],
  ];
  for (const [what, handshake, status] of refused) {
    test(`${what} is refused with ${status}, with a reason`, async () => {
      const answer = await shake(handshake);
      assert.equal(answer.status, status);
      assert.equal(answer.headers.get('content-type'), 'application/json');
      assert.equal(typeof JSON.parse(answer.body).error, 'string');
    });
  }

  const malformed: [string, Handshake, number][] = [
    ['of another method', { method: 'POST' }, 405],
    ['of another version', { headers: { 'Sec-WebSocket-Version': '12' } }, 400],
    ['without a key', { headers: { 'Sec-WebSocket-Key': '' } }, 400],
  ];
  for (const [what, handshake, status] of malformed) {
    test(`${what} is refused with ${status}`, async () => {
      assert.equal((await shake(handshake)).status, status);
    });
  }
});

describe('a request without a handshake', () => {
  const ask = (path: string, method = 'GET') => fetch(gateway.url.replace('ws:', 'http:') + path, { method });

  test('gets the number of connections', async () => {
    const response = await ask('/health');
    assert.equal(response.status, 200);
    const { name, version, connections } = (await response.json()) as Record<string, unknown>;
    assert.deepEqual([name, typeof version, connections], ['earshot', 'string', 0]);
  });

  test('of another method is told which ones there are', async () => {
    const response = await ask('/health', 'POST');
    assert.deepEqual([response.status, response.headers.get('allow')], [405, 'GET, HEAD']);
  });

  test('gets the address for devices', async () => {
    for (const [path, method] of [
      ['/v1/stream', 'GET'],
      ['/', 'GET'],
    ] as const) {
      const response = await ask(path, method);
      assert.equal(response.status, 404);
      assert.match(await response.text(), /\/v1\/stream/);
    }
  });
});
