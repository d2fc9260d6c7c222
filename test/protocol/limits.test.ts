/**
 * The times and limits of docs/protocol.md, enforced by the gateway; in virtual time.
 */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Responder } from '../../actors/responder/responder.ts';
import type { TurnRecorder } from '../../actors/session/turn-recorder.ts';
import { FINAL, hello, packet, turnStart } from '../support/client.ts';
import type { VirtualClock } from '../support/virtual-clock.ts';
import {
  type Arrived,
  arrivals,
  connect,
  type End,
  sequenceOf,
  utterancePackets,
  virtualGateway,
} from './virtual-gateway.ts';

/** A device that stays connected: it pings as the page requires. */
async function stay({ clock, device }: { clock: VirtualClock; device: End }, ms: number): Promise<void> {
  for (let left = ms; left > 0; left -= 5_000) {
    device.say({ type: 'ping', t0: clock.now() });
    await clock.run(Math.min(left, 5_000));
  }
}

describe('a connection', () => {
  test('without a hello is closed after 10 s', async () => {
    const { clock, device } = virtualGateway();
    await clock.run(60_000);
    assert.deepEqual(device.closed, { atMs: 10_000, code: 1_008 });
  });

  test('is dropped when nothing was received for 15 s, and not before', async () => {
    const { clock, device } = virtualGateway();
    device.say(hello('quiet'));
    await clock.run(14_000);
    device.say({ type: 'ack', turn: 1, next: 0 });
    await clock.run(60_000);
    assert.deepEqual(device.closed, { atMs: 29_000, code: 1_006 });
  });

  test('stays open while the device pings', async () => {
    const { clock, device } = virtualGateway();
    device.say(hello('constant'));
    await stay({ clock, device }, 600_000);
    assert.equal(device.closed, undefined);
    assert.equal(arrivals(device, 'pong').length, 120);
  });
});

describe('a session without a connection', () => {
  async function comeBackAfter(ms: number, isInTurn: boolean) {
    const { clock, sessions, device } = virtualGateway();
    device.say(hello('traveller'), turnStart(1), packet({ turn: 1, sequence: 0, flags: isInTurn ? 0 : FINAL }));
    await clock.run(1_000);
    device.disconnect();
    await clock.run(ms);
    const again = connect(sessions, clock);
    again.say(hello('traveller', { resume: { session: 'session 1', turn: 1, downlinkNext: 0 } }));
    await clock.run(1);
    return arrivals(again, 'welcome')[0]?.message.resumed;
  }

  test('is kept for 120 s in a turn', async () => {
    assert.equal(await comeBackAfter(119_000, true), true);
    assert.equal(await comeBackAfter(121_000, true), false);
  });

  test('is kept for 10 s when all messages of the turn were sent', async () => {
    assert.equal(await comeBackAfter(9_000, false), true);
    assert.equal(await comeBackAfter(11_000, false), false);
  });
});

describe('an ack', () => {
  test('comes 500 ms after a packet, one for all packets received meanwhile', async () => {
    const { clock, device } = virtualGateway();
    device.say(hello('talker'), turnStart(1));
    for (let sequence = 0; sequence < 60; sequence += 2) {
      device.say(packet({ turn: 1, sequence }));
      await clock.run(40);
    }
    const acks = arrivals(device, 'ack').map(({ atMs, message }) => [atMs, message.next]);
    assert.deepEqual(acks.slice(0, 2), [
      [500, 26],
      [1_020, 52],
    ]);
  });
});

describe('a reply', () => {
  test('is a burst of the buffer of the device, then comes in real time', async () => {
    const { clock, device } = virtualGateway();
    device.say(hello('listener', { playback: { bufferMs: 400 } }), turnStart(1), ...utterancePackets(1, 100));
    await clock.run(10_000);
    const packets = arrivals(device, 'packet');
    assert.equal(packets.length, 100);
    const first = packets[0]?.atMs ?? 0;
    for (const [i, { atMs }] of packets.entries()) assert.equal(atMs - first, Math.max(0, i * 40 - 400));
  });

  test('is paced from the first repeated packet after a resume', async () => {
    const { clock, sessions, device } = virtualGateway();
    device.say(hello('listener'), turnStart(1), ...utterancePackets(1, 100));
    await clock.run(1_000);
    device.disconnect();
    await clock.run(5_000);
    const again = connect(sessions, clock);
    again.say(hello('listener', { resume: { session: 'session 1', turn: 1, downlinkNext: 50 } }));
    await clock.run(10_000);
    const packets = arrivals(again, 'packet');
    assert.equal(sequenceOf(packets[0] as Arrived), 50);
    assert.equal(packets.filter(({ atMs }) => atMs === 0).length, 16, '600 ms, and the packet that begins right there');
    assert.equal(packets.at(-1)?.message.bytes?.readUInt8(1), FINAL);
  });

  test('has at most ten minutes, and a FINAL', async () => {
    const chatterbox: Responder = (_turn, answer) => ({
      hear({ final }) {
        if (!final) return;
        // In parts, like a responder; the session's own limit on the duration of the reply comes at the very end.
        for (let i = 0; i < 31_000; i += 100) answer.say(Array.from({ length: 100 }, () => Uint8Array.of(1)));
        answer.finish();
      },
      abort() {},
    });
    const { clock, device } = virtualGateway({ responder: chatterbox });
    device.say(hello('patient', { playback: { bufferMs: 60_000 } }), turnStart(1), ...utterancePackets(1, 1));
    await stay({ clock, device }, 590_000);
    const last = arrivals(device, 'packet').at(-1)?.message.bytes;
    assert.equal(last?.readUInt8(1), FINAL);
    assert.equal(Number(last?.readUInt32BE(4)) + Number(last?.readUInt8(12)), 30_000);
    assert.equal(arrivals(device, 'turn.done').length, 1);
  });
});

describe('a turn fails', () => {
  async function failure(made: ReturnType<typeof virtualGateway>, messages: (object | Buffer)[], forMs: number) {
    made.device.say(hello('unlucky'), ...messages);
    await stay(made, forMs);
    const { atMs, message } = arrivals(made.device, 'error')[0] ?? {};
    assert.equal(arrivals(made.device, 'turn.done').length, 0);
    return [atMs, message?.code, message?.turn, message?.retryable];
  }
  const mute: Responder = () => ({ hear() {}, abort() {} });
  const endless: Responder = (_turn, answer) => ({ hear: () => answer.begin(), abort() {} });
  const stuck: TurnRecorder = { has: () => false, record: () => new Promise(() => {}) };

  test('when its utterance is longer than 300 s', async () => {
    const messages = [turnStart(1), packet({ turn: 1, sequence: 0 })];
    assert.deepEqual(await failure(virtualGateway(), messages, 310_000), [300_000, 'turn_refused', 1, true]);
  });

  test('when no reply begins within 15 s', async () => {
    const messages = [turnStart(1), ...utterancePackets(1, 1)];
    assert.deepEqual(await failure(virtualGateway({ responder: mute }), messages, 20_000), [
      15_000,
      'cloud_timeout',
      1,
      true,
    ]);
  });

  test('when its reply does not end within ten minutes', async () => {
    const messages = [turnStart(1), ...utterancePackets(1, 1)];
    const made = virtualGateway({ responder: endless });
    assert.deepEqual(await failure(made, messages, 610_000), [600_000, 'reply_timeout', 1, true]);
  });

  test('when it is an offline turn that cannot be stored within 30 s', async () => {
    const messages = [turnStart(1, { offline: { recordedAt: 1 } }), ...utterancePackets(1, 1)];
    assert.deepEqual(await failure(virtualGateway({ recorder: stuck }), messages, 40_000), [
      30_000,
      'turn_refused',
      1,
      true,
    ]);
  });

  test('when its responder does', async () => {
    const broken: Responder = (_turn, answer) => ({ hear: () => answer.fail(new Error('no idea')), abort() {} });
    const messages = [turnStart(1), ...utterancePackets(1, 1)];
    const made = virtualGateway({ responder: broken });
    assert.deepEqual(await failure(made, messages, 1_000), [0, 'responder_failed', 1, true]);
  });
});
