/**
 * A reply that comes while a turn is begun, as it sounds: who begins to speak around the first sound of a reply is heard from his first sound
 * on, or was told that he would not be; and no reply sounds while he is recorded. In virtual time.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LONG_SPEECH, readSamples } from '../support/speech.ts';
import type { HeardBlock } from './acoustics.ts';
import {
  inRoom,
  isQuiet,
  loadBeforeTests,
  SENTENCE,
  SPEECH_DB,
  VOICE,
  WAKE,
  wakeEngineOnCommand,
} from './listening-scene.ts';
import { saying } from './long-reply.ts';
import type { VirtualLine } from './virtual-line.ts';

/** Of full scale, at the loudspeaker. */
const AUDIBLE = 0.002;
/** From the end of a reply until the loudspeaker is silent: what the card holds. */
const CARD_MS = 100;
const ANSWER_MS = 700;
const REPLY = saying(readSamples(LONG_SPEECH).subarray(0, 3 * 16_000), ANSWER_MS);
/** Nothing of the loudspeaker is in the microphone, as with headphones. */
const HEADPHONES = { loudspeaker: { echoDb: -90, driftPpm: 0, drive: 0 } };

loadBeforeTests();

/** When the loudspeaker sounds. */
function loudspeaker() {
  const atMs: number[] = [];
  return {
    atMs,
    tap({ emitted }: HeardBlock, blockAtMs: number) {
      if (emitted.some((sample) => Math.abs(sample) > AUDIBLE)) atMs.push(blockAtMs);
    },
  };
}

/** What the person was told last before this time. */
const toldAt = (line: VirtualLine, atMs: number) => line.told.findLast((noted) => noted.atMs <= atMs)?.is;

/** A first sentence, until its answer is prepared. Returns when the answer will come. */
async function askFirst(line: VirtualLine, wake = () => {}): Promise<number> {
  wake();
  line.room.say(SENTENCE, { atMs: line.clock.now() + 300, levelDb: SPEECH_DB });
  await line.clock.runUntil(() => line.state() === 'processing', 20_000, 'the sentence is over');
  return line.clock.now() + ANSWER_MS;
}

async function untilAllIsOver(line: VirtualLine, turns: number): Promise<void> {
  await line.clock.runUntil(() => isQuiet(line) && line.records.length === turns, 60_000, 'all turns are over');
  await line.clock.run(1_000);
  assert.equal(line.told.at(-1)?.is, 'waiting');
}

/** Nothing sounds while this turn is recorded, once the card is empty. */
function assertSilentWhileRecorded(line: VirtualLine, soundsAtMs: readonly number[]): void {
  const begun = line.told.findLast(({ is }) => is === 'recording');
  const over = line.told.find(({ is, atMs }) => is !== 'recording' && atMs > (begun?.atMs ?? 0));
  assert.ok(begun && over);
  const sounds = soundsAtMs.filter((atMs) => atMs > begun.atMs + CARD_MS && atMs < over.atMs);
  assert.deepEqual(sounds, [], 'the reply sounds while the person is recorded');
}

test('who speaks before the reply sounds is heard whole; from its first sound on he was told that he is not', async () => {
  const heard: boolean[] = [];
  for (const offsetMs of [-300, -60, 150]) {
    const { tap, atMs: soundsAtMs } = loudspeaker();
    await inRoom({ responder: REPLY, tap }, async (line) => {
      const answerAtMs = await askFirst(line);
      const second = line.room.say(SENTENCE, { atMs: answerAtMs + offsetMs, levelDb: SPEECH_DB });
      await line.clock.run(offsetMs + ANSWER_MS + 500);
      const isHeard = line.told.at(-1)?.is === 'recording';
      heard.push(isHeard);
      if (isHeard) {
        await untilAllIsOver(line, 2);
        assert.deepEqual(
          line.records.map(({ outcome }) => outcome),
          ['barge-in', 'done'],
        );
        const recordedFromMs = line.records[1]?.capture?.firstSampleAtMs ?? Number.POSITIVE_INFINITY;
        assert.ok(recordedFromMs <= second.fromMs + 50, 'with its first sound');
        assertSilentWhileRecorded(line, soundsAtMs);
      } else {
        // Half duplex: the reply is heard to its end.
        assert.equal(toldAt(line, second.fromMs + 300), 'paused');
        await untilAllIsOver(line, 1);
        assert.equal(line.records[0]?.outcome, 'done');
      }
    });
  }
  assert.deepEqual([heard[0], heard.at(-1)], [true, false]);
});

test('with headphones he is heard from his first sound on, also when the reply comes before his trigger', async () => {
  const { tap, atMs: soundsAtMs } = loudspeaker();
  const settings = { ...VOICE, interruption: 'on' } as const;
  await inRoom({ settings, responder: REPLY, tap, ...HEADPHONES }, async (line) => {
    const answerAtMs = await askFirst(line);
    const second = line.room.say(SENTENCE, { atMs: answerAtMs - 40, levelDb: SPEECH_DB });
    await untilAllIsOver(line, 2);
    assert.deepEqual(
      line.records.map(({ outcome }) => outcome),
      ['barge-in', 'done'],
    );
    assert.ok(
      soundsAtMs.some((atMs) => atMs < second.toMs),
      'the reply had begun',
    );
    const recordedFromMs = line.records[1]?.capture?.firstSampleAtMs ?? Number.POSITIVE_INFINITY;
    assert.ok(recordedFromMs <= second.fromMs + 50, 'with its first sound');
    assertSilentWhileRecorded(line, soundsAtMs);
  });
});

test('a wake word at the first sound of a reply: the reply is over, and what is said next is answered', async () => {
  const engine = wakeEngineOnCommand();
  const { tap, atMs: soundsAtMs } = loudspeaker();
  await inRoom({ settings: WAKE, openWakeEngine: engine.open, responder: REPLY, tap }, async (line) => {
    const answerAtMs = await askFirst(line, engine.wake);
    await line.clock.runUntil(() => soundsAtMs.some((atMs) => atMs > answerAtMs), 5_000, 'the reply sounds');
    engine.wake();
    await line.clock.run(20);
    assert.equal(line.told.at(-1)?.is, 'recording');
    line.room.say(SENTENCE, { atMs: line.clock.now() + 200, levelDb: SPEECH_DB });
    await untilAllIsOver(line, 2);
    assert.deepEqual(
      line.records.map(({ outcome, trigger }) => [outcome, trigger]),
      [
        ['barge-in', 'wake'],
        ['done', 'wake'],
      ],
    );
    assertSilentWhileRecorded(line, soundsAtMs);
  });
});

test('an announcement that comes with the first word of a person waits until his answer was heard', async () => {
  const { tap, atMs: soundsAtMs } = loudspeaker();
  await inRoom({ responder: REPLY, tap }, async (line) => {
    line.room.say(SENTENCE, { atMs: line.clock.now() + 300, levelDb: SPEECH_DB });
    await line.clock.runUntil(() => line.told.at(-1)?.is === 'recording', 5_000, 'the trigger');
    line.announce('Dinner is ready.');
    await untilAllIsOver(line, 2);
    assert.deepEqual(
      line.records.map(({ outcome, trigger }) => [outcome, trigger]),
      [
        ['done', 'voice'],
        ['done', 'announcement'],
      ],
    );
    assertSilentWhileRecorded(line, soundsAtMs);
  });
});
