/**
 * Hands free, as it sounds: talkers, a door, a television and the device's own replies in a room, and a whole device that listens. In
 * virtual time.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PUSH_TO_TALK } from '../../src/core/contracts/index.ts';
import { LONG_SPEECH, readSamples, SHORT_SPEECH } from '../support/speech.ts';
import { firstSoundCorrelation, KEPT } from './first-sound.ts';
import {
  firstStretch,
  inRoom,
  isQuiet,
  loadBeforeTests,
  nothingFollows,
  SENTENCE,
  SPEECH_DB,
  told,
  untilOver,
  WAKE,
  wakeEngineOnCommand,
} from './listening-scene.ts';
import { saying } from './long-reply.ts';
import { LIVING_ROOM } from './plans.ts';
import { doorSlam, television } from './sounds.ts';

loadBeforeTests();

test('a talker is heard from his first sound on, his end is found, and the echo of the reply begins no turn', async () => {
  // The clock of the card drifts.
  await inRoom({ cardPpm: 200 }, async (line) => {
    const said = line.room.say(SENTENCE, { atMs: line.clock.now() + 1_000, levelDb: SPEECH_DB });
    await untilOver(line);
    await nothingFollows(line);

    const [record] = line.records;
    assert.equal(record?.outcome, 'done');
    assert.equal(record?.trigger, 'voice');
    assert.deepEqual(told(line), ['waiting', 'recording', 'waiting', 'paused', 'waiting']);
    const kept = firstSoundCorrelation({
      recording: line.heardIn(1),
      recordedFromMs: record?.capture?.firstSampleAtMs ?? 0,
      ...{ said: said.samples(), saidFromMs: said.fromMs, soundFromMs: said.fromMs + 50 },
    });
    assert.ok(kept > KEPT, `correlation ${kept.toFixed(2)}`);
    const endedAtMs = line.states.find(({ is }) => is === 'processing')?.atMs ?? 0;
    const lateMs = endedAtMs - said.fromMs - SENTENCE.length / 16 + 50;
    assert.ok(lateMs > 300 && lateMs < 900, `the end was found after ${lateMs} ms`);
    assert.ok(
      line.sent.every(({ atMs }) => atMs >= said.fromMs),
      'no sound left the device before',
    );
  });
});

test('a door that slams begins no turn', async () => {
  await inRoom({}, async (line) => {
    for (let i = 0; i < 3; i++) {
      line.room.play(doorSlam(i), { atMs: line.clock.now() + 500, levelDb: -20, from: [4.5, 3.5, 1] });
      await line.clock.run(3_000);
    }
    assert.deepEqual(line.records, []);
    assert.ok(isQuiet(line));
    assert.deepEqual(told(line), ['waiting']);
  });
});

test('a television begins turns, each of which ends, and when it is off the device waits again', async () => {
  await inRoom({ plan: { ...LIVING_ROOM } }, async (line) => {
    const show = television([SENTENCE, firstStretch(readSamples(LONG_SPEECH))], 4);
    const nowMs = line.clock.now();
    line.room.repeat(show, { atMs: nowMs, toMs: nowMs + 12_000, levelDb: -35, from: [4.5, 0.5, 1] });
    await line.clock.run(13_000);
    await line.clock.runUntil(() => isQuiet(line), 60_000, 'the last turn is over');
    await nothingFollows(line);
    assert.ok(line.records.length > 0, 'a television is speech');
    assert.ok(line.records.every(({ outcome }) => outcome !== undefined));
    // Whoever sits before it sees when it is recorded, and when no longer.
    const recordings = told(line).filter((state) => state === 'recording');
    assert.equal(recordings.length, line.records.length);
  });
});

test('push to talk: the microphone stays closed, whatever is said', async () => {
  await inRoom({ settings: PUSH_TO_TALK }, async (line) => {
    line.room.say(SENTENCE, { atMs: line.clock.now() + 500, levelDb: SPEECH_DB });
    await line.clock.run(6_000);
    assert.equal(line.room.isListening(), false);
    assert.deepEqual(line.sent, []);
    assert.deepEqual(line.records, []);
  });
});

test('a card that is lost is told, and when it is back the next talker is heard', async () => {
  await inRoom({}, async (line) => {
    await line.clock.run(1_000);
    line.room.lose();
    await line.clock.run(3_000);
    assert.equal(line.told.at(-1)?.is, 'failed');
    line.room.restore();
    await line.clock.run(3_000);
    assert.equal(line.told.at(-1)?.is, 'waiting');
    line.room.say(SENTENCE, { atMs: line.clock.now() + 500, levelDb: SPEECH_DB });
    await untilOver(line);
    assert.equal(line.records.at(-1)?.outcome, 'done');
  });
});

test('a card that is lost in a sentence, or in a reply: that is told, and when it is back the turn goes on', async () => {
  for (const [lostIn, before, after] of [
    ['streaming', ['waiting', 'recording'], ['recording', 'waiting', 'paused', 'waiting']],
    ['playing', ['waiting', 'recording', 'waiting', 'paused'], ['paused', 'waiting']],
  ] as const) {
    await inRoom({}, async (line) => {
      line.room.say(SENTENCE, { atMs: line.clock.now() + 500, levelDb: SPEECH_DB });
      await line.clock.runUntil(() => line.state() === lostIn, 20_000, lostIn);
      await line.clock.run(300);
      line.room.lose();
      await line.clock.run(100);
      assert.deepEqual(told(line), [...before, 'failed']);
      line.room.restore();
      await line.clock.runUntil(() => isQuiet(line), 60_000, 'the turn is over');
      assert.deepEqual(
        line.records.map(({ outcome }) => outcome),
        ['done'],
        lostIn,
      );
      await nothingFollows(line);
      assert.deepEqual(told(line), [...before, 'failed', ...after]);
    });
  }
});

test('a card that is lost in a sentence, and does not come back: the turn ends, and it is still told', async () => {
  await inRoom({}, async (line) => {
    line.room.say(SENTENCE, { atMs: line.clock.now() + 500, levelDb: SPEECH_DB });
    await line.clock.runUntil(() => line.state() === 'streaming', 20_000, 'he speaks');
    line.room.lose();
    await line.clock.runUntil(() => isQuiet(line), 120_000, 'the turn is over');
    assert.equal(line.records[0]?.outcome, 'failed');
    assert.deepEqual(told(line), ['waiting', 'recording', 'failed']);
  });
});

test('an xrun in the middle of a sentence: the turn goes on, and its gap is counted', async () => {
  await inRoom({}, async (line) => {
    const { fromMs } = line.room.say(SENTENCE, { atMs: line.clock.now() + 500, levelDb: SPEECH_DB });
    await line.clock.run(fromMs + 600 - line.clock.now());
    line.room.overflow(60);
    await untilOver(line);
    const [record] = line.records;
    assert.equal(record?.outcome, 'done');
    assert.equal(record?.capture?.overflows, 1);
    await nothingFollows(line);
    assert.deepEqual(told(line), ['waiting', 'recording', 'waiting', 'paused', 'waiting']);
  });
});

test('a follow-up that nobody uses: the microphone is closed again, and that is told', async () => {
  await inRoom({ settings: { ...PUSH_TO_TALK, followUpMs: 4_000 } }, async (line) => {
    line.room.say(SENTENCE, { atMs: line.clock.now() + 200, levelDb: SPEECH_DB });
    line.press();
    await line.clock.run(2_000);
    line.release();
    await line.clock.runUntil(() => isQuiet(line), 20_000, 'the reply has been played');
    await line.clock.run(1_000);
    assert.equal(line.told.at(-1)?.is, 'follow-up');
    await line.clock.run(5_000);
    assert.deepEqual(told(line), ['recording', 'closed', 'follow-up', 'closed']);
    assert.equal(line.room.isListening(), false);
    assert.equal(line.records.length, 1);
  });
});

test('a wake word during a reply stops it, and what is said after it is answered', async () => {
  const engine = wakeEngineOnCommand();
  const reply = readSamples(LONG_SPEECH).subarray(0, 6 * 16_000);
  await inRoom({ settings: WAKE, openWakeEngine: engine.open, responder: saying(reply) }, async (line) => {
    const sayTo = async () => {
      engine.wake();
      line.room.say(SENTENCE, { atMs: line.clock.now() + 300, levelDb: SPEECH_DB });
    };
    await sayTo();
    await line.clock.runUntil(() => line.state() === 'playing', 20_000, 'the reply plays');
    await line.clock.run(1_000);
    assert.equal(line.told.at(-1)?.is, 'waiting', 'for the wake word');
    await sayTo();
    await line.clock.runUntil(() => line.records.length === 1, 2_000, 'the reply is over');
    assert.equal(line.records[0]?.outcome, 'barge-in');
    assert.equal(line.told.at(-1)?.is, 'recording');
    await line.clock.runUntil(() => isQuiet(line) && line.records.length === 2, 60_000, 'the second turn is over');
    assert.equal(line.records[1]?.outcome, 'done');
    assert.equal(line.records[1]?.trigger, 'wake');
    await nothingFollows(line);
    assert.deepEqual(told(line), ['waiting', 'recording', 'waiting', 'recording', 'waiting']);
  });
});

test('who speaks over a reply stops it, once the device has learnt its echo; and is heard from his first sound on', async () => {
  const reply = readSamples(LONG_SPEECH).subarray(0, 14 * 16_000);
  await inRoom({ canceller: 'speex', responder: saying(reply) }, async (line) => {
    line.room.say(SENTENCE, { atMs: line.clock.now() + 500, levelDb: SPEECH_DB });
    await untilOver(line);
    assert.equal(line.records[0]?.outcome, 'done', 'its own echo interrupts nothing');
    assert.ok(line.notes.some(({ is }) => is.type === 'echo.changed' && is.converged));

    await line.clock.run(1_000);
    line.room.say(SENTENCE, { atMs: line.clock.now() + 500, levelDb: SPEECH_DB });
    await line.clock.runUntil(() => line.state() === 'playing', 20_000, 'the second reply plays');
    const over = line.room.say(SENTENCE, { atMs: line.clock.now() + 2_000, levelDb: SPEECH_DB });
    await line.clock.runUntil(() => line.records.length === 2, 6_000, 'the reply is over');
    assert.equal(line.records[1]?.outcome, 'barge-in');
    assert.ok(line.clock.now() - over.fromMs < 1_500, `after ${line.clock.now() - over.fromMs} ms`);
    await untilOver(line);
    const recordedFromMs = line.records[2]?.capture?.firstSampleAtMs ?? Number.POSITIVE_INFINITY;
    assert.ok(recordedFromMs <= over.fromMs + 50, 'with its first sound');
  });
});

test('a loudspeaker whose clock drifts 200 ppm: its echo begins no turn, and whether one may speak over it is told', async () => {
  const reply = readSamples(LONG_SPEECH).subarray(0, 7 * 16_000);
  const loudspeaker = { echoDb: -6, driftPpm: 200, drive: 0 };
  await inRoom({ canceller: 'speex', loudspeaker, responder: saying(reply) }, async (line) => {
    line.room.say(SENTENCE, { atMs: line.clock.now() + 500, levelDb: SPEECH_DB });
    await line.clock.runUntil(() => line.state() === 'playing', 20_000, 'the reply plays');
    await line.clock.run(5_000);
    const echo = line.notes.findLast(({ is }) => is.type === 'echo.changed')?.is;
    const isRemoved = echo?.type === 'echo.changed' && echo.converged;
    assert.equal(line.told.at(-1)?.is, isRemoved ? 'waiting' : 'paused');
    await line.clock.runUntil(() => isQuiet(line), 20_000, 'the reply is over');
    assert.deepEqual(
      line.records.map(({ outcome }) => outcome),
      ['done'],
    );
    await line.clock.run(1_000);
    assert.equal(line.told.at(-1)?.is, 'waiting');
  });
});

test('a sentence that was cut off in its pause: its rest begins the next turn before the answer is heard, and is whole', async () => {
  // The answer takes a moment.
  await inRoom({ responder: saying(readSamples(SHORT_SPEECH), 900) }, async (line) => {
    const said = line.room.say(SENTENCE, { atMs: line.clock.now() + 500, levelDb: SPEECH_DB });
    await line.clock.runUntil(() => line.state() === 'processing', 20_000, 'the pause is taken for the end');
    const rest = line.room.say(SENTENCE, { atMs: line.clock.now() + 200, levelDb: SPEECH_DB });
    await line.clock.runUntil(() => line.records.length === 1, 5_000, 'the answer is over');
    assert.equal(line.records[0]?.outcome, 'barge-in');
    assert.ok(line.clock.now() - rest.fromMs < 500, `after ${line.clock.now() - rest.fromMs} ms`);
    await line.clock.runUntil(() => isQuiet(line) && line.records.length === 2, 60_000, 'the second turn is over');
    const [, record] = line.records;
    assert.equal(record?.outcome, 'done');
    const recordedFromMs = record?.capture?.firstSampleAtMs ?? 0;
    assert.ok(recordedFromMs <= rest.fromMs + 50, 'with its first sound');
    assert.ok(recordedFromMs >= said.fromMs + SENTENCE.length / 16 - 150, 'without the end of the first part');
  });
});
