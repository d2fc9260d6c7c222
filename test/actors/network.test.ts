import assert from 'node:assert/strict';
import { test } from 'node:test';
import { KEEPALIVE_MS } from '../../actors/network/keep-alive.ts';
import { defineNetwork } from '../../actors/network/network.ts';
import { createChannel } from '../../src/core/actor/channel.ts';
import { runActor } from '../../src/core/actor/run-actor.ts';
import { EarshotError } from '../../src/core/errors.ts';
import { silentLog } from '../../src/core/log/log.ts';
import { decodePacket } from '../../src/protocol/packet.ts';
import { fakeBoot } from '../support/fake-boot.ts';
import { fakeDial } from '../support/fake-socket.ts';
import { SimulatedClock, WALL_START_MS } from '../support/simulated-clock.ts';
import { AUDIO, device, HELLO, STORED, TURN, wire } from './network-device.ts';

test('it sends hello, and is connected after the welcome', () => {
  const { last, actor, welcome } = device();
  last().handlers.onOpen();
  assert.deepEqual(last().texts, [HELLO]);
  assert.deepEqual(actor.sent, []);
  welcome();
  assert.deepEqual(actor.sent, [{ type: 'network.opened', session: 's1' }]);
});

test('a turn is sent: its start, its packets in order, the events of the first and the last', () => {
  const { last, actor, speak, welcome } = device();
  welcome();
  actor.send(TURN);
  speak(0);
  speak(1);
  speak(2, true);
  assert.ok(last().texts.some((message) => message.type === 'turn.start' && message.startedAt === WALL_START_MS));
  assert.deepEqual(
    last().packets.map((bytes) => bytes[7]),
    [0, 1, 2],
  );
  assert.deepEqual(actor.types().slice(1), ['uplink.started', 'uplink.finished']);
});

test('with a full socket packets wait, none is lost, and the socket buffer does not grow', () => {
  const { last, actor, speak, welcome } = device();
  welcome();
  actor.send(TURN);
  last().bufferedBytes = 1_000_000;
  for (let i = 0; i < 200; i++) speak(i, i === 199);
  assert.equal(last().packets.length, 0);
  last().bufferedBytes = 0;
  actor.clock.increment(100);
  assert.equal(last().packets.length, 200);
  assert.equal(actor.types().at(-1), 'uplink.finished');
});

const acks = (texts: { type: string }[]) => texts.filter(({ type }) => type === 'ack').length;

test('during an utterance an acknowledgement is sent together with a packet', () => {
  const { last, actor, speak, welcome, clock } = device();
  welcome();
  actor.send(TURN);
  last().handlers.onBinary(wire({ sequence: 0 }));
  clock.increment(399);
  speak(0);
  assert.equal(acks(last().texts), 0);
  clock.increment(60);
  speak(1);
  assert.equal(acks(last().texts), 1);
  clock.increment(10_000);
  assert.equal(acks(last().texts), 1, 'nothing was received since');
});

test('after a new connection the reply is acknowledged as before', () => {
  const { last, actor, welcome, clock } = device();
  welcome();
  actor.send(TURN);
  last().handlers.onBinary(wire({ sequence: 0 }));
  last().handlers.onClose(1_006, '');
  actor.send({ type: 'network.connect' });
  welcome({ resumed: true });
  last().handlers.onBinary(wire({ sequence: 1 }));
  clock.increment(600);
  assert.equal(acks(last().texts), 1);
});

test('only the reply of the current turn is accepted', () => {
  const { last, actor, played, welcome } = device();
  welcome();
  actor.send(TURN);
  last().say({ type: 'reply.start', turn: 1, audio: AUDIO, text: 'hello' });
  last().handlers.onBinary(wire({ sequence: 0 }));
  last().handlers.onBinary(wire({ sequence: 9, turn: 77 }));
  last().handlers.onBinary(wire({ sequence: 1, final: true }));
  assert.equal(played.length, 2);
  assert.deepEqual(actor.sent.slice(-2), [
    { type: 'reply.started', turn: 1, text: 'hello' },
    { type: 'reply.finished', turn: 1, frames: 2 },
  ]);
  actor.send({ type: 'turn.abort', turn: 1, reason: 'barge-in' });
  last().handlers.onBinary(wire({ sequence: 2 }));
  assert.equal(played.length, 2, 'no packet of an aborted turn is played');
});

test("the gateway's times are converted to the device's clock", () => {
  const { last, actor, welcome } = device();
  welcome();
  const t0 = Number(last().texts.at(-1)?.t0);
  actor.clock.increment(20);
  last().say({ type: 'pong', t0, t1: 5_010, t2: 5_010 });
  actor.send(TURN);
  last().say({ type: 'turn.done', turn: 1, id: TURN.id, timing: { finalReceivedAtMs: 5_110 } });
  assert.deepEqual(actor.sent.at(-1), { type: 'turn.done', turn: 1, timing: { finalReceivedAtMs: 110 } });
});

/** Time passes in small steps, as in a running process. */
function pass({ actor }: ReturnType<typeof device>, ms: number): void {
  for (let passedMs = 0; passedMs < ms; passedMs += 100) actor.clock.increment(100);
}

test('a connection without received messages is dropped, sooner during a turn', () => {
  const idle = device();
  idle.welcome();
  pass(idle, KEEPALIVE_MS.deadIdle + KEEPALIVE_MS.pingIdle);
  assert.equal(idle.last().terminated, true);
  const closed = idle.actor.sent.at(-1);
  assert.ok(closed?.type === 'network.closed' && closed.error.code === 'link_dead' && closed.retryable);

  const busy = device();
  busy.welcome();
  busy.actor.send(TURN);
  pass(busy, KEEPALIVE_MS.deadInTurn + KEEPALIVE_MS.pingInTurn);
  assert.equal(busy.last().terminated, true);
});

test('time in which this process was stopped is no inactivity of the gateway', () => {
  const stopped = device();
  stopped.welcome();
  stopped.actor.clock.increment(KEEPALIVE_MS.deadIdle * 10);
  assert.equal(stopped.last().terminated, false);
  pass(stopped, KEEPALIVE_MS.deadIdle);
  assert.equal(stopped.last().terminated, true);
});

test('during a turn it pings every second without received messages, otherwise as rarely as without a turn', () => {
  const { last, actor, welcome } = device();
  welcome();
  actor.send(TURN);
  const pings = () => last().texts.filter(({ type }) => type === 'ping').length;
  const before = pings();
  for (let i = 0; i < 20; i++) {
    actor.clock.increment(500);
    last().say({ type: 'ack', turn: 1, next: i });
  }
  assert.equal(pings() - before, 2);
  for (let i = 0; i < 5; i++) actor.clock.increment(500);
  assert.equal(pings() - before, 4);
});

test('a connection with answers stays', () => {
  const { last, actor, welcome } = device();
  welcome();
  for (let i = 0; i < 20; i++) {
    actor.clock.increment(KEEPALIVE_MS.pingIdle);
    last().say({ type: 'pong', t0: 0, t1: 0, t2: 0 });
  }
  assert.equal(last().terminated, false);
  assert.ok(last().texts.filter(({ type }) => type === 'ping').length >= 20);
});

test('the reason of a closed connection decides whether an early retry is useful', () => {
  const cases = [
    [1_006, undefined, true],
    [1_001, undefined, true],
    [4_000, undefined, false],
    [4_001, undefined, false],
    [1_006, new EarshotError('gateway_refused', 'HTTP 401', ''), false],
    [1_006, new EarshotError('gateway_unreachable', 'connection refused', ''), true],
  ] as const;
  for (const [code, error, retryable] of cases) {
    const { last, actor } = device();
    last().end(code, '', error);
    const closed = actor.sent.at(-1);
    assert.ok(closed?.type === 'network.closed');
    assert.equal(closed.retryable, retryable, `${code}`);
    assert.equal(closed.jitter, 0.5);
  }
});

test('a gateway of another version, a refused token, a busy gateway and a replaced connection are errors of their own', () => {
  let hint = '';
  const closedWith = (code: number, error?: string) => {
    const { last, actor } = device();
    if (error !== undefined) last().say({ type: 'error', code: error, message: 'why', retryable: false });
    last().end(code);
    const closed = actor.sent.at(-1);
    assert.ok(closed?.type === 'network.closed');
    hint = closed.error.hint;
    return [closed.error.code, closed.retryable];
  };
  assert.deepEqual(closedWith(4_000, 'unsupported_protocol'), ['unsupported_protocol', false]);
  assert.deepEqual(closedWith(1_008, 'not_paired'), ['gateway_refused', false]);
  assert.deepEqual(closedWith(4_003), ['token_refused', false]);
  assert.match(hint, /earshot run --pair-again shows a code/, 'what its owner must do');
  assert.deepEqual(closedWith(1_013), ['gateway_busy', true]);
  assert.deepEqual(closedWith(4_001), ['connection_replaced', false]);
});

test('invalid messages are tolerated, and a gateway that sends only these is disconnected', () => {
  const { last, actor, welcome } = device();
  welcome();
  last().handlers.onText('not json');
  last().handlers.onBinary(Uint8Array.of(9, 9, 9));
  last().say({ type: 'from.the.future' });
  assert.equal(last().closed, undefined);
  for (let i = 0; i < 3; i++) last().handlers.onText('{"type":"pong"}');
  assert.equal(last().closed?.code, 1_002);
  last().end(1_002);
  const closed = actor.sent.at(-1);
  assert.ok(closed?.type === 'network.closed' && closed.error.code === 'protocol_error');
});

test('a disconnect sends bye, and later messages are ignored', () => {
  const { last, actor, welcome } = device();
  welcome();
  actor.send({ type: 'network.close', reason: 'shutting down' });
  assert.deepEqual(last().texts.at(-1), { type: 'bye', reason: 'shutting down' });
  last().end(1_000);
  assert.equal(actor.types().at(-1), 'network.opened');
});

test('after a reconnect the turn continues at the position of the gateway, and then live', () => {
  const { last, actor, speak, welcome, sequences } = device();
  welcome();
  actor.send(TURN);
  for (let i = 0; i < 5; i++) speak(i);
  last().end(1_006);
  speak(5);
  actor.send({ type: 'network.connect' });
  welcome({ resumed: true, uplinkNext: 3 });
  assert.deepEqual(last().texts[0]?.resume, { session: 's1', turn: 1, downlinkNext: 0 });
  assert.deepEqual(sequences(), [3, 4, 5]);
  speak(6, true);
  assert.deepEqual(sequences(), [3, 4, 5, 6]);
  assert.ok(!last().texts.some(({ type }) => type === 'turn.start'), 'the turn is not started again');
});

test('a gateway that does not know the turn gets all of it', () => {
  const { last, actor, speak, welcome, sequences } = device();
  welcome();
  actor.send(TURN);
  for (let i = 0; i < 5; i++) speak(i);
  last().end(1_006);
  actor.send({ type: 'network.connect' });
  welcome({ session: 's2' });
  assert.ok(last().texts.some(({ type, id }) => type === 'turn.start' && id === TURN.id));
  assert.deepEqual(sequences(), [0, 1, 2, 3, 4]);
});

test('the reply continues without a gap or a repetition', () => {
  const { last, actor, played, welcome } = device();
  welcome();
  actor.send(TURN);
  last().handlers.onBinary(wire({ sequence: 0 }));
  last().handlers.onBinary(wire({ sequence: 1 }));
  last().end(1_006);
  actor.send({ type: 'network.connect' });
  welcome({ resumed: true });
  assert.deepEqual(last().texts[0]?.resume, { session: 's1', turn: 1, downlinkNext: 2 });
  last().handlers.onBinary(wire({ sequence: 1 }));
  last().handlers.onBinary(wire({ sequence: 2, final: true }));
  assert.deepEqual(
    played.map(({ bytes }) => bytes[7]),
    [0, 1, 2],
  );
});

test('a turn with a complete reply is done, even if the gateway has forgotten it', () => {
  const { last, actor, welcome } = device();
  welcome();
  actor.send(TURN);
  last().handlers.onBinary(wire({ sequence: 0, final: true }));
  last().end(1_006);
  actor.send({ type: 'network.connect' });
  welcome({ session: 's2' });
  assert.ok(actor.types().includes('turn.done'));
  assert.ok(!last().texts.some(({ type }) => type === 'turn.start'));
});

test('a stored turn is delivered completely, marked as offline with its own time, and confirmed', () => {
  const { last, actor, backlog, welcome } = device();
  welcome();
  backlog.send(STORED);
  const start = last().texts.find(({ type }) => type === 'turn.start');
  assert.deepEqual(start?.offline, { recordedAt: STORED.startedAtMs });
  const packets = last().packets.map((bytes) => ({ turn: bytes[3], sequence: bytes[7], final: bytes[1] === 1 }));
  assert.deepEqual(packets, [
    { turn: 1, sequence: 0, final: false },
    { turn: 1, sequence: 1, final: false },
    { turn: 1, sequence: 2, final: true },
  ]);
  last().say({ type: 'turn.stored', turn: 1, id: STORED.id });
  assert.deepEqual(actor.sent.at(-1), { type: 'turn.stored', id: STORED.id });
});

const startOf = (texts: { type?: unknown }[]) =>
  texts.find(({ type }) => type === 'turn.start') as { startedAt: number };
/** A device that was started in 1970. */
const IN_1970 = 40_000;

test('the trace of a turn is told when it is sent live, and when it comes later', () => {
  const { last, actor, backlog, welcome } = device({ traceparent: (id) => `trace of ${id}` });
  welcome();
  backlog.send(STORED);
  actor.send(TURN);
  assert.deepEqual(
    last().texts.flatMap(({ type, traceparent }) => (type === 'turn.start' ? [traceparent] : [])),
    [`trace of ${STORED.id}`, `trace of ${TURN.id}`],
  );
});

test('a turn from before the clock was set is delivered with its true time', () => {
  const { last, backlog, welcome, clock, boot } = device();
  clock.setWallClock(IN_1970);
  const kept = { ...STORED, startedAtMs: IN_1970, boot: { id: boot.id, uptimeMs: boot.uptimeMs() } };
  clock.increment(90_000);
  clock.setWallClock(WALL_START_MS);
  welcome({ serverTime: WALL_START_MS });
  backlog.send(kept);
  assert.equal(startOf(last().texts).startedAt, WALL_START_MS - 90_000);
});

test('a device whose clock is never set uses the time of the gateway', () => {
  const { last, actor, welcome, clock } = device();
  clock.setWallClock(IN_1970);
  clock.increment(1_000);
  welcome({ serverTime: WALL_START_MS });
  clock.increment(5_000);
  actor.send({ ...TURN, startedAtMs: clock.wallNow() });
  assert.equal(startOf(last().texts).startedAt, WALL_START_MS + 5_000);
});

test('a turn that began without a connection is dated when it is announced', () => {
  const { last, actor, welcome, clock } = device();
  clock.setWallClock(IN_1970);
  actor.send({ ...TURN, startedAtMs: clock.wallNow() });
  clock.increment(700);
  welcome({ serverTime: WALL_START_MS });
  assert.equal(startOf(last().texts).startedAt, WALL_START_MS - 700);
});

test('a turn from before a reboot is dated before it', () => {
  const { last, backlog, welcome, clock, boot } = device();
  const kept = { ...STORED, startedAtMs: IN_1970, boot: { id: boot.id, uptimeMs: boot.uptimeMs() } };
  clock.increment(90_000);
  boot.reboot();
  clock.increment(20_000);
  clock.setWallClock(WALL_START_MS);
  welcome({ serverTime: WALL_START_MS });
  backlog.send(kept);
  assert.equal(startOf(last().texts).startedAt, WALL_START_MS - 20_000);
});

test('a delivery is interrupted by a live turn, fails with the connection, and never begins during a turn', () => {
  const { last, actor, backlog, welcome } = device();
  welcome();
  backlog.send(STORED);
  actor.send(TURN);
  assert.ok(last().texts.some(({ type, turn }) => type === 'turn.start' && turn === 2));
  backlog.send(STORED);
  const failed = actor.sent.at(-1);
  assert.ok(failed?.type === 'delivery.failed' && failed.retryable);
  actor.send({ type: 'turn.abort', turn: 1, reason: 'cancelled' });
  backlog.send(STORED);
  last().end(1_006);
  assert.ok(actor.types().slice(-2).includes('delivery.failed'));
});

test('reports of the gateway about packets reach the encoder, except those of a stored turn', () => {
  const { last, actor, speak, welcome, reports, backlog } = device();
  welcome();
  actor.send(TURN);
  for (let frame = 0; frame < 8; frame++) speak(frame);
  last().say({ type: 'ack', turn: 1, next: 4, lateMs: 30, lost: 1 });
  assert.deepEqual(reports, [{ lossPercent: 25, latenessMs: 30, roundTripMs: 0, backlogMs: 80 }]);
  last().say({ type: 'ack', turn: 1, next: 6 });
  last().say({ type: 'turn.done', turn: 1, id: TURN.id });
  backlog.send(STORED);
  last().say({ type: 'ack', turn: 2, next: 1, lateMs: 9_000, lost: 0 });
  assert.equal(reports.length, 1);
});

test('without a connection it watches for a network that returns', () => {
  const { last, actor, welcome, networkIsBack } = device();
  welcome();
  last().end(1_006);
  networkIsBack();
  assert.equal(actor.types().at(-1), 'network.available');
});

test('an actor that is stopped after its connection closed leaves no watch', () => {
  const clock = new SimulatedClock();
  const { dial, last } = fakeDial();
  let watches = 0;
  let stop = () => {};
  const actor = runActor(
    'test',
    defineNetwork({
      dial,
      hello: HELLO,
      uplink: createChannel({ name: 'uplink', limit: 1, whenFull: 'drop-newest' }),
      backlog: createChannel({ name: 'backlog', limit: 1, whenFull: 'drop-newest' }),
      downlink: () => {},
      onReceiverReport: () => {},
      watchInterfaces: () => {
        watches += 1;
        return () => {
          watches -= 1;
        };
      },
      random: () => 0,
      boot: fakeBoot(clock),
    }),
    { clock, log: silentLog },
    (event) => event.type === 'network.closed' && stop(),
    (error) => assert.fail(String(error)),
  );
  stop = actor.stop;
  actor.receive({ type: 'network.connect' });
  last().end(1_006);
  assert.equal(watches, 0);
});

test('a gateway that is done with a turn ends its reply, whatever of it has come', () => {
  const { actor, welcome, speak, last, played } = device();
  welcome();
  actor.send(TURN);
  speak(0, true);
  last().say({ type: 'reply.start', turn: 1, audio: AUDIO });
  last().handlers.onBinary(wire({ sequence: 0 }));
  last().handlers.onBinary(wire({ sequence: 1, timestamp: 960 }));
  last().end(1_006, '');
  actor.send({ type: 'network.connect' });
  // Another gateway, which knows that the turn was answered, and cannot say it again.
  welcome({ session: 's2' });
  last().say({ type: 'turn.done', turn: 1, id: TURN.id });
  const ending = decodePacket(played.at(-1)?.bytes ?? new Uint8Array());
  assert.ok(ending.ok);
  const { final, sequence, timestamp, frames } = ending.packet;
  assert.deepEqual({ final, sequence, timestamp, frames }, { final: true, sequence: 2, timestamp: 1_280, frames: [] });
  assert.deepEqual(actor.types().slice(-2), ['reply.finished', 'turn.done']);
});

test('a reply that was announced and never came is an empty one', () => {
  const { actor, welcome, speak, last } = device();
  welcome();
  actor.send(TURN);
  speak(0, true);
  last().say({ type: 'reply.start', turn: 1, audio: AUDIO });
  last().say({ type: 'turn.done', turn: 1, id: TURN.id });
  const finished = actor.sent.find(({ type }) => type === 'reply.finished');
  assert.deepEqual(finished, { type: 'reply.finished', turn: 1, frames: 0 });
});
