/**
 * Two devices talk with the assistant at the same time. A fault in the answer to the first, in whichever actor, is told to the person.
 */
import { createAssistant } from '../../actors/assistant/answer/assistant.ts';
import type { SpeechToSpeech, SpokenOutput } from '../../actors/assistant/parts/speech-to-speech.ts';
import type { Log } from '../../src/core/log/log.ts';
import { createSessions } from '../../src/gateway/sessions.ts';
import { scriptedParts } from '../assistant/answer/scripted-parts.ts';
import { arrivals, connect, type End, utterancePackets } from '../protocol/virtual-gateway.ts';
import { hello, turnStart } from '../support/client.ts';
import { createVirtualClock } from '../support/virtual-clock.ts';
import { eventually, type Scenario } from './scenario.ts';

const isDone = (end: End, turn: number) => arrivals(end, 'turn.done').some(({ message }) => message.turn === turn);
const hasFailed = (end: End, turn: number) => arrivals(end, 'error').some(({ message }) => message.turn === turn);

/** A model that hears and speaks itself; it fails as the brain does. */
const model: SpeechToSpeech = {
  begin({ device, history }) {
    let finish = () => {};
    const complete = new Promise<void>((resolve) => {
      finish = resolve;
    });
    async function* answer(): AsyncGenerator<SpokenOutput> {
      await complete;
      if (device.name === 'first' && history.length > 0) throw new Error('no idea');
      yield { type: 'transcript', text: 'what time is it' };
      yield { type: 'text', text: 'It is noon.' };
      yield { type: 'audio', pcm: { samples: new Int16Array(320), sampleRateHz: 16_000 } };
    }
    return { push() {}, finish: () => finish(), output: answer(), heard() {} };
  },
  async close() {},
};

async function run(log: Log, speechToSpeech?: SpeechToSpeech): Promise<string[]> {
  const clock = createVirtualClock();
  const parts = scriptedParts({
    clock: () => clock,
    texts: Array(100).fill('what time is it'),
    // The second answer to the first device fails: an apology is said.
    reply: ({ device, history }) => {
      if (device.name === 'first' && history.length > 0) throw new Error('no idea');
      return ['It ', 'is ', 'noon.'];
    },
  });
  let ids = 0;
  const sessions = createSessions({
    responder: createAssistant({ ...parts, speechToSpeech }),
    recorder: { has: () => false, record: async () => {} },
    ...{ clock, log, newId: () => `session ${++ids}` },
  });
  const [first, second] = ['first', 'second'].map((name) => {
    const end = connect(sessions, clock);
    end.say(hello(name));
    return end;
  }) as [End, End];

  async function speak(ends: End[], turn: number): Promise<void> {
    const before = parts.utterances.length;
    for (const end of ends) end.say(turnStart(turn));
    await clock.run(10);
    for (const { onPartial, onPause } of parts.utterances.slice(before)) {
      for (const text of ['what', 'what time', 'what time is']) onPartial?.({ text, stableText: '' });
      onPause?.({ text: 'what time is' });
    }
    await clock.run(500);
    for (const end of ends) end.say(...utterancePackets(turn, 2));
    await clock.run(500);
  }

  await speak([first, second], 1);
  await eventually(
    () => isDone(second, 1),
    'the answer to the second device',
    () => clock.run(100),
  );
  for (const end of [first, second]) end.say({ type: 'playback', turn: 1, event: 'drained', playedMs: 220 });
  await clock.run(10_000);
  const wrong: string[] = [];
  const words = arrivals(second, 'reply.text').map(({ message }) => message.text);
  if (words.join() !== 'It is noon.') wrong.push(`the second device heard ${words}`);
  if (!isDone(first, 1) && !hasFailed(first, 1)) wrong.push('the first turn has not ended');
  if (first.closed || second.closed) wrong.push('a connection was closed');
  await speak([first], 2);
  await eventually(
    () => isDone(first, 2) || hasFailed(first, 2),
    'the next answer to the first device',
    () => clock.run(100),
  );
  await speak([first], 3);
  await eventually(
    () => isDone(first, 3),
    'one more answer to the first device',
    () => clock.run(100),
  );
  await Promise.all([sessions.closeAll(1_001, 'over'), clock.run(5_000)]);
  return wrong;
}

export const assistant: Scenario = {
  name: 'two devices that talk with the assistant',
  run: (log) => run(log),
  subjects: /^(?:(?:transcription|thinking)#1|speech#[13]|a turn of the responder#1|the playback of an answer#1) /,
};

export const speakingModel: Scenario = {
  name: 'two devices that talk with a model that speaks itself',
  run: (log) => run(log, model),
  subjects: /^(?:transcription|thinking)#1 /,
};
