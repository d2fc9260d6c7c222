/**
 * docs/protocol.md is normative: every example in it is read from the page and checked.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decodeDeviceMessage, decodeGatewayMessage, MESSAGE_TYPES } from '../../src/protocol/control.ts';
import { FEATURES } from '../../src/protocol/features.ts';
import { type AudioPacket, decodePacket, encodePacket } from '../../src/protocol/packet.ts';
import { TRIGGERS } from '../../src/protocol/triggers.ts';
import { protocolExamples as blocks, protocolPage as page } from '../support/protocol-page.ts';

/** Hexadecimal digits, where `xx*n` is a repeated byte. */
function bytesOf(text: string): Uint8Array {
  const expanded = text.replace(/([0-9a-f]{2})\*(\d+)/g, (_, byte: string, times: string) =>
    byte.repeat(Number(times)),
  );
  return new Uint8Array(Buffer.from(expanded.replace(/\s+/g, ''), 'hex'));
}

const packets = blocks.filter(({ language }) => language === 'hex');
for (const { note, body } of packets) {
  test(`packet ${note}`, () => {
    const fields = JSON.parse(note) as Partial<Omit<AudioPacket, 'frames'>> & { frames: string[] };
    const packet: AudioPacket = {
      final: false,
      discontinuity: false,
      pcm: false,
      turn: 0,
      sequence: 0,
      timestamp: 0,
      ...fields,
      frames: fields.frames.map(bytesOf),
    };
    assert.deepEqual(encodePacket(packet), bytesOf(body));
    const decoded = decodePacket(bytesOf(body));
    assert.ok(decoded.ok);
    assert.deepEqual(decoded.packet, packet);
  });
}

const messages = blocks.filter(({ language }) => language === 'json');
for (const { kind, body } of messages) {
  const json = body.trim();
  test(`${kind} sends ${json.slice(0, 60)}`, () => {
    const decoded = kind === 'device' ? decodeDeviceMessage(json) : decodeGatewayMessage(json);
    assert.ok(decoded.ok, decoded.ok ? '' : decoded.reason);
    assert.deepEqual(decoded.message, JSON.parse(json), 'no field of the example is unknown');
  });
}

test('the page has an example of every message and every kind of packet', () => {
  for (const end of ['device', 'gateway'] as const) {
    const said = messages.filter(({ kind }) => kind === end).map(({ body }) => JSON.parse(body).type);
    assert.deepEqual([...new Set(said)].sort(), [...MESSAGE_TYPES[end]].sort());
  }
  const notes = packets.map(({ note }) => JSON.parse(note));
  for (const flag of ['final', 'discontinuity', 'pcm'])
    assert.ok(
      notes.some((note) => note[flag]),
      flag,
    );
  assert.ok(
    notes.some(({ final, frames }) => final && frames.length === 0),
    'the empty FINAL',
  );
  assert.ok(
    notes.some(({ frames }) => bytesOf(frames.join('')).length >= 252),
    'a length of two bytes',
  );
});

test('the page has the triggers that this version sends, each with its sentence', () => {
  const table = /\| trigger \|[^\n]*\n\|[^\n]*\n((?:\|.*\n)+)/.exec(page)?.[1] ?? '';
  const rows = [...table.matchAll(/^\| `(.+?)` \| (.+?) \|$/gm)].map(([, name, sentence]) => [name, sentence]);
  assert.deepEqual(Object.fromEntries(rows), TRIGGERS);
});

test('the page has the features of this version, each with its sentence', () => {
  const table = /\| feature \|[^\n]*\n\|[^\n]*\n((?:\|.*\n)+)/.exec(page)?.[1] ?? '';
  const rows = [...table.matchAll(/^\| `(.+?)` \| (.+?) \|$/gm)].map(([, name, sentence]) => [
    name,
    sentence?.replaceAll('`', ''),
  ]);
  const told = Object.entries(FEATURES).map(([name, sentence]) => [name, sentence.replaceAll('`', '')]);
  assert.deepEqual(rows, told);
});

test('the page has no code block that is not checked', () => {
  assert.equal([...page.matchAll(/^```\S/gm)].length, blocks.length);
  assert.equal(packets.length + messages.length, blocks.length);
});
