/**
 * A turn that began at one gateway comes again, under the same id, at another that shares its cloud: it is one record, it is answered once, and what it
 * made there is made once.
 */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, test } from 'node:test';
import { v7 as uuidv7 } from 'uuid';
import { turnIds } from '../../actors/assistant/answer/turn-ids.ts';
import { createReplyVoice, type GatewayVoice } from '../../actors/assistant/speech/reply-voice.ts';
import type { Responder } from '../../actors/responder/responder.ts';
import { api } from '../../convex/_generated/api.js';
import { DEFAULT_LIMITS } from '../../src/core/limits/limits.ts';
import { silentLog } from '../../src/core/log/log.ts';
import { systemClock } from '../../src/core/time/clock.ts';
import { FRAME_MS } from '../../src/protocol/format.ts';
import { toneSynthesizer } from '../assistant/speech/tone.ts';
import { eventually } from '../support/eventually.ts';
import { openGateways, type SharingGateway, type SharingGateways } from '../support/gateways.ts';
import { connectDevice, helloOf, speechFrames } from '../support/wire-device.ts';

const FRAMES = speechFrames().slice(0, 15);
const REPLY = 'It is half past ten.';
let shared: SharingGateways;
let first: SharingGateway;
let second: SharingGateway;
let voice: GatewayVoice;
/** The ids of the turns that it was asked, in order. */
const asked: string[] = [];

/** Answers with a text and one frame. */
const answering: Responder = ({ id }, answer) => {
  asked.push(id);
  return {
    hear({ final }) {
      if (!final) return;
      answer.processing('what time is it');
      answer.begin(REPLY);
      answer.say(FRAMES.slice(0, 1));
      answer.finish();
    },
    abort() {},
  };
};

before(async () => {
  voice = createReplyVoice({
    synthesizer: toneSynthesizer(),
    limits: DEFAULT_LIMITS,
    clock: systemClock,
    log: silentLog,
  });
  shared = await openGateways({ count: 2, responder: answering, voice });
  [first, second] = shared.gateways as [SharingGateway, SharingGateway];
});
after(async () => {
  await shared.close();
  await voice.close();
});

const named = (name: string) => `${name}-${randomUUID().slice(0, 8)}`;

/** A device that comes from a gateway whose session and turn the other one does not know. */
function resuming(name: string, session: string) {
  return { ...helloOf(name), resume: { session, turn: 1, downlinkNext: 0 } };
}

async function turnOf(device: string, turn: string) {
  const turns = await shared.asOperator.query(api.turns.list, { device, limit: 10 });
  assert.deepEqual(
    turns.map((each) => each.turn),
    [turn],
  );
  return turns[0];
}

test('a turn that another gateway has answered is not answered again: its answer is spoken again', async () => {
  const name = named('kitchen');
  const before = await connectDevice(first.url, { name });
  const { session } = await before.waitFor('welcome');
  const { id } = await before.speak({ frames: FRAMES });
  await before.waitFor('turn.stored', (message) => message.cloud === true);
  await eventually(async () => (await turnOf(name, id))?.outcome === 'done', 'the cloud knows that the turn is done');
  before.close();

  let frames = 0;
  const after = await connectDevice(second.url, {
    hello: resuming(name, session),
    onPacket: (packet) => {
      frames += packet.frames.length;
    },
  });
  assert.equal((await after.waitFor('welcome')).resumed, false);
  await after.speak({ frames: FRAMES, id });
  assert.equal((await after.waitFor('reply.start')).text, REPLY);
  assert.ok(frames > 1, 'it is spoken by the voice of this gateway');
  assert.deepEqual(asked, [id]);
  const turn = await turnOf(name, id);
  assert.deepEqual(
    [turn?.outcome, turn?.transcript, turn?.replyText, turn?.recording?.durationMs],
    ['done', 'what time is it', REPLY, FRAMES.length * FRAME_MS],
  );
  // The next turn is a new one.
  const next = await after.speak({ frames: FRAMES });
  assert.deepEqual(asked, [id, next.id]);
  after.close();
});

test('a turn that began at a gateway that died is answered by another, and is one record', async () => {
  const name = named('hall');
  const id = uuidv7();
  const before = await connectDevice(first.url, { name });
  const { session } = await before.waitFor('welcome');
  before.send({ type: 'turn.start', turn: 1, id, trigger: 'key', startedAt: Date.now() });
  await eventually(() => asked.includes(id), 'the first gateway knows the turn');
  before.close();

  asked.length = 0;
  const after = await connectDevice(second.url, { hello: resuming(name, session) });
  await after.speak({ frames: FRAMES, id });
  assert.deepEqual(asked, [id]);
  await after.waitFor('turn.stored', (message) => message.cloud === true);
  await eventually(async () => (await turnOf(name, id))?.outcome === 'done', 'the cloud knows that the turn is done');
  assert.equal((await turnOf(name, id))?.recording?.durationMs, FRAMES.length * FRAME_MS);
  after.close();
});

test('a stored turn that another gateway has recorded is confirmed at once, before it has been sent', async () => {
  const name = named('cellar');
  const before = await connectDevice(first.url, { name });
  const { id } = await before.speak({ frames: FRAMES });
  await before.waitFor('turn.stored', (message) => message.cloud === true);
  before.close();
  const after = await connectDevice(second.url, { name });
  await after.waitFor('welcome');
  const now = Date.now();
  after.send({ type: 'turn.start', turn: 1, id, trigger: 'key', startedAt: now, offline: { recordedAt: now } });
  await after.waitFor('turn.stored', (message) => message.id === id);
  await after.waitFor('turn.done', (message) => message.id === id);
  after.close();
});

test('a timer of a turn that two gateways answer is one timer', async () => {
  const name = named('stove');
  const turn = uuidv7();
  const stop = [first, second].map(({ cloud }) => cloud.reminders.watch(name, () => {}));
  const made: string[] = [];
  for (const { cloud } of [first, second]) {
    const makeId = turnIds(name, turn);
    for (const label of ['pasta', 'eggs']) {
      const timer = { id: makeId(), kind: 'timer', label, atMs: Date.now() + 600_000 } as const;
      made.push((await cloud.reminders.add(name, timer)).id);
    }
  }
  const [pasta, eggs, ...again] = made;
  assert.deepEqual(again, [pasta, eggs]);
  assert.notEqual(pasta, eggs);
  await eventually(
    () => shared.gateways.every(({ cloud }) => cloud.recorder.stats().queue.waiting === 0),
    'all is sent',
  );
  const listed = await shared.asOperator.query(api.reminders.list, { device: name });
  assert.deepEqual(listed.map(({ id }) => id).toSorted(), [pasta, eggs].toSorted());
  for (const each of stop) each();
});
