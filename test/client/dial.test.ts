/** The dial over the standard's WebSocket: what a browser does differently from the package `ws`. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Socket } from '../../actors/network/socket.ts';
import { type StandardWebSocket, streamAddress, streamDial } from '../../src/client/dial.ts';
import { MAX_MESSAGE_BYTES } from '../../src/protocol/control.ts';
import { SimulatedClock } from '../support/simulated-clock.ts';
import { testScope } from '../support/test-scope.ts';

function dialled() {
  const told: unknown[] = [];
  let platform: Record<string, (event: object) => void> = {};
  class Fake implements StandardWebSocket {
    binaryType = 'blob';
    bufferedAmount = 0;
    onopen = null;
    onmessage = null;
    onclose = null;
    onerror = null;
    constructor(url: string, protocols: string[]) {
      told.push(url, protocols);
      platform = this as never;
    }
    send(data: string | Uint8Array): void {
      told.push(data);
    }
    close(...args: unknown[]): void {
      told.push(['close', ...args]);
    }
  }
  const clock = new SimulatedClock();
  const socket: Socket = streamDial({ url: 'wss://host/', token: () => 'secret', WebSocket: Fake })(
    {
      onOpen: () => told.push('open'),
      onText: (text) => told.push(text),
      onBinary: (bytes) => told.push(bytes),
      onClose: (code, _, error) => told.push([code, error?.code]),
    },
    testScope(clock),
  );
  assert.deepEqual(told.splice(0), ['wss://host/v1/stream', ['earshot.v1', 'bearer.secret']]);
  return { told, clock, socket, fire: (name: string, event: object = {}) => platform[`on${name}`]?.(event) };
}

test('an address may be that of the gateway, of its page, or of the stream', () => {
  for (const url of ['wss://host', 'https://host/', 'wss://host/v1/stream']) {
    assert.equal(streamAddress(url).href, 'wss://host/v1/stream');
  }
  assert.equal(streamAddress('http://127.0.0.1:4433/below').href, 'ws://127.0.0.1:4433/below/v1/stream');
});

test('a connection that is dropped ends once, at once, and nothing follows', () => {
  const { told, clock, socket, fire } = dialled();
  fire('open');
  socket.terminate();
  clock.increment(1);
  fire('message', { data: 'late' });
  fire('close', { code: 1000, reason: '' });
  assert.deepEqual(told, ['open', ['close', 1000, ''], [1006, undefined]]);
});

test('codes that only a browser may send are left out of a close', () => {
  const { told, socket } = dialled();
  socket.close(1002, 'protocol error');
  socket.close(4000, 'x'.repeat(200));
  assert.deepEqual(told, [['close'], ['close', 4000, 'x'.repeat(123)]]);
});

test('a gateway that cannot be reached, refuses the token, or sends too much is told as such', () => {
  const failed = (message: unknown) => {
    const { told, fire } = dialled();
    fire('error', { message });
    fire('close', { code: 1006, reason: '' });
    return told;
  };
  assert.deepEqual(failed(undefined), [[1006, 'gateway_unreachable']]);
  assert.deepEqual(failed('Unexpected server response: 401'), [[1006, 'token_refused']]);
  const { told, clock, fire } = dialled();
  fire('open');
  fire('message', { data: new ArrayBuffer(MAX_MESSAGE_BYTES + 1) });
  clock.increment(1);
  assert.deepEqual(told.at(-1), [1006, 'protocol_error']);
});
