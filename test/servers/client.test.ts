/**
 * The client of a request, with and without proxies; and which clients `--open` accepts.
 */
import assert from 'node:assert/strict';
import type { IncomingHttpHeaders } from 'node:http';
import { describe, test } from 'node:test';
import { clientKey, plainAddress } from '../../src/server/addresses.ts';
import { clientOf, NO_PROXIES, trustedProxies } from '../../src/server/client.ts';
import fc from '../support/fast-check.ts';

const PROXY = trustedProxies(['127.0.0.1', '10.0.0.0/8', '2001:db8::/32']);

function client(peer: string, headers: IncomingHttpHeaders, { proxies = NO_PROXIES, host = '127.0.0.1' } = {}) {
  const target = { path: '/', query: new URLSearchParams(), host };
  return clientOf({ address: plainAddress(peer) }, headers, target, proxies);
}

describe('a client is local', () => {
  test('from a loopback address to one, without a proxy', () => {
    for (const peer of ['127.0.0.1', '::1', '::ffff:127.0.0.1']) {
      for (const host of ['127.0.0.1', '127.9.9.9', 'localhost', '::1']) {
        assert.equal(client(peer, {}, { host }).isLocal, true, `${peer} to ${host}`);
      }
    }
  });

  test('not from another address, nor to a name that was rebound to this machine', () => {
    assert.equal(client('192.0.2.7', {}).isLocal, false);
    assert.equal(client('127.0.0.1', {}, { host: 'evil.example' }).isLocal, false);
    assert.equal(client('', {}).isLocal, false);
  });

  const added: [string, string][] = [
    ['x-forwarded-for', '203.0.113.7'],
    ['x-forwarded-for', ''],
    ['x-forwarded-host', 'voice.example'],
    ['x-forwarded-proto', 'https'],
    ['forwarded', 'for=203.0.113.7'],
    ['via', '1.1 proxy'],
    ['x-real-ip', '203.0.113.7'],
    ['cf-connecting-ip', '203.0.113.7'],
    ['true-client-ip', '203.0.113.7'],
  ];
  for (const [name, value] of added) {
    test(`not through a proxy that adds ${name}: ${value}`, () => {
      const { isLocal, via, address } = client('127.0.0.1', { [name]: value });
      assert.deepEqual([isLocal, via, address], [false, 'a stranger', '127.0.0.1']);
    });
  }

  test('through a trusted proxy, if its header says so', () => {
    const through = (header: string) =>
      client('127.0.0.1', { 'x-forwarded-for': header }, { proxies: PROXY, host: 'x' });
    assert.equal(through('127.0.0.1').isLocal, true);
    assert.equal(through('203.0.113.7').isLocal, false);
    assert.equal(through('127.0.0.1, 203.0.113.7').isLocal, false, 'the client wrote the first one itself');
    assert.equal(client('127.0.0.1', {}, { proxies: PROXY }).isLocal, false, 'it does not name the client');
  });
});

describe('behind trusted proxies, the address is the right-most one that is not a proxy', () => {
  const addresses: [header: string, address: string][] = [
    ['203.0.113.7', '203.0.113.7'],
    ['127.0.0.1, 203.0.113.7', '203.0.113.7'],
    ['198.51.100.1, 203.0.113.7, 10.1.2.3', '203.0.113.7'],
    ['203.0.113.7:4711', '203.0.113.7'],
    ['[2001:db9::1]:4711', '2001:db9::1'],
    ['::ffff:203.0.113.7', '203.0.113.7'],
    ['2001:DB9::1', '2001:db9::1'],
    ['198.51.100.1, unknown', '127.0.0.1'],
    ['198.51.100.1,', '127.0.0.1'],
    ['', '127.0.0.1'],
    ['10.0.0.1, 10.0.0.2', '10.0.0.1'],
  ];
  for (const [header, address] of addresses) {
    test(`“${header}”: ${address}`, () => {
      assert.equal(client('127.0.0.1', { 'x-forwarded-for': header }, { proxies: PROXY }).address, address);
    });
  }

  test('the header of an untrusted proxy is ignored', () => {
    assert.equal(client('192.0.2.7', { 'x-forwarded-for': '203.0.113.7' }, { proxies: PROXY }).address, '192.0.2.7');
  });

  test('for any header the result is an address, without an exception', () => {
    const part = fc.oneof(
      fc.ipV4(),
      fc.ipV6(),
      fc.string({ maxLength: 8 }),
      fc.constantFrom('[', ']:', ',', '%', ':', ''),
    );
    fc.assert(
      fc.property(fc.array(part, { maxLength: 5 }), (parts) => {
        const { address } = client('10.0.0.1', { 'x-forwarded-for': parts.join(', ') }, { proxies: PROXY });
        assert.match(address, /^[0-9a-f.:]+$/);
        assert.ok(clientKey(address).length > 0);
      }),
      { numRuns: 2_000, seed: 12 },
    );
  });
});

describe('with Forwarded', () => {
  const FORWARDED = trustedProxies(['127.0.0.1', '10.0.0.0/8', '2001:db8::/32'], 'forwarded');
  const through = (header: string) => client('127.0.0.1', { forwarded: header }, { proxies: FORWARDED }).address;
  const addresses: [header: string, address: string][] = [
    ['for=203.0.113.7', '203.0.113.7'],
    ['For="203.0.113.7:4711"; proto=https;by=10.0.0.1', '203.0.113.7'],
    ['for=198.51.100.1, for=203.0.113.7;host="a,b;c=\\"", for=10.1.2.3', '203.0.113.7'],
    ['proto=http;for="[2001:db9::1]:4711"', '2001:db9::1'],
    ['for="[2001:DB9::1]"', '2001:db9::1'],
    ['for=203.0.113.7,', '127.0.0.1'],
    ['for=203.0.113.7, for=unknown', '127.0.0.1'],
    ['for=203.0.113.7, for=_hidden', '127.0.0.1'],
    ['for=203.0.113.7, proto=https', '127.0.0.1'],
    ['', '127.0.0.1'],
    ['203.0.113.7', '127.0.0.1'],
    ['for=1.2.3.4 for=203.0.113.7', '127.0.0.1'],
    // What a client wrote, and what the proxy added to it.
    ['for=1.2.3.4;x="' + ', for=203.0.113.7', '127.0.0.1'],
    ['for=1.2.3.4;x="' + ', for="[2001:db9::1]:1"', '127.0.0.1'],
    ['for=1.2.3.4;x=y' + ', for=203.0.113.7', '203.0.113.7'],
    ['for=1.2.3.4\\' + ', for=203.0.113.7', '127.0.0.1'],
  ];
  for (const [header, address] of addresses) {
    test(`“${header}”: ${address}`, () => assert.equal(through(header), address));
  }

  test('X-Forwarded-For is not read: the proxy passes it on as its client wrote it', () => {
    const headers = { forwarded: 'for=203.0.113.7', 'x-forwarded-for': '127.0.0.1' };
    assert.equal(client('127.0.0.1', headers, { proxies: FORWARDED }).address, '203.0.113.7');
    assert.equal(client('127.0.0.1', headers, { proxies: PROXY }).address, '127.0.0.1');
  });

  test('whatever a client writes, the address is the one that the proxy added, or the proxy', () => {
    const piece = fc.constantFrom(
      'for=',
      '"',
      '\\',
      ',',
      ';',
      '=',
      '1.2.3.4',
      ' ',
      '[::1]',
      'x',
      '\t',
      '(',
      'for="1.2.3.4"',
    );
    const written = fc.array(piece, { maxLength: 12 }).map((parts) => parts.join(''));
    fc.assert(
      fc.property(written, fc.constantFrom('203.0.113.7', '"203.0.113.7:4711"'), (client, added) => {
        const address = through(`${client}, for=${added}`);
        assert.ok(address === '203.0.113.7' || address === '127.0.0.1', address);
      }),
      { numRuns: 5_000, seed: 5 },
    );
  });
});

test('one client has an IPv4 address or a /64', () => {
  assert.equal(clientKey('203.0.113.7'), '203.0.113.7');
  assert.equal(clientKey('::ffff:203.0.113.7'), '203.0.113.7');
  const house = ['2001:db8:1:2::1', '2001:DB8:1:2:ffff::', '2001:db8:1:2:3:4:5:6', '2001:0db8:0001:0002::9%eth0'];
  assert.deepEqual(new Set(house.map(clientKey)), new Set(['2001:db8:1:2::/64']));
  assert.notEqual(clientKey('2001:db8:1:3::1'), clientKey('2001:db8:1:2::1'));
  assert.equal(clientKey('::1'), '0:0:0:0::/64');
  assert.equal(plainAddress('FE80::1%eth0'), 'fe80::1');
});

test('an invalid address of a proxy is refused', () => {
  for (const wrong of ['proxy', '10.0.0.0/33', '10.0.0.0/', '::1/129', '10.0.0.0/x', '']) {
    assert.throws(() => trustedProxies([wrong]), { code: 'usage' }, wrong);
  }
});
