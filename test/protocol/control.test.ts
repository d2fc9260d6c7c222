import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { decodeDeviceMessage, decodeGatewayMessage } from '../../src/protocol/control.ts';

const TURN_START = {
  type: 'turn.start',
  turn: 1,
  id: '01890a5d-ac96-774b-bcce-b302099a8057',
  trigger: 'key',
  startedAt: 1,
};

test('a message of a later version is known to be one', () => {
  const decoded = decodeDeviceMessage('{"type":"telepathy"}');
  assert.ok(!decoded.ok && decoded.kind === 'unknown');
});

test('fields of a later version are dropped', () => {
  const decoded = decodeDeviceMessage(JSON.stringify({ ...TURN_START, mood: 'good' }));
  assert.ok(decoded.ok);
  assert.deepEqual(decoded.message, TURN_START);
});

test('what is wrong is named', () => {
  const wrong: [object, RegExp][] = [
    [{ ...TURN_START, turn: 0 }, /turn\.start: turn/],
    [{ ...TURN_START, turn: 1.5 }, /turn\.start: turn/],
    [{ ...TURN_START, turn: 2 ** 32 }, /turn\.start: turn/],
    [{ ...TURN_START, id: 'x' }, /turn\.start: id/],
    [{ ...TURN_START, trigger: 'mind' }, /turn\.start: trigger/],
    [{ ...TURN_START, startedAt: '1' }, /turn\.start: startedAt/],
    [{ type: 'ping' }, /ping: t0/],
    [{ type: 'hello', protocol: 1, device: { name: '' } }, /hello: device\.name/],
  ];
  for (const [message, reason] of wrong) {
    const decoded = decodeDeviceMessage(JSON.stringify(message));
    assert.ok(!decoded.ok && decoded.kind === 'invalid');
    assert.match(decoded.reason, reason);
  }
});

test('any text at all gives a message or a reason, never an exception', () => {
  const texts = fc.oneof(
    fc.string(),
    fc.json(),
    fc.jsonValue().map((value) => JSON.stringify(value)),
  );
  fc.assert(
    fc.property(texts, (text) => {
      for (const decode of [decodeDeviceMessage, decodeGatewayMessage]) {
        const decoded = decode(text);
        assert.ok(decoded.ok || decoded.reason.length > 0);
      }
    }),
  );
});

test('a message with one field replaced by anything gives a message or a reason', () => {
  fc.assert(
    fc.property(fc.constantFrom(...Object.keys(TURN_START)), fc.jsonValue(), (field, value) => {
      decodeDeviceMessage(JSON.stringify({ ...TURN_START, [field]: value }));
    }),
  );
});
