/**
 * Reminders on the device: they ring on time, once, and nothing is lost, with real files.
 */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { createOpusDecoder } from '../../actors/codec/opus.ts';
import { readReply } from '../../actors/offline/cached-replies.ts';
import { openReminderStore } from '../../actors/reminders/reminder-store.ts';
import { defineReminders } from '../../actors/reminders/reminders.ts';
import { ringOf } from '../../actors/reminders/ring.ts';
import type { DownlinkPacket } from '../../src/core/actor/data-plane.ts';
import { EarshotError } from '../../src/core/errors.ts';
import { BUNDLED_TONE } from '../../src/core/files/bundled.ts';
import type { Boot } from '../../src/core/time/boot.ts';
import { decodePacket } from '../../src/protocol/packet.ts';
import { type ActorUnderTest, startActor } from '../support/run-actor.ts';
import { SimulatedClock, WALL_START_MS } from '../support/simulated-clock.ts';

type Actor = ActorUnderTest<import('../../src/core/contracts/index.ts').RemindersContract>;

const root = mkdtempSync(join(tmpdir(), 'earshot-reminders-'));
after(() => rmSync(root, { recursive: true }));
let folders = 0;

const id = (n: number) => `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`;
const TONE = { text: '', frames: [Uint8Array.of(1), Uint8Array.of(2)] };
const MINUTE_MS = 60_000;

/** A device whose folder, clock and boots outlive its daemon. */
function device() {
  const folder = join(root, String(++folders));
  const clock = new SimulatedClock();
  const boot: Boot & { id: string } = { id: 'first', uptimeMs: () => clock.now() + slept };
  let slept = 0;
  let ids = 0;
  const played: DownlinkPacket[] = [];
  const define = (store = openReminderStore(folder), mayRing = true) =>
    defineReminders({
      ...{ store, mayRing },
      tone: TONE,
      boot,
      newId: () => `turn-${++ids}`,
      downlink: (packet) => played.push(packet),
      bufferMs: 600,
    });
  const machine = {
    folder,
    clock,
    played,
    store: openReminderStore(folder),
    define,
    start: (definition = define()): Actor => startActor(definition, clock),
    /** Everything stands still, and the uptime goes on. */
    sleep(ms: number) {
      slept += ms;
      clock.setWallClock(clock.wallNow() + ms);
    },
    reboot: (name: string) => {
      boot.id = name;
    },
    pass(ms: number) {
      for (let left = ms; left > 0; left -= 500) clock.increment(Math.min(left, 500));
    },
  };
  return machine;
}

const timer = (n: number, atMs: number, label = 'pasta') => ({ id: id(n), kind: 'timer' as const, label, at: atMs });
const list = (actor: Actor, now: number, ...reminders: ReturnType<typeof timer>[]) =>
  actor.send({ type: 'reminders.listed', now, uptimeMs: actor.clock.now(), reminders });
const due = (actor: Actor) => actor.sent.flatMap((event) => (event.type === 'reminder.due' ? [event] : []));
const rang = (actor: Actor) =>
  actor.sent.flatMap((event) => (event.type === 'reminder.rang' ? [{ ...event, type: undefined }] : []));

test('a timer rings on time, asks until it may, and reports how it ended', () => {
  const { clock, start, pass, played } = device();
  const actor = start();
  list(actor, clock.wallNow(), timer(1, clock.wallNow() + MINUTE_MS));
  pass(MINUTE_MS - 500);
  assert.deepEqual(due(actor), []);
  pass(3_000);
  assert.ok(due(actor).length >= 3, 'it asks again while a person speaks');
  assert.deepEqual([due(actor)[0]?.reminder, due(actor)[0]?.text, due(actor)[0]?.lateMs], [id(1), 'timer: pasta', 0]);
  actor.send({ type: 'ring.begin', turn: 7, reminder: id(1) });
  assert.ok(played.length > 0 && played.every(({ turn }) => turn === 7));
  const asked = due(actor).length;
  pass(10_000);
  assert.equal(due(actor).length, asked);
  actor.send({ type: 'ring.end', turn: 7, outcome: 'stopped' });
  const [report] = rang(actor);
  assert.deepEqual([report?.id, report?.outcome], [id(1), 'stopped']);
  assert.ok(report && report.lateMs >= 2_000 && report.lateMs <= 3_500, String(report?.lateMs));
  const packets = played.length;
  pass(MINUTE_MS);
  assert.equal(played.length, packets, 'it is silent then');
});

test('rings for a minute, in whole rounds of tone and text', () => {
  const speech = { text: 'x', frames: Array.from({ length: 98 }, () => Uint8Array.of(3)) };
  assert.equal(ringOf(TONE, speech).length, 3_000);
  assert.equal(ringOf(TONE, undefined).length, 3_000);
  assert.deepEqual(ringOf({ text: '', frames: [] }, undefined), []);
  const { clock, start, pass, played } = device();
  const actor = start();
  list(actor, clock.wallNow(), timer(1, clock.wallNow()));
  actor.send({ type: 'ring.begin', turn: 1, reminder: id(1) });
  pass(60_000);
  const decoded = played.map(({ bytes }) => decodePacket(bytes)).filter((packet) => packet.ok);
  assert.equal(decoded.length, 1_000);
  assert.equal(decoded.at(-1)?.packet.final, true);
});

describe('after a restart of the daemon', () => {
  test('it rings without a network', () => {
    const { clock, start, pass, store } = device();
    const first = start();
    list(first, clock.wallNow(), timer(1, clock.wallNow() + MINUTE_MS));
    store.saveSpeech(id(1), { text: 'Your pasta is done.', frames: [Uint8Array.of(9)] });
    first.stop();
    pass(30_000);
    const second = start();
    pass(29_000);
    assert.deepEqual(due(second), []);
    pass(1_500);
    assert.deepEqual([due(second)[0]?.reminder, due(second)[0]?.text], [id(1), 'Your pasta is done.']);
  });

  test('a run that may not ring leaves what is due to the next one', () => {
    const { clock, start, define, pass } = device();
    const first = start(define(undefined, false));
    list(first, clock.wallNow(), timer(1, clock.wallNow() + MINUTE_MS));
    pass(2 * MINUTE_MS);
    assert.deepEqual(due(first), []);
    first.stop();
    assert.equal(due(start()).at(0)?.reminder, id(1));
  });

  test('one that came due meanwhile rings late, and says so', () => {
    const { clock, start, pass } = device();
    const first = start();
    list(first, clock.wallNow(), timer(1, clock.wallNow() + MINUTE_MS));
    first.stop();
    pass(3 * MINUTE_MS);
    const [event] = due(start());
    assert.equal(event?.reminder, id(1));
    assert.equal(event?.lateMs, 2 * MINUTE_MS);
  });

  test('one that was ringing does not ring again, and is reported', () => {
    const { clock, start, pass } = device();
    const first = start();
    const now = clock.wallNow();
    list(first, now, timer(1, now));
    first.send({ type: 'ring.begin', turn: 1, reminder: id(1) });
    first.stop();
    const second = start();
    list(second, now, timer(1, now));
    pass(MINUTE_MS);
    assert.deepEqual(due(second), []);
    assert.deepEqual(
      rang(second).map(({ id, outcome }) => [id, outcome]),
      [[id(1), 'failed']],
    );
  });
});

describe('a report', () => {
  test('is repeated with each list that still names the reminder, and not afterwards', () => {
    const { clock, start, pass } = device();
    const actor = start();
    const now = clock.wallNow();
    list(actor, now, timer(1, now));
    actor.send({ type: 'ring.begin', turn: 1, reminder: id(1) });
    actor.send({ type: 'ring.end', turn: 1, outcome: 'unanswered' });
    list(actor, now, timer(1, now));
    list(actor, now, timer(1, now), timer(2, now + MINUTE_MS));
    assert.equal(rang(actor).length, 3);
    assert.ok(rang(actor).every(({ outcome }) => outcome === 'unanswered'));
    list(actor, now, timer(2, now + MINUTE_MS));
    pass(1_000);
    list(actor, now, timer(2, now + MINUTE_MS));
    assert.equal(rang(actor).length, 3);
    assert.deepEqual([...new Set(due(actor).map(({ reminder }) => reminder))], [id(1)]);
  });

  test('survives a restart', () => {
    const { clock, start } = device();
    const first = start();
    const now = clock.wallNow();
    list(first, now, timer(1, now));
    first.send({ type: 'ring.begin', turn: 1, reminder: id(1) });
    first.send({ type: 'ring.end', turn: 1, outcome: 'stopped' });
    first.stop();
    const second = start();
    list(second, now, timer(1, now));
    assert.deepEqual(
      rang(second).map(({ outcome }) => outcome),
      ['stopped'],
    );
  });
});

test('a ring without a sound is tried again for ten minutes, then reported', () => {
  const { clock, start, pass } = device();
  const actor = start();
  const now = clock.wallNow();
  list(actor, now, timer(1, now));
  for (let turn = 1; turn <= 20; turn++) {
    actor.send({ type: 'ring.begin', turn, reminder: id(1) });
    actor.send({ type: 'ring.end', turn, outcome: 'failed' });
    assert.equal(rang(actor).length, turn === 20 ? 1 : 0, `ring ${turn}`);
    const asked = due(actor).length;
    pass(29_000);
    assert.equal(due(actor).length, asked);
    pass(2_000);
  }
  assert.equal(rang(actor)[0]?.outcome, 'failed');
});

test('several that are due ring one after the other, the oldest first; a cancelled one does not', () => {
  const { clock, start, pass } = device();
  const actor = start();
  const now = clock.wallNow();
  list(actor, now, timer(2, now + 2_000), timer(1, now + 1_000), timer(3, now + 3_000));
  list(actor, now, timer(2, now + 2_000), timer(1, now + 1_000));
  pass(5_000);
  assert.equal(due(actor).at(-1)?.reminder, id(1));
  actor.send({ type: 'ring.begin', turn: 1, reminder: id(1) });
  pass(5_000);
  actor.send({ type: 'ring.end', turn: 1, outcome: 'stopped' });
  assert.equal(due(actor).at(-1)?.reminder, id(2));
  actor.send({ type: 'ring.begin', turn: 2, reminder: id(2) });
  actor.send({ type: 'ring.end', turn: 2, outcome: 'stopped' });
  pass(MINUTE_MS);
  assert.ok(!due(actor).some(({ reminder }) => reminder === id(3)));
});

describe('the time', () => {
  test('is the gateway’s: a wrong clock of the device, and one that jumps, have no effect', () => {
    const { clock, start, pass } = device();
    clock.setWallClock(0);
    const actor = start();
    list(actor, WALL_START_MS, timer(1, WALL_START_MS + MINUTE_MS));
    pass(30_000);
    clock.setWallClock(WALL_START_MS + 86_400_000);
    pass(20_000);
    assert.deepEqual(due(actor), []);
    pass(11_000);
    assert.equal(due(actor)[0]?.lateMs, 0);
  });

  test('goes on while the machine sleeps', () => {
    const { clock, start, pass, sleep } = device();
    const actor = start();
    list(actor, clock.wallNow(), timer(1, clock.wallNow() + 10 * MINUTE_MS));
    pass(1_000);
    sleep(10 * MINUTE_MS);
    pass(5_500);
    const [event] = due(actor);
    assert.ok(event && event.lateMs <= 6_000, JSON.stringify(event));
  });

  test('is the device’s own after a reboot without a network, once that can be right', () => {
    const { clock, start, pass, reboot } = device();
    const first = start();
    const atMs = clock.wallNow() + MINUTE_MS;
    list(first, clock.wallNow(), timer(1, atMs));
    first.stop();
    reboot('second');
    clock.setWallClock(1_000);
    const second = start();
    pass(2 * MINUTE_MS);
    assert.deepEqual(due(second), [], 'it is not known whether it is due');
    clock.setWallClock(atMs - 10_000);
    pass(9_000);
    assert.deepEqual(due(second), []);
    pass(6_000);
    assert.equal(due(second)[0]?.reminder, id(1));
  });

  test('does not drift: a clock that is right is used', () => {
    const { clock, start, pass, sleep } = device();
    const actor = start();
    list(actor, clock.wallNow(), timer(1, clock.wallNow() + 60 * MINUTE_MS));
    sleep(59 * MINUTE_MS);
    // The uptime is 10 s behind: a time service has set the clock in small steps.
    clock.setWallClock(clock.wallNow() + 10_000);
    pass(49_000);
    assert.deepEqual(due(actor), []);
    pass(2_000);
    assert.equal(due(actor).length > 0, true);
  });
});

describe('after a crash of the actor alone', () => {
  test('a ring that was cut off is repeated, and one that was stopped is not', () => {
    const { clock, define, start, pass } = device();
    const definition = define();
    const first = start(definition);
    const now = clock.wallNow();
    list(first, now, timer(1, now));
    first.send({ type: 'ring.begin', turn: 1, reminder: id(1) });
    first.stop();
    const second = start(definition);
    second.send({ type: 'ring.end', turn: 1, outcome: 'failed' });
    list(second, now, timer(1, now));
    pass(MINUTE_MS);
    assert.equal(due(second)[0]?.reminder, id(1));
    second.send({ type: 'ring.begin', turn: 2, reminder: id(1) });
    second.stop();
    const third = start(definition);
    for (let i = 0; i < 2; i++) third.send({ type: 'ring.end', turn: 2, outcome: 'stopped' });
    list(third, now, timer(1, now));
    pass(MINUTE_MS);
    assert.deepEqual(due(third), []);
    assert.equal(rang(third)[0]?.outcome, 'stopped');
  });

  test('nothing is forgotten or repeated when the disk is full', () => {
    const { clock, define, start, store } = device();
    const full = {
      ...store,
      save() {
        throw new EarshotError('store_full', 'The disk is full', '');
      },
    };
    const definition = define(full);
    const first = start(definition);
    const now = clock.wallNow();
    list(first, now, timer(1, now), timer(2, now));
    first.send({ type: 'ring.begin', turn: 1, reminder: id(1) });
    first.send({ type: 'ring.end', turn: 1, outcome: 'stopped' });
    first.stop();
    const second = start(definition);
    assert.deepEqual(due(second)[0]?.reminder, id(2));
    list(second, now, timer(1, now));
    assert.deepEqual(due(second).length, 1, 'the first one has rung');
  });

  test('a list that is told again hours later does not set the time back', () => {
    const { clock, define, start, pass } = device();
    const definition = define();
    const atMs = clock.wallNow();
    // The device's own clock is wrong.
    clock.setWallClock(atMs - 400 * 24 * 60 * MINUTE_MS);
    const listed = {
      type: 'reminders.listed',
      now: atMs,
      uptimeMs: clock.now(),
      reminders: [timer(1, atMs + 61 * MINUTE_MS)],
    } as const;
    const first = start(definition);
    first.send({ ...listed, reminders: [...listed.reminders] });
    pass(60 * MINUTE_MS);
    first.stop();
    const second = start(definition);
    second.send({ ...listed, reminders: [...listed.reminders] });
    pass(MINUTE_MS + 1_000);
    assert.equal(due(second)[0]?.reminder, id(1));
  });
});

test('a damaged file does not keep it from starting, and is replaced', () => {
  const { folder, clock, start, store } = device();
  list(start(), clock.wallNow(), timer(1, clock.wallNow() + MINUTE_MS));
  writeFileSync(join(folder, 'reminders.json'), '{"waiting":');
  assert.equal(store.load().damaged, true);
  const actor = start();
  assert.deepEqual(actor.crashes, []);
  list(actor, clock.wallNow(), timer(1, clock.wallNow() + MINUTE_MS));
  assert.deepEqual(store.load().waiting.length, 1);
});

test('the bundled tone is two seconds of two notes', () => {
  const tone = readReply(BUNDLED_TONE);
  assert.equal(tone?.frames.length, 100);
  const decoder = createOpusDecoder();
  const samples = tone?.frames.flatMap((frame) => [...decoder.decode(frame)]) ?? [];
  const power = (hz: number, from: number, to: number) => {
    let [re, im] = [0, 0];
    for (let i = from; i < to; i++) {
      re += (samples[i] ?? 0) * Math.cos((2 * Math.PI * hz * i) / 16_000);
      im += (samples[i] ?? 0) * Math.sin((2 * Math.PI * hz * i) / 16_000);
    }
    return Math.hypot(re, im) / (to - from);
  };
  // The first note, from 40 to 110 ms, and the second, from 170 to 240 ms.
  assert.ok(power(880, 640, 1_760) > 20 * power(1_318.5, 640, 1_760));
  assert.ok(power(1_318.5, 2_720, 3_840) > 20 * power(880, 2_720, 3_840));
  assert.ok(Math.max(...samples) > 8_000);
});
