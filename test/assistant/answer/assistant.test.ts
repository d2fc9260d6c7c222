/**
 * The assistant in a gateway's sessions, in virtual time, with parts that do what the test says.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type AssistantResponderOptions, createAssistant } from '../../../actors/assistant/answer/assistant.ts';
import { providerFailed } from '../../../actors/assistant/parts/errors.ts';
import type { SpeechToSpeech, SpokenOutput } from '../../../actors/assistant/parts/speech-to-speech.ts';
import type { Tool } from '../../../actors/assistant/parts/tool.ts';
import { ANSWER_DELAYS_MS } from '../../../machines/answer-context.ts';
import { defaultProfile } from '../../../src/core/device-profile.ts';
import { createLog } from '../../../src/core/log/create-log.ts';
import { arrivals, type End, utterancePackets, virtualGateway } from '../../protocol/virtual-gateway.ts';
import { hello, turnStart } from '../../support/client.ts';
import { testScope } from '../../support/test-scope.ts';
import type { VirtualClock } from '../../support/virtual-clock.ts';
import { type Script, scriptedParts } from './scripted-parts.ts';

const NO_ANSWER = new Error('no idea');

async function kitchen(script: Omit<Script, 'clock'>, options: Partial<AssistantResponderOptions> = {}) {
  let clock: VirtualClock | undefined;
  const parts = scriptedParts({ ...script, clock: () => clock as VirtualClock });
  const lines: string[] = [];
  const log = createLog({ level: 'debug', format: 'text', write: (line) => lines.push(line), now: () => 0 });
  const gateway = virtualGateway({ responder: createAssistant({ ...parts, ...options }), log });
  clock = gateway.clock;
  const { device } = gateway;
  device.say(hello('kitchen'));
  await clock.run(10);
  let turns = 0;
  /** An utterance of two packets. */
  async function begin(): Promise<void> {
    turns += 1;
    device.say(turnStart(turns));
    await gateway.clock.run(10);
  }
  async function end(): Promise<void> {
    device.say(...utterancePackets(turns, 2));
    await gateway.clock.run(0);
  }
  async function speak(): Promise<void> {
    await begin();
    await end();
    await gateway.clock.run(5_000);
  }
  return {
    ...{ clock, device, parts, lines, begin, end, speak },
    report: (turn: number, event: string, playedMs: number) => device.say({ type: 'playback', turn, event, playedMs }),
  };
}

const captions = (device: End) => arrivals(device, 'reply.text').map(({ message }) => message.text);
/** Frames of a reply that were sent. */
const replied = (device: End, turn: number) =>
  arrivals(device, 'packet')
    .map(({ message }) => message.bytes as Buffer)
    .filter((bytes) => bytes.readUInt16BE(2) === turn)
    .reduce((sum, bytes) => sum + (bytes[12] ?? 0), 0);
const types = (device: End) => device.arrived.map(({ message }) => message.type).filter((type) => type !== 'ack');

test('a turn is understood and answered, with captions, stages and both sides in the memory', async () => {
  const { device, parts, speak, lines } = await kitchen({ texts: ['what time is it'] });
  await speak();
  assert.deepEqual(parts.heard, [4]);
  assert.deepEqual(
    parts.asked.map(({ text, history }) => [text, history.length]),
    [['what time is it', 0]],
  );
  const processing = arrivals(device, 'turn.processing')[0]?.message;
  assert.equal(processing?.transcript, 'what time is it');
  assert.deepEqual(captions(device), ['It is noon.']);
  assert.equal(replied(device, 1), 'It is noon.'.length);
  const done = arrivals(device, 'turn.done')[0]?.message.timing as Record<string, number>;
  const since = (stage: string) => Math.round((done[stage] ?? 0) - (done.finalReceivedAtMs ?? 0));
  assert.deepEqual(
    ['transcribedAtMs', 'firstTokenAtMs', 'firstSentenceAtMs', 'firstAudioAtMs'].map(since),
    [50, 60, 85, 85],
  );
  assert.deepEqual(await parts.messages(), [
    ['person', 'what time is it'],
    ['assistant', 'It is noon.'],
  ]);
  assert.doesNotMatch(lines.join(''), /noon|what time/, 'nothing that was said stands in the log');
});

test('an answer that asks the person something is told to the device, and one that does not is not', async () => {
  const reply = ({ text }: { text: string }) => [text === 'set a timer' ? 'For how long?' : 'It is noon.'];
  const { device, speak } = await kitchen({ texts: ['set a timer', 'what time is it'], reply });
  await speak();
  await speak();
  assert.deepEqual(
    arrivals(device, 'turn.done').map(({ message }) => message.asks),
    [true, undefined],
  );
});

test('the next question knows the turns before', async () => {
  const { parts, speak, report } = await kitchen({ texts: ['what time is it', 'and now'] });
  await speak();
  report(1, 'drained', 220);
  await speak();
  const { text, history } = parts.asked[1] ?? assert.fail();
  assert.equal(text, 'and now');
  assert.deepEqual(
    history.map((message) => message.text),
    ['what time is it', 'It is noon.'],
  );
});

test('what the person did not hear of an interrupted answer is not remembered, also when the report comes late', async () => {
  const reply = () => ['One two three four. ', 'Five six seven eight.'];
  const { device, parts, begin, end, clock, report } = await kitchen({ texts: ['count', 'go on'], reply });
  await begin();
  await end();
  await clock.run(300);
  assert.deepEqual(captions(device), ['One two three four.', 'Five six seven eight.']);
  device.say({ type: 'turn.abort', turn: 1, reason: 'barge-in' });
  await begin();
  await end();
  await clock.run(200);
  assert.equal(parts.asked.length, 1, 'the question waits for the report');
  report(1, 'aborted', 480);
  await clock.run(200);
  const { history } = parts.asked[1] ?? assert.fail();
  assert.deepEqual(
    history.map((message) => message.text),
    ['count', 'One two three four. Five'],
  );
});

test('without the report the question waits 300 ms', async () => {
  const { device, parts, begin, end, clock } = await kitchen({ texts: ['count', 'go on'] });
  await begin();
  await end();
  await clock.run(200);
  device.say({ type: 'turn.abort', turn: 1, reason: 'barge-in' });
  await begin();
  await end();
  await clock.run(50 + 299);
  assert.equal(parts.asked.length, 1);
  await clock.run(2);
  assert.equal(parts.asked.length, 2);
});

test('a barge-in aborts everything at once, and nothing of the old answer is sent', async () => {
  // While the utterance is recognised, while the brain writes, while the answer is spoken.
  for (const [afterMs, what] of [
    [20, ['transcriber']],
    [65, ['transcriber', 'brain', 'voice']],
    [120, ['transcriber', 'brain', 'voice']],
  ] as const) {
    const reply = () => ['One two three. ', 'Four five six. ', 'Seven eight nine.'];
    const { device, parts, begin, end, clock } = await kitchen({ texts: ['count', 'x'], reply, tokenMs: 30 });
    await begin();
    await end();
    await clock.run(afterMs);
    const sent = device.arrived.length;
    const atMs = clock.now();
    device.say(turnStart(2));
    await clock.run(2_000);
    assert.deepEqual([...new Set(parts.aborted.map((each) => each.what))].sort(), [...what].sort(), `${afterMs} ms`);
    assert.ok(parts.aborted.every((each) => each.atMs <= atMs + 50));
    const later = device.arrived.slice(sent).map(({ message }) => message.type);
    assert.deepEqual(
      later.filter((type) => type !== 'ack'),
      [],
    );
  }
});

test('a draft is asked at a pause; it is spoken at once if nothing was added, and dropped if something was', async () => {
  const { parts, begin, end, clock, device, report } = await kitchen({
    texts: ['What time is it?', 'What time is it in Rome?'],
  });
  await begin();
  parts.utterances[0]?.onPartial?.({ text: 'what time', stableText: '' });
  parts.utterances[0]?.onPause?.({ text: 'what time is it' });
  await clock.run(100);
  assert.deepEqual(
    parts.asked.map(({ text }) => text),
    ['what time is it'],
  );
  assert.deepEqual(captions(device), [], 'it is not spoken before the end');
  await end();
  await clock.run(90);
  assert.equal(parts.asked.length, 1);
  assert.deepEqual(captions(device), ['It is noon.']);
  await clock.run(2_000);
  report(1, 'drained', 220);

  await begin();
  parts.utterances[1]?.onPause?.({ text: 'what time is it' });
  await clock.run(15);
  parts.aborted.length = 0;
  parts.utterances[1]?.onPartial?.({ text: 'what time is it in', stableText: '' });
  await clock.run(15);
  assert.deepEqual(
    parts.aborted.map(({ what }) => what),
    ['brain'],
    'the draft is aborted',
  );
  await end();
  await clock.run(2_000);
  assert.deepEqual(parts.asked.map(({ text }) => text).slice(1), ['what time is it', 'What time is it in Rome?']);
  assert.deepEqual(captions(device), ['It is noon.', 'It is noon.']);
});

test('a tool that changes something waits for the end of the utterance, and is not used if something was added', async () => {
  const used: string[] = [];
  const toolNamed = (name: string, effect: Tool['effect']): Tool => ({
    ...{ name, effect, description: '', parameters: {} },
    async call() {
      used.push(name);
      return 'ok';
    },
  });
  const tools = () => [toolNamed('look', 'reads'), toolNamed('switch', 'changes')];
  const refused: unknown[] = [];
  const reply = async function* ({
    tools: given,
    text,
    device,
    turnId,
    nowMs,
  }: Parameters<NonNullable<Script['reply']>>[0]) {
    const { signal } = new AbortController();
    for (const tool of given) {
      await tool
        .call({ text }, { device, turnId, nowMs, signal })
        .catch((error: { code: string }) => refused.push(error.code));
    }
    yield 'Done.';
  };
  const { parts, begin, end, clock, report } = await kitchen(
    { texts: ['light on', 'light on in the hall'], reply },
    { tools },
  );
  await begin();
  parts.utterances[0]?.onPause?.({ text: 'light on' });
  await clock.run(100);
  assert.deepEqual(used, ['look']);
  await end();
  await clock.run(100);
  assert.deepEqual(used, ['look', 'switch']);
  await clock.run(2_000);
  report(1, 'drained', 220);
  await begin();
  parts.utterances[1]?.onPause?.({ text: 'light on' });
  await clock.run(100);
  await end();
  await clock.run(2_000);
  assert.deepEqual(refused, ['tool_cancelled']);
  assert.deepEqual(used.slice(2), ['look', 'look', 'switch'], 'only for the whole utterance');
});

test('what fails is told in a sentence, is logged with its cause, and the turn ends well', async () => {
  const failing = async function* () {
    yield 'One. ';
    throw providerFailed('openai at example.org', 500);
  };
  const cases: [string, Omit<Script, 'clock'>, RegExp][] = [
    ['recognition', { texts: [NO_ANSWER] }, /Sorry: internal/],
    ['an utterance without words', { texts: [''] }, /^Sorry: nothing_heard/],
    ['the brain', { texts: ['x'], reply: () => failing() }, /Sorry: assistant_failed/],
    ['an empty answer', { texts: ['x'], reply: () => [] }, /Sorry: assistant_bad_answer/],
    ['a brain that hangs', { texts: ['x'], tokenMs: 60_000 }, /Sorry: assistant_timeout/],
    ['a recogniser that hangs', { texts: ['x'], recognitionMs: 60_000 }, /Sorry: assistant_timeout/],
    ['the voice', { texts: ['x'], voiceError: providerFailed('tts', 500) }, /Sorry: assistant_failed/],
  ];
  for (const [name, script, told] of cases) {
    const { device, speak, clock, lines } = await kitchen(script);
    await speak();
    await clock.run(8_000);
    assert.match(captions(device).join(' '), told, name);
    assert.equal(captions(device).filter((text) => /Sorry/.test(String(text))).length, 1, `${name}: once`);
    assert.ok(types(device).includes('turn.done'), name);
    assert.equal(arrivals(device, 'error').length, 0, name);
    assert.match(lines.join(''), /an answer failed; the person is told/, name);
    // The line is usable.
    await speak();
    assert.ok(arrivals(device, 'turn.processing').length + arrivals(device, 'turn.done').length > 1, name);
  }
});

test('a failure that cannot be told fails the turn', async () => {
  const { device, speak, clock } = await kitchen({ texts: ['x'], reply: () => [], apologyError: NO_ANSWER });
  await speak();
  await clock.run(ANSWER_DELAYS_MS.apologyLimit);
  const [error] = arrivals(device, 'error');
  assert.equal(error?.message.code, 'assistant_bad_answer');
});

test('an answer without an end is cut off', async () => {
  const reply = function* () {
    for (;;) yield 'and so on ';
  };
  const { device, speak, parts } = await kitchen(
    { texts: ['x'], reply: () => reply(), tokenMs: 0.01 },
    { maxCharacters: 400 },
  );
  await speak();
  const said = captions(device).join(' ');
  assert.ok(said.length >= 390 && said.length < 450, `${said.length} characters`);
  assert.equal(parts.asked.length, 1);
});

test('a notice is said before the answer, once', async () => {
  const notices = ['The other voice does not answer.'];
  const { device, speak } = await kitchen({ texts: ['x', 'y'] }, { takeNotice: () => notices.shift() });
  await speak();
  await speak();
  assert.deepEqual(captions(device), ['The other voice does not answer.', 'It is noon.', 'It is noon.']);
});

test('partial transcripts are shown', async () => {
  const { device, parts, begin, clock } = await kitchen({ texts: ['x'] });
  await begin();
  parts.utterances[0]?.onPartial?.({ text: ' what time ', stableText: '' });
  await clock.run(10);
  assert.deepEqual(
    arrivals(device, 'turn.partial').map(({ message }) => message.text),
    ['what time'],
  );
});

test('an announcement is spoken as it is, and remembered as said', async () => {
  const said: string[] = [];
  const { parts, clock } = await kitchen({ texts: [] });
  const assistant = createAssistant(parts);
  const answer = {
    scope: testScope(clock),
    ...{ partial() {}, processing() {}, begin() {}, used() {}, reached() {}, prepare() {}, fail: assert.fail },
    ...{ hold() {}, endUtterance() {}, asks() {} },
    caption: (text: string) => said.push(text),
    say: (frames: Uint8Array[]) => said.push(`${frames.length} frames`),
    finish: () => said.push('finished'),
  };
  const announcement = { id: 'a', text: 'Dinner is ready.' };
  const listener = assistant({ number: 1, id: 't', device: defaultProfile('kitchen'), announcement }, answer);
  listener.hear({
    ...{ final: true, discontinuity: false, pcm: false, turn: 1, sequence: 0, timestamp: 0 },
    frames: [],
  });
  await clock.run(1_000);
  assert.deepEqual(said, ['Dinner is ready.', '16 frames', 'finished']);
  assert.deepEqual(await parts.messages(), [['assistant', 'Dinner is ready.']]);
  assert.equal(parts.asked.length, 0);
});

test('a risky tool is used when the person was asked and says yes in the next turn', async () => {
  const used: unknown[] = [];
  const unlock: Tool = {
    ...{ name: 'unlock', effect: 'asks', description: '', parameters: {} },
    async call(input) {
      used.push(input);
      return 'The door is open.';
    },
  };
  const reply = async function* ({
    tools: [tool],
    device,
    turnId,
    nowMs,
  }: Parameters<NonNullable<Script['reply']>>[0]) {
    yield (await tool?.call({ door: 'front' }, { device, turnId, nowMs, signal: new AbortController().signal })) ?? '';
  };
  const { device, speak, report } = await kitchen(
    { texts: ['unlock the door', 'yes please', 'yes please'], reply },
    { tools: () => [unlock] },
  );
  await speak();
  assert.deepEqual(used, []);
  assert.match(String(captions(device)[0]), /must agree first/);
  report(1, 'drained', 220);
  await speak();
  assert.deepEqual(used, [{ door: 'front' }]);
  report(2, 'drained', 220);
  await speak();
  assert.equal(used.length, 1, 'consent is for once');
});

test('a model that hears and speaks itself answers alone; what was heard of an interrupted answer is reported to it', async () => {
  const heard: number[] = [];
  let pushed = 0;
  const pcm = { samples: new Int16Array(320), sampleRateHz: 16_000 };
  async function* answer(turns: number, complete: Promise<void>): AsyncGenerator<SpokenOutput> {
    await complete;
    yield { type: 'transcript', text: `what time is it ${turns}` };
    yield { type: 'text', text: 'It is noon. ' };
    for (let i = 0; i < 10; i++) yield { type: 'audio', pcm };
    yield { type: 'text', text: 'Time to eat.' };
    for (let i = 0; i < 10; i++) yield { type: 'audio', pcm };
  }
  const speechToSpeech: SpeechToSpeech = {
    begin({ history }) {
      let finish = () => {};
      const complete = new Promise<void>((resolve) => {
        finish = resolve;
      });
      return {
        push(frames) {
          pushed += frames.length;
        },
        finish: () => finish(),
        output: answer(history.length, complete),
        heard: (playedMs) => heard.push(playedMs),
      };
    },
    async close() {},
  };
  const { device, parts, speak, report, clock } = await kitchen({ texts: [] }, { speechToSpeech });
  await speak();
  assert.equal(pushed, 4);
  assert.equal(arrivals(device, 'turn.processing').at(-1)?.message.transcript, 'what time is it 0');
  assert.deepEqual(captions(device), ['It is noon.', 'Time to eat.']);
  assert.equal(replied(device, 1), 20);
  report(1, 'aborted', 200);
  await clock.run(10);
  assert.deepEqual(heard, [200]);
  const [, said] = await parts.messages();
  assert.match(said?.[1] ?? '', /^It is noon\.$/);
  await speak();
  assert.equal(arrivals(device, 'turn.processing').at(-1)?.message.transcript, 'what time is it 2');
});

test('a model that hears and speaks itself asks the person, too, before it uses a risky tool', async () => {
  const used: unknown[] = [];
  const unlock: Tool = {
    ...{ name: 'unlock', effect: 'asks', description: '', parameters: {} },
    async call(input) {
      used.push(input);
      return 'The door is open.';
    },
  };
  /** What the person says, as it is written down after the model has called the tool; undefined: never. */
  const said = ['unlock the door', 'Yes, please.', 'unlock the door', 'better not', 'unlock the door', undefined];
  const results: string[] = [];
  async function* answer(words: string | undefined, call: () => Promise<string>): AsyncGenerator<SpokenOutput> {
    const result = call();
    if (words !== undefined) yield { type: 'transcript', text: words };
    results.push(await result);
    yield { type: 'text', text: 'Well. ' };
    yield { type: 'audio', pcm: { samples: new Int16Array(320), sampleRateHz: 16_000 } };
  }
  const speechToSpeech: SpeechToSpeech = {
    begin({ tools: [tool], device, turnId, nowMs }, signal) {
      let finish = () => {};
      const complete = new Promise<void>((resolve) => {
        finish = resolve;
      });
      const call = async () => {
        await complete;
        return (await tool?.call({ door: 'front' }, { device, turnId, nowMs, signal })) ?? '';
      };
      return { push() {}, finish: () => finish(), output: answer(said.shift(), call), heard() {} };
    },
    async close() {},
  };
  const { speak, report } = await kitchen({ texts: [] }, { speechToSpeech, tools: () => [unlock] });
  for (let turn = 1; turn <= 6; turn++) {
    await speak();
    report(turn, 'drained', 20);
  }
  assert.deepEqual(
    results.map((result) => (result.startsWith('Not done yet') ? 'asked' : result)),
    ['asked', 'The door is open.', 'asked', 'asked', 'asked', 'asked'],
  );
  assert.equal(used.length, 1);
});
