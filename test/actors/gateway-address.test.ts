/**
 * The address of a gateway: its path is used, and unsupported parts are refused.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseGateway, pathOf } from '../../actors/network/gateway-address.ts';
import { tokenFor } from '../../actors/network/readable-token.ts';
import { EarshotError } from '../../src/core/errors.ts';
import { silentLog } from '../../src/core/log/log.ts';
import { STREAM_PATH } from '../../src/protocol/control.ts';

const JOINED: [address: string, stream: string][] = [
  ['ws://127.0.0.1:4433', 'ws://127.0.0.1:4433/v1/stream'],
  ['wss://example.org', 'wss://example.org/v1/stream'],
  ['wss://example.org/', 'wss://example.org/v1/stream'],
  ['wss://example.org/voice', 'wss://example.org/voice/v1/stream'],
  ['wss://example.org/voice/', 'wss://example.org/voice/v1/stream'],
  ['wss://example.org/a/b%20c//', 'wss://example.org/a/b%20c/v1/stream'],
  ['wss://[2001:db8::1]:8443/voice/', 'wss://[2001:db8::1]:8443/voice/v1/stream'],
];

for (const [address, stream] of JOINED) {
  test(`${address} → ${stream}`, () => {
    assert.equal(pathOf(parseGateway(address), STREAM_PATH).href, stream);
  });
}

const REFUSED: [address: string, says: RegExp][] = [
  ['', /No gateway is given/],
  ['example.org', /is not the address of a gateway/],
  ['https://example.org', /is not the address of a gateway/],
  ['ws://', /is not the address of a gateway/],
  ['wss://kitchen:secret@example.org/voice', /has a user name or password, which is not supported/],
  ['wss://kitchen@example.org', /has a user name or password/],
  ['wss://example.org/voice?room=1', /has a query/],
  ['wss://example.org/voice#room', /has a fragment/],
];

for (const [address, says] of REFUSED) {
  test(`${address || 'nothing'} is refused`, () => {
    assert.throws(
      () => parseGateway(address),
      (error) => {
        assert.ok(error instanceof EarshotError && error.code === 'usage');
        assert.match(error.message, says);
        assert.doesNotMatch(`${error.message} ${error.hint}`, /secret/);
        return true;
      },
    );
  });
}

function warningsOf(address: string, tokens: (string | undefined)[]): string[] {
  const warnings: string[] = [];
  const waiting = [...tokens];
  const token = tokenFor(parseGateway(address), () => waiting.shift(), {
    ...silentLog,
    warn: (message, fields) => warnings.push(`${message} ${JSON.stringify(fields)}`),
  });
  assert.deepEqual(
    tokens.map(() => token()),
    tokens,
  );
  return warnings;
}

test('a token that is sent unencrypted is reported once, and not printed', () => {
  const warnings = warningsOf('ws://example.org', [undefined, 'secret', 'secret']);
  assert.equal(warnings.length, 1);
  assert.match(warnings[0] ?? '', /unencrypted.*wss:/);
  assert.doesNotMatch(warnings[0] ?? '', /secret/);
});

test('no warning when the connection is private, or there is no token', () => {
  for (const safe of [
    'wss://example.org',
    'ws://127.0.0.1:4433',
    'ws://127.8.9.1',
    'ws://localhost:1',
    'ws://[::1]:4433',
  ]) {
    assert.deepEqual(warningsOf(safe, ['secret']), [], safe);
  }
  assert.deepEqual(warningsOf('ws://example.org', [undefined]), []);
});
