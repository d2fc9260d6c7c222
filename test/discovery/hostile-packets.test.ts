import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type DecodedPacket, encode } from 'dns-packet';
import {
  instanceLabel,
  instanceName,
  isAsked,
  isConflict,
  recordsOf,
  responseWith,
  type ServiceDescription,
  servicesIn,
} from '../../src/discovery/dns-sd.ts';
import { createPacketFilter } from '../../src/discovery/mdns-network.ts';
import fc from '../support/fast-check.ts';

const TYPE = '_earshot._tcp';
const SERVICE: ServiceDescription = { type: TYPE, name: 'hall', port: 4433, txt: { version: '1' } };
const valid = encode(responseWith(recordsOf(SERVICE, 'earshot-1.local', '192.0.2.1')));

function readAll(packet: DecodedPacket | undefined): unknown {
  return (
    packet && [servicesIn(packet, TYPE), isAsked(packet, SERVICE, 'a.local'), isConflict(packet, SERVICE, 'a.local')]
  );
}

test('any bytes are read without an exception', () => {
  let nowMs = 0;
  const filter = createPacketFilter(() => (nowMs += 1_000));
  const mutated = fc.array(fc.tuple(fc.nat(valid.length - 1), fc.nat(255)), { maxLength: 12 }).map((changes) => {
    const bytes = Buffer.from(valid);
    for (const [at, value] of changes) bytes[at] = value;
    return bytes;
  });
  const any = fc.uint8Array({ maxLength: 600 }).map((bytes) => Buffer.from(bytes));
  fc.assert(
    fc.property(fc.oneof(mutated, any), (bytes) => void readAll(filter(bytes, 5353))),
    { numRuns: 2_000 },
  );
});

test('what is published is read back', () => {
  const text = fc.string({ minLength: 1, maxLength: 80, unit: 'grapheme' });
  fc.assert(
    fc.property(text, fc.integer({ min: 1, max: 65_535 }), text, (given, port, value) => {
      const name = instanceLabel(given);
      fc.pre(name !== '' && !/[\\^$]/.test(name));
      const service = { ...SERVICE, name, port, txt: { value } };
      const packet = createPacketFilter(() => 0)(
        encode(responseWith(recordsOf(service, 'earshot-1.local', '192.0.2.1'))),
        5353,
      );
      assert.ok(packet);
      const [found] = servicesIn(packet, TYPE);
      assert.ok(found, instanceName(service));
      assert.deepEqual([found.name, found.port, found.address], [name, port, '192.0.2.1']);
      assert.ok(value.startsWith(found.txt.value?.replace(/\uFFFD+$/, '') ?? '?'));
    }),
    { numRuns: 200 },
  );
});

test('a packet that is too large, has too many records, comes too often or from another port is dropped', () => {
  const filter = createPacketFilter(() => 0);
  assert.ok(filter(valid, 5353));
  assert.equal(filter(valid, 5354), undefined, 'a response of a program without the right to port 5353');
  assert.equal(filter(Buffer.concat([valid, Buffer.alloc(9_000)]), 5353), undefined);
  const many = Buffer.from(valid);
  many.writeUInt16BE(65_535, 10);
  assert.equal(filter(many, 5353), undefined);
  const read = Array.from({ length: 500 }, () => filter(valid, 5353)).filter(Boolean);
  assert.ok(read.length < 200, `${read.length} of one moment`);
});

test('a loop of pointers in a name ends', () => {
  const loop = Buffer.from('000084000000000100000000c00cc00c000c0001000000780002c00c', 'hex');
  assert.equal(createPacketFilter(() => 0)(loop, 5353), undefined);
});

test('a text record does not reach the prototype', () => {
  const txt = { __proto__: null, constructor: 'x', _secret: '1', Upper: 'kept' } as unknown as Record<string, string>;
  const packet = createPacketFilter(() => 0)(
    encode(responseWith(recordsOf({ ...SERVICE, txt }, 'a.local', '192.0.2.1'))),
    5353,
  );
  assert.ok(packet);
  assert.deepEqual(servicesIn(packet, TYPE)[0]?.txt, { constructor: 'x', upper: 'kept' });
});
