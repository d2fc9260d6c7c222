/**
 * What the primary reads of a connection: the token of its first request, whatever the bytes are and however they arrive.
 */
import assert from 'node:assert/strict';
import { maxHeaderSize } from 'node:http';
import { describe, test } from 'node:test';
import { parseOpening } from '../../src/gateway/workers/opening.ts';
import { slotOf } from '../../src/gateway/workers/rendezvous.ts';
import fc from '../support/fast-check.ts';
import { frames, handshake, politeRequest, rudeRequest } from '../support/mutations.ts';
import { proxyHeader } from '../support/proxy-header.ts';
import { seededRandom } from '../support/random.ts';

const PLAIN = { hasProxyHeader: false, isPlain: true };
const request = (...fields: string[]) =>
  Buffer.from(`GET /v1/stream HTTP/1.1\r\nHost: 127.0.0.1\r\n${fields.map((each) => `${each}\r\n`).join('')}\r\n`);

function tokenIn(bytes: Buffer): string | undefined {
  const opening = parseOpening(bytes, PLAIN);
  assert.ok(opening instanceof Object);
  return opening.token;
}

describe('the token of the first request', () => {
  const tokens: [fields: string[], token: string | undefined][] = [
    [['Authorization: Bearer abc'], 'abc'],
    [['authorization:bearer   a.b-c'], 'a.b-c'],
    [['Sec-WebSocket-Protocol: earshot.v1, bearer.abc'], 'abc'],
    [['Authorization: Bearer abc', 'Sec-WebSocket-Protocol: earshot.v1, bearer.other'], 'abc'],
    [['Authorization: Basic abc'], undefined],
    [['X-Authorization: Bearer abc'], undefined],
    [['X: y Authorization: Bearer abc'], undefined],
    [[], undefined],
  ];
  for (const [fields, token] of tokens) {
    test(`“${fields.join('; ')}”: ${token ?? 'none'}`, () => assert.equal(tokenIn(request(...fields)), token));
  }

  test('is not looked for in what comes after the head', () => {
    assert.equal(tokenIn(Buffer.concat([request(), Buffer.from('Authorization: Bearer abc\r\n\r\n')])), undefined);
  });

  test('needs the whole head, in whatever pieces it arrives', () => {
    const whole = request('Authorization: Bearer abc');
    for (let end = 0; end < whole.length; end++) {
      assert.equal(parseOpening(whole.subarray(0, end), PLAIN), 'incomplete', String(whole.subarray(0, end)));
    }
    assert.equal(tokenIn(whole), 'abc');
  });

  test('comes after the header of a proxy', () => {
    const header = proxyHeader({ source: '192.0.2.7' });
    const format = { hasProxyHeader: true, isPlain: true };
    const opening = parseOpening(Buffer.concat([header, request('Authorization: Bearer abc')]), format);
    assert.deepEqual(opening, { source: '192.0.2.7', token: 'abc', start: header.length });
    assert.equal(parseOpening(request(), format), 'invalid');
    const secure = { hasProxyHeader: true, isPlain: false };
    assert.deepEqual(parseOpening(header, secure), { source: '192.0.2.7', token: undefined, start: header.length });
  });
});

test('what is no request, or has too long a head, is not waited for: a worker refuses it', () => {
  for (const text of [
    '\x16\x03\x01',
    'GET\r\n',
    'GET /\r\n',
    '\r\n',
    'GET / HTTP/9\r\n',
    'GET / x y',
    `GET /${'x'.repeat(maxHeaderSize)}`,
  ]) {
    assert.deepEqual(parseOpening(Buffer.from(text, 'latin1'), PLAIN), {
      source: undefined,
      token: undefined,
      start: 0,
    });
  }
});

test('of any bytes no more than a head is kept', () => {
  fc.assert(
    fc.property(fc.integer(), (seed) => {
      const random = seededRandom(seed);
      const socket = { path: '/v1/stream', protocols: ['earshot.v1'] };
      const bytes = Buffer.concat([
        Buffer.from(politeRequest(random), 'latin1'),
        rudeRequest(random),
        handshake(random, socket),
        frames(random, ['{}']),
      ]);
      const from = random.integer(0, bytes.length - 1);
      const opening = parseOpening(bytes.subarray(from), PLAIN);
      if (opening === 'incomplete') assert.ok(bytes.length - from <= maxHeaderSize);
    }),
    { numRuns: 500, seed: 19 },
  );
});

describe('a key belongs to one of the workers that there are', () => {
  const keys = Array.from({ length: 3_000 }, (_, i) => `token ${i}`);
  const share = (slots: number[], slot: number) =>
    keys.filter((key) => slotOf(key, slots) === slot).length / keys.length;

  test('evenly', () => {
    for (const slot of [1, 2]) assert.ok(Math.abs(share([1, 2], slot) - 0.5) < 0.05);
    for (const slot of [1, 2, 3, 4]) assert.ok(Math.abs(share([1, 2, 3, 4], slot) - 0.25) < 0.05);
  });

  test('and stays there when another one ends; those of the other one are spread', () => {
    for (const key of keys) {
      const before = slotOf(key, [1, 2, 3]);
      if (before !== 2) assert.equal(slotOf(key, [1, 3]), before);
    }
    assert.ok(Math.abs(share([1, 3], 1) - 0.5) < 0.05);
  });

  test('where there is none, to none', () => assert.equal(slotOf('x', []), undefined));
});
