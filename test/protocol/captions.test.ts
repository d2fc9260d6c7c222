/**
 * Captions, partial transcripts, calls of tools, stages of the answer, and the reports of the playback: from a responder to the device and back.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Answer, Listener, ResponderTurn } from '../../actors/responder/responder.ts';
import type { UsedTool } from '../../src/core/contracts/index.ts';
import { createLog } from '../../src/core/log/create-log.ts';
import type { PlaybackReport } from '../../src/protocol/control.ts';
import { hello, turnStart } from '../support/client.ts';
import { arrivals, connect, type End, utterancePackets, virtualGateway } from './virtual-gateway.ts';

const HELLO = hello('kitchen');
const FRAME = new Uint8Array([1, 2]);

async function spokenTo(listenerOf: (turn: ResponderTurn) => Partial<Listener> = () => ({})) {
  const answers: Answer[] = [];
  const calls: UsedTool[] = [];
  const lines: string[] = [];
  const log = createLog({ level: 'error', format: 'text', write: (line) => lines.push(line), now: () => 0 });
  const gateway = virtualGateway({
    log,
    onNotification: (each) => each.type === 'turn.tool' && calls.push(each.call),
    responder: (turn, answer) => {
      answers.push(answer);
      return { hear() {}, abort() {}, ...listenerOf(turn) };
    },
  });
  const { device, clock } = gateway;
  device.say(HELLO, turnStart(1));
  await clock.run(10);
  return { ...gateway, answers, calls, lines };
}

const texts = (device: End, type: string) => arrivals(device, type).map(({ message }) => message.text);

test('partial transcripts are sent five times a second at most, the last one always', async () => {
  const { answers, device, clock } = await spokenTo();
  for (let i = 0; i < 100; i++) {
    answers[0]?.partial(`word ${i}`);
    await clock.run(10);
  }
  answers[0]?.partial('word 99');
  await clock.run(300);
  const shown = texts(device, 'turn.partial');
  assert.ok(shown.length >= 5 && shown.length <= 7, `${shown.length} in a second`);
  assert.deepEqual([shown[0], shown.at(-1)], ['word 0', 'word 99']);
});

test('captions arrive in order, and again after a reconnect', async () => {
  const { answers, device, sessions, clock } = await spokenTo();
  device.say(...utterancePackets(1, 2));
  await clock.run(10);
  answers[0]?.say([FRAME]);
  answers[0]?.caption('Hello.', 0);
  answers[0]?.caption('It is noon.', 700);
  await clock.run(10);
  assert.deepEqual(texts(device, 'reply.text'), ['Hello.', 'It is noon.']);
  device.disconnect();
  await clock.run(100);
  const again = connect(sessions, clock);
  again.say({ ...HELLO, resume: { session: 'session 1', turn: 1, downlinkNext: 1 } });
  await clock.run(10);
  assert.deepEqual(texts(again, 'reply.text'), ['Hello.', 'It is noon.']);
});

test('the first 20 calls of tools are recorded, each cut', async () => {
  const { answers, calls, clock } = await spokenTo();
  answers[0]?.used({ name: 'note', input: 'x'.repeat(9_000), error: 'y'.repeat(9_000) });
  for (let i = 0; i < 30; i++) answers[0]?.used({ name: 'roll', input: '{}' });
  await clock.run(10);
  assert.deepEqual([calls.length, calls[0]?.input.length, calls[0]?.error?.length], [20, 500, 500]);
});

test('a caption without a time fails its turn', async () => {
  const { answers, device, clock } = await spokenTo();
  answers[0]?.caption('Hello.', Number.NaN);
  await clock.run(10);
  assert.match(String(arrivals(device, 'error')[0]?.message.message), /fromMs/);
});

test('the stages of the answer are in the timing of turn.done', async () => {
  const { answers, device, clock } = await spokenTo();
  device.say(...utterancePackets(1, 2));
  await clock.run(10);
  for (const stage of ['transcribed', 'firstToken', 'firstSentence', 'firstAudio', 'firstToken'] as const) {
    answers[0]?.reached(stage);
    await clock.run(10);
  }
  answers[0]?.say([FRAME]);
  answers[0]?.finish();
  await clock.run(1_000);
  const timing = arrivals(device, 'turn.done')[0]?.message.timing as Record<string, number>;
  const since = (name: string) => (timing[name] ?? 0) - (timing.transcribedAtMs ?? 0);
  assert.deepEqual(['firstTokenAtMs', 'firstSentenceAtMs', 'firstAudioAtMs'].map(since), [10, 20, 30]);
});

test('a barge-in tells the responder how much of the old answer was played, though the next turn has begun', async () => {
  const heard: PlaybackReport[] = [];
  const { answers, device, clock } = await spokenTo(({ number }) => ({
    played: (report) => heard.push({ ...report, underruns: number }),
  }));
  const report = (turn: number, event: string, playedMs: number) =>
    device.say({ type: 'playback', turn, event, playedMs });
  device.say(...utterancePackets(1, 2));
  answers[0]?.say([FRAME]);
  await clock.run(10);
  report(1, 'started', 0);
  device.say({ type: 'turn.abort', turn: 1, reason: 'barge-in' }, turnStart(2));
  report(1, 'aborted', 340);
  device.say(turnStart(3));
  report(2, 'aborted', 0);
  // Two turns ago: forgotten.
  report(1, 'aborted', 999);
  await clock.run(10);
  assert.deepEqual(
    heard.map(({ turn, event, playedMs, underruns }) => [turn, event, playedMs, underruns]),
    [
      [1, 'started', 0, 1],
      [1, 'aborted', 340, 1],
      [2, 'aborted', 0, 2],
    ],
  );
});

test('a responder that fails at such a report fails no turn, and is not asked again', async () => {
  let reports = 0;
  const { device, clock, lines, answers } = await spokenTo(({ number }) => ({
    async played() {
      reports += 1;
      if (number === 1) throw new Error('no idea');
    },
  }));
  device.say(turnStart(2));
  for (let i = 0; i < 2; i++) {
    device.say({ type: 'playback', turn: 1, event: 'aborted', playedMs: 340 });
    await clock.run(1);
  }
  assert.equal(reports, 1);
  assert.match(lines.join(''), /failed at a report of the playback.*no idea/);
  device.say(...utterancePackets(2, 2));
  answers[1]?.say([FRAME]);
  answers[1]?.finish();
  await clock.run(1_000);
  assert.equal(arrivals(device, 'turn.done').length, 1);
  assert.equal(arrivals(device, 'error').length, 0);
});
