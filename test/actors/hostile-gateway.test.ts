/**
 * A faulty or hostile gateway: its messages do no lasting harm to the device.
 */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { createLog } from '../../src/core/log/create-log.ts';
import { decodeDeviceMessage } from '../../src/protocol/control.ts';
import { AUDIO, device, TURN, wire } from './network-device.ts';

const cached = (key: string) => ({ type: 'reply.cached', key, text: '', file: 'T2dnUw==' });
const settings = (cachedReplies: string[], volumePercent = 50) => ({
  type: 'settings',
  settings: { volumePercent, cachedReplies },
});

describe('a reply', () => {
  test('with a jump to the largest number is a fault, and the reply continues at the same position', () => {
    const { last, actor, played, welcome } = device();
    welcome();
    actor.send(TURN);
    last().handlers.onBinary(wire({ sequence: 0 }));
    last().handlers.onBinary(wire({ sequence: 2 ** 32 - 16, discontinuity: true }));
    last().handlers.onBinary(wire({ sequence: 30_000, discontinuity: true }));
    last().handlers.onBinary(wire({ sequence: 1 }));
    assert.equal(played.length, 2);
    actor.clock.increment(500);
    assert.equal(last().texts.find(({ type }) => type === 'ack')?.next, 2);
    assert.equal(last().closed, undefined);
    for (let i = 0; i < 3; i++) last().handlers.onBinary(wire({ sequence: 40_000, discontinuity: true }));
    assert.equal(last().closed?.code, 1_002);
  });

  test('may have ten minutes', () => {
    const { last, actor, played, welcome } = device();
    welcome();
    actor.send(TURN);
    last().handlers.onBinary(wire({ sequence: 29_999, discontinuity: true, final: true }));
    assert.equal(played.length, 1);
    assert.deepEqual(actor.sent.at(-1), { type: 'reply.finished', turn: 1, frames: 30_000 });
  });
});

test('captions that come again are ignored, and so is a flood of them', () => {
  const { last, actor, welcome } = device();
  welcome();
  actor.send(TURN);
  const caption = (fromMs: number) => last().say({ type: 'reply.text', turn: 1, text: 'x', fromMs });
  for (const fromMs of [0, 700, 0, 700, 900]) caption(fromMs);
  const captions = () => actor.sent.filter(({ type }) => type === 'reply.text').length;
  assert.equal(captions(), 3);
  for (let i = 1; i <= 2_000; i++) caption(1_000 + i);
  assert.ok(captions() <= 600, `${captions()} were passed on`);
  actor.clock.increment(60_000);
  for (let i = 0; i < 10; i++) last().say({ type: 'turn.partial', turn: i, text: 'what' });
  assert.deepEqual(
    actor.sent.filter(({ type }) => type === 'turn.partial'),
    [{ type: 'turn.partial', turn: 1, text: 'what' }],
  );
});

test('a flood of controls is not passed on', () => {
  const { last, actor, welcome } = device();
  welcome();
  for (let i = 0; i < 2_000; i++) last().say({ type: 'control', action: i % 2 === 0 ? 'mute' : 'unmute' });
  const passed = actor.sent.filter(({ type }) => type === 'control.received').length;
  assert.equal(passed, 60);
});

test('a second welcome is a fault, and nothing is sent again', () => {
  const { last, actor, speak, welcome } = device();
  welcome();
  actor.send(TURN);
  for (let i = 0; i < 3; i++) speak(i);
  const { length } = last().packets;
  last().say({
    type: 'welcome',
    session: 's2',
    resumed: true,
    uplinkNext: 0,
    audio: AUDIO,
    limits: { maxMessageBytes: 1, maxTurnMs: 1 },
    serverTime: 0,
  });
  assert.equal(last().packets.length, length);
  assert.equal(actor.types().filter((type) => type === 'network.opened').length, 1);
});

describe('times of the gateway', () => {
  test('without a matching ping have no effect', () => {
    const { last, actor, welcome } = device();
    welcome();
    const before = actor.sent.length;
    for (let i = 0; i < 100; i++) last().say({ type: 'pong', t0: 12_345 + i, t1: 1e14, t2: 1 });
    assert.equal(actor.sent.length, before);
    const t0 = Number(last().texts.at(-1)?.t0);
    actor.clock.increment(20);
    // Claims a longer time than the whole round trip, and a negative one.
    last().say({ type: 'pong', t0, t1: 1e14, t2: 1 });
    last().say({ type: 'pong', t0, t1: 5_010, t2: 5_010 });
    const told = actor.sent.flatMap((each) => (each.type === 'network.roundTrip' ? each.roundTripMs : []));
    assert.deepEqual(told, [20]);
  });

  test('leave the device’s own report valid for the wire, even if absurd', () => {
    const { last, actor, welcome } = device();
    welcome();
    actor.send({ type: 'turn.latencies', id: TURN.id, latencyMs: { encode: 1, uplink: 1e14, total: 1e14 } });
    const report = last().texts.find(({ type }) => type === 'turn.report');
    assert.deepEqual(report?.latencyMs, { encode: 1 });
    assert.ok(decodeDeviceMessage(JSON.stringify(report)).ok);
  });
});

test('an ack of frames that were not sent is not progress of the turn', () => {
  const { last, actor, speak, reports, welcome } = device();
  welcome();
  actor.send(TURN);
  speak(0);
  speak(1);
  last().say({ type: 'ack', turn: 1, next: 4_294_967_295, lateMs: 1, lost: 4_294_967_277 });
  last().say({ type: 'ack', turn: 1, next: 4_294_967_295, lateMs: 1, lost: 1 });
  assert.deepEqual(
    reports.map(({ lossPercent, backlogMs }) => [lossPercent, backlogMs]),
    [[100, 0]],
  );
});

describe('cached replies', () => {
  test('are accepted when the settings name them, and no others', () => {
    const { last, cachedReplies, welcome } = device();
    welcome();
    last().say(cached('before'));
    last().say(settings(['sorry', 'later']));
    for (const key of ['sorry', 'other', 'later']) last().say(cached(key));
    assert.deepEqual(
      cachedReplies.map(({ key }) => key),
      ['sorry', 'later'],
    );
  });

  test('do not wear out the disk', () => {
    const { last, actor, cachedReplies, welcome } = device();
    welcome();
    for (let minute = 0; minute < 10; minute++) {
      for (let i = 0; i < 50; i++) {
        last().say(settings([`reply-${i}`]));
        last().say(cached(`reply-${i}`));
      }
      actor.clock.increment(1_000);
    }
    assert.equal(cachedReplies.length, 40);
    actor.clock.increment(60_000);
  });
});

test('settings that change too often are ignored; later ones are accepted', () => {
  const { last, actor, welcome } = device();
  welcome();
  const taken = () => actor.types().filter((type) => type === 'settings.changed').length;
  for (let i = 0; i < 1_000; i++) last().say(settings([], i % 100));
  assert.equal(taken(), 60);
  actor.clock.increment(2_000);
  last().say(settings([], 7));
  assert.equal(taken(), 61);
});

test('log lines that a gateway causes are limited and counted', () => {
  const lines: { lines?: number; message: string }[] = [];
  const log = createLog({ level: 'info', format: 'json', write: (line) => lines.push(JSON.parse(line)), now: () => 0 });
  const { last, actor, welcome } = device({ log });
  welcome();
  for (let i = 0; i < 5_000; i++) last().say({ type: 'error', code: 'x', message: 'y', retryable: true });
  assert.equal(lines.length, 60);
  actor.stop();
  assert.deepEqual(lines.at(-1)?.lines, 4_940);
});

const UUID = (n: number) => `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`;

test('10,000 announcements: 60 a minute are taken', () => {
  const { last, actor, welcome } = device();
  welcome();
  for (let i = 0; i < 10_000; i++) {
    last().say({ type: 'say', id: UUID(i), text: 'x', priority: 'urgent', expiresInMs: 1e9 });
  }
  assert.equal(actor.types().filter((type) => type === 'say.offered').length, 60);
  assert.equal(last().closed, undefined);
});

test('lists of reminders and what they say do not wear out the disk', () => {
  const { last, actor, reminderSpeech, welcome } = device();
  welcome();
  const list = (...ids: number[]) => {
    const reminders = ids.map((n) => ({ id: UUID(n), kind: 'alarm', label: '', at: 1 }));
    last().say({ type: 'reminders', now: 1, reminders });
  };
  const speech = (n: number) => last().say({ type: 'reminder.speech', id: UUID(n), text: 'x', file: 'T2dnUw==' });
  list(1);
  speech(2);
  assert.deepEqual(reminderSpeech, [], 'the list does not name it');
  for (let i = 0; i < 1_000; i++) {
    list(1);
    speech(1);
  }
  assert.equal(actor.types().filter((type) => type === 'reminders.listed').length, 60);
  assert.equal(reminderSpeech.length, 100);
});

test('a list of more reminders than a device may have is a fault', () => {
  const { last, actor, welcome } = device();
  welcome();
  const reminders = Array.from({ length: 51 }, (_, n) => ({ id: UUID(n), kind: 'alarm', label: '', at: 1 }));
  last().say({ type: 'reminders', now: 1, reminders });
  assert.ok(!actor.types().includes('reminders.listed'));
});

test('a turn for an announcement is an empty utterance, also for a gateway that does not know it', () => {
  const { last, actor, welcome, sequences } = device();
  welcome();
  actor.send({ ...TURN, trigger: 'announcement', announcement: UUID(1) });
  const begun = () => last().texts.filter(({ type }) => type === 'turn.start');
  assert.deepEqual(
    begun().map(({ announcement }) => announcement),
    [UUID(1)],
  );
  assert.deepEqual(sequences(), [0]);
  assert.equal((last().packets[0]?.[1] ?? 0) & 1, 1, 'FINAL');
  last().handlers.onClose(1_006, '', undefined);
  actor.send({ type: 'network.connect' });
  welcome({ session: 's2' });
  assert.deepEqual(
    begun().map(({ announcement, id }) => [announcement, id]),
    [[UUID(1), TURN.id]],
  );
  assert.deepEqual(sequences(), [0]);
});

test('what it declines and what has rung is told to a gateway that is connected', () => {
  const { last, actor, welcome } = device();
  actor.send({ type: 'say.declined', id: UUID(1), reason: 'expired' });
  welcome();
  actor.send({ type: 'say.declined', id: UUID(2), reason: 'quiet-hours' });
  actor.send({ type: 'reminder.rang', id: UUID(3), outcome: 'stopped', lateMs: 5 });
  const told = last().texts.filter(({ type }) => type === 'say.declined' || type === 'reminder.rang');
  assert.deepEqual(told, [
    { type: 'say.declined', id: UUID(2), reason: 'quiet-hours' },
    { type: 'reminder.rang', id: UUID(3), outcome: 'stopped', lateMs: 5 },
  ]);
  for (const message of told) assert.ok(decodeDeviceMessage(JSON.stringify(message)).ok);
});

describe('the end of speech', () => {
  const hold = (turn: number) => ({ type: 'listen.hold', turn, holdMs: 2_000 });
  const end = (turn: number) => ({ type: 'listen.end', turn, reason: 'finished' });

  test('is passed on for the turn that is recorded: some holds, one end, and no hold after it', () => {
    const { last, actor, welcome } = device();
    welcome();
    actor.send({ ...TURN, trigger: 'voice', patience: 'quick' });
    assert.equal(last().texts.find(({ type }) => type === 'turn.start')?.patience, 'quick');
    const told = () => actor.sent.filter(({ type }) => type.startsWith('listen.'));
    for (const of of [2, 3]) last().say(hold(of));
    assert.deepEqual(told(), []);
    for (let i = 0; i < 1_000; i++) last().say(hold(1));
    assert.equal(told().length, 64);
    for (let i = 0; i < 10; i++) last().say(end(1));
    last().say(hold(1));
    assert.deepEqual(told().slice(64), [{ type: 'listen.end', turn: 1, reason: 'finished' }]);
  });

  test('is nothing to the gateway in a turn that a key ends', () => {
    const { last, actor, welcome } = device();
    welcome();
    actor.send(TURN);
    last().say(hold(1));
    last().say(end(1));
    assert.deepEqual(
      actor.sent.filter(({ type }) => type.startsWith('listen.')),
      [],
    );
  });
});
