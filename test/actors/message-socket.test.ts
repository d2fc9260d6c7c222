import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Fault, type MessageListener, MessageSocket } from '../../actors/network/message-socket.ts';
import type { AcceptSocket } from '../../actors/network/socket.ts';
import { createScope } from '../../src/core/actor/scope.ts';
import { silentLog } from '../../src/core/log/log.ts';
import { type DeviceMessage, decodeDeviceMessage, type GatewayMessage } from '../../src/protocol/control.ts';
import { checkPacket, encodePacket } from '../../src/protocol/packet.ts';
import { fakeDial } from '../support/fake-socket.ts';
import { SimulatedClock } from '../support/simulated-clock.ts';

/** The gateway's end of a connection; the test controls the device's end. */
function gatewayEnd(listener: Partial<MessageListener<DeviceMessage>> = {}) {
  const dialled = fakeDial();
  const clock = new SimulatedClock();
  const recording = recordingListener(listener);
  const crashes: unknown[] = [];
  const scope = createScope('a connection', { clock, log: silentLog, onCrash: (error) => crashes.push(error) });
  let ends = 0;
  const accept: AcceptSocket = (handlers, of) => dialled.dial({ onOpen() {}, ...handlers }, of);
  const socket = new MessageSocket<GatewayMessage, DeviceMessage>({
    open: accept,
    decode: decodeDeviceMessage,
    listener: recording.listener,
    scope,
    onEnd: () => {
      ends += 1;
    },
  });
  return { ...dialled, ...recording, socket, scope, crashes, clock, ends: () => ends };
}

function recordingListener(overrides: Partial<MessageListener<DeviceMessage>>) {
  const messages: DeviceMessage[] = [];
  const packets: Uint8Array[] = [];
  const unknown: string[] = [];
  const faults: Fault[] = [];
  const closes: number[] = [];
  const listener: MessageListener<DeviceMessage> = {
    maxFaults: 3,
    onMessage: (message) => messages.push(message),
    onPacket(bytes) {
      const error = checkPacket(bytes);
      if (!error) packets.push(bytes.slice());
      return error;
    },
    onUnknown: (reason) => unknown.push(reason),
    onFault: (fault) => faults.push(fault),
    onClose: (code) => closes.push(code),
    ...overrides,
  };
  return { listener, messages, packets, unknown, faults, closes };
}

const PACKET = encodePacket({
  final: false,
  discontinuity: false,
  pcm: false,
  turn: 1,
  sequence: 0,
  timestamp: 0,
  frames: [Uint8Array.of(1, 2, 3)],
});

test('messages and packets arrive decoded and checked; those of a later version are no fault', () => {
  const { last, messages, packets, unknown, faults } = gatewayEnd();
  last().say({ type: 'bye', reason: 'x' });
  last().handlers.onBinary(PACKET);
  last().say({ type: 'from.the.future' });
  assert.deepEqual(messages, [{ type: 'bye', reason: 'x' }]);
  assert.deepEqual(packets, [PACKET]);
  assert.equal(unknown.length, 1);
  assert.deepEqual(faults, []);
});

test('faults of all kinds are counted together; the last one closes the connection, and later messages are ignored', () => {
  const { last, messages, packets, faults, socket } = gatewayEnd();
  last().handlers.onText('not JSON');
  last().handlers.onBinary(Uint8Array.of(9));
  assert.equal(last().closed, undefined);
  socket.fault('hello_repeated', 'a second hello');
  assert.deepEqual(
    faults.map(({ code, count, isLast }) => [code, count, isLast]),
    [
      ['message_invalid', 1, false],
      ['packet_too_short', 2, false],
      ['hello_repeated', 3, true],
    ],
  );
  assert.equal(last().closed?.code, 1_002);
  socket.fault('hello_repeated', 'a third hello');
  last().say({ type: 'bye', reason: 'x' });
  last().handlers.onBinary(PACKET);
  last().handlers.onText('not JSON');
  assert.deepEqual([messages.length, packets.length, faults.length], [0, 0, 3]);
});

test('a listener may close the connection itself at the last fault', () => {
  const { last, socket } = gatewayEnd({ maxFaults: 1, onFault: () => socket.close(1_008, 'hello expected') });
  last().handlers.onBinary(PACKET.slice(0, 3));
  assert.deepEqual(last().closed, { code: 1_008, reason: 'hello expected' });
});

test('a new listener receives everything, and has its own scope and its own count of faults', () => {
  const { last, socket, messages, faults, closes, clock, crashes, ends } = gatewayEnd();
  last().handlers.onText('not JSON');
  const next = recordingListener({
    maxFaults: 2,
    onPacket() {
      throw new Error('the session has a fault');
    },
  });
  const sessionCrashes: unknown[] = [];
  const session = createScope('a session', { clock, log: silentLog, onCrash: (error) => sessionCrashes.push(error) });
  socket.listen(next.listener, session);
  last().say({ type: 'bye', reason: 'x' });
  last().handlers.onText('not JSON');
  assert.deepEqual([messages.length, faults.length], [0, 1]);
  assert.equal(next.messages.length, 1);
  assert.deepEqual(
    next.faults.map(({ count }) => count),
    [1],
  );
  last().handlers.onBinary(PACKET);
  assert.deepEqual([sessionCrashes.length, crashes.length], [1, 0]);
  last().end(1_006);
  // Its scope has ended; the connection still ends normally.
  assert.deepEqual([next.closes, closes, ends()], [[], [], 1]);
});

test('inactivity is measured from received messages, and ends with the connection', () => {
  const { last, socket, clock } = gatewayEnd();
  const silences: number[] = [];
  clock.increment(400);
  last().say({ type: 'ping', t0: 1 });
  assert.equal(socket.silence.lastActiveAtMs, clock.now());
  socket.silence.checkAfter(1_000, (silentMs) => silences.push(silentMs));
  clock.increment(500);
  last().handlers.onBinary(PACKET);
  clock.increment(500);
  assert.deepEqual(silences, [500]);
  socket.silence.checkAfter(1_000, (silentMs) => silences.push(silentMs));
  last().end(1_006);
  clock.increment(5_000);
  assert.equal(silences.length, 1);
});
