/** OpenAI Realtime against a peer with real speech in both directions. */
import assert from 'node:assert/strict';
import { after, before, beforeEach, test } from 'node:test';
import { realtime } from '../../../actors/assistant/openai-realtime/provider.ts';
import type { BrainRequest } from '../../../actors/assistant/parts/brain.ts';
import type { SpeechToSpeech, SpokenOutput, SpokenTurn } from '../../../actors/assistant/parts/speech-to-speech.ts';
import type { Tool } from '../../../actors/assistant/parts/tool.ts';
import { concatenate } from '../../../actors/sound/s16.ts';
import { inSpan } from '../../../src/core/process/running-span.ts';
import { type Peer, startPeer } from '../../assistant-peer/peer.ts';
import { createPeerSpeech, type PeerSpeech } from '../../assistant-peer/speech.ts';
import { eventually } from '../../support/eventually.ts';
import { countOwnTime } from '../../support/own-time.ts';
import { recordedSpan } from '../../support/recorded-span.ts';
import { brainRequest, opusFrames, settingsFor, testContext } from './parts.ts';

const ANSWER = 'It is ten past nine, and the sun is shining over the hills and the sea.';

let peerSpeech: PeerSpeech;
let peer: Peer;
let model: SpeechToSpeech;
/** With a short limit of time. */
let impatient: SpeechToSpeech;
let question: Uint8Array[];
/** Each test has a device of its own, and so a conversation. */
let tests = 0;
let sessionsBefore = 0;
const context = testContext();

before(async () => {
  peerSpeech = await createPeerSpeech();
  peer = await startPeer({ speech: peerSpeech });
  question = opusFrames((await peerSpeech.speak('What time is it?')).samples);
  // Loads the models of the peer: its own delay must not count.
  await peerSpeech.recognise(await peerSpeech.speak(ANSWER));
  model = await realtime.create(settingsFor(peer, 'realtime', { timeoutMs: 10_000 }), context);
  impatient = await realtime.create(settingsFor(peer, 'realtime', { timeoutMs: 2_000 }), context);
});
beforeEach(() => {
  context.used.length = 0;
  peer.rules = [{ heard: /what time is it/i, say: ANSWER }];
  tests += 1;
  sessionsBefore = peer.sessions.length;
});
after(async () => {
  await Promise.all([model.close(), impatient.close()]);
  await peer.close();
  await peerSpeech.close();
});

const sessions = () => peer.sessions.slice(sessionsBefore);

function begin(request: Partial<BrainRequest> = {}, signal = new AbortController().signal, by = model): SpokenTurn {
  const { text: _, device, ...rest } = brainRequest('', { history: [PAST], ...request });
  return by.begin({ ...rest, device: { ...device, name: `device ${tests}` } }, signal);
}

const PAST = { role: 'person', text: 'My name is Anna.', turnId: '0', atMs: 0 } as const;

interface Answer {
  transcript: string;
  text: string;
  samples: Int16Array;
  tools: unknown[];
}

async function answerOf(turn: SpokenTurn, onOutput: (output: SpokenOutput) => void = () => {}): Promise<Answer> {
  const parts: Int16Array[] = [];
  const answer: Answer = { transcript: '', text: '', samples: new Int16Array(), tools: [] };
  for await (const output of turn.output) {
    if (output.type === 'audio') parts.push(output.pcm.samples);
    else if (output.type === 'tool') answer.tools.push(output.call);
    else answer[output.type === 'text' ? 'text' : 'transcript'] += output.text;
    onOutput(output);
  }
  return { ...answer, samples: concatenate(parts) };
}

function ask(request: Partial<BrainRequest> = {}, by = model): Promise<Answer> {
  const turn = begin(request, undefined, by);
  turn.push(question.slice(0, 20), 0);
  turn.push(question.slice(20), 0);
  turn.finish();
  return answerOf(turn);
}

const eventsOf = (session = sessions()[0]) => session?.events.map(({ type }) => type) ?? [];

test('a question is heard and answered, word for word; turns share a connection; its calls are spans', async () => {
  const span = recordedSpan();
  const { transcript, text, samples } = await inSpan(span, () => ask());
  assert.deepEqual([transcript, text], ['What time is it?', ANSWER]);
  assert.match(
    await peerSpeech.recognise({ samples, sampleRateHz: 24_000 }),
    /it is ten p.st.nine.*hills and the sea/i,
  );
  assert.equal((await ask()).text, ANSWER);
  assert.equal(sessions().length, 1);
  const settings = 'session.update';
  const speech = ['input_audio_buffer.commit', 'response.create'];
  assert.deepEqual(eventsOf(), [settings, 'conversation.item.create', ...speech, settings, ...speech]);
  assert.equal(sessions()[0]?.items[0]?.text, PAST.text);
  const [used] = context.used;
  assert.deepEqual([used?.inputTokens, used?.outputTokens], [20, 30]);
  assert.ok((used?.inputAudioMs ?? 0) > 1_000 && (used?.outputAudioMs ?? 0) > 3_000);

  const { hostname, port } = new URL(peer.url);
  const address = { 'server.address': hostname, 'server.port': Number(port) };
  assert.deepEqual(
    span.calls.map(({ name, error }) => [name, error]),
    [
      ['GET /v1/realtime', undefined],
      ['generate_content realtime', undefined],
    ],
    'and the second turn is not traced',
  );
  assert.equal(span.calls[0]?.attributes['http.response.status_code'], 101);
  assert.deepEqual(span.calls[1]?.attributes, {
    ...{ 'gen_ai.operation.name': 'generate_content', 'gen_ai.provider.name': 'openai' },
    ...{ 'gen_ai.request.model': 'realtime', ...address },
    ...{ 'gen_ai.usage.input_tokens': 20, 'gen_ai.usage.output_tokens': 30 },
  });
  assert.doesNotMatch(JSON.stringify(span.calls), /time is it|ten past/);
});

test('an interrupted answer is cancelled at once, and the model forgets what was not heard', async () => {
  peer.delays.audioMs = 20;
  const controller = new AbortController();
  const span = recordedSpan();
  const turn = inSpan(span, () => begin({}, controller.signal));
  turn.push(question, 0);
  inSpan(span, () => turn.finish());
  let receivedMs = 0;
  let passedMs: (() => number) | undefined;
  await answerOf(turn, (output) => {
    if (output.type !== 'audio') return;
    receivedMs += output.pcm.samples.length / 24;
    if (receivedMs < 1_000 || passedMs) return;
    passedMs = countOwnTime();
    controller.abort();
    // More than was received: clamped, so the whole of it is kept.
    turn.heard(640);
  });
  const [session] = sessions();
  assert.ok(session);
  await eventually(() => eventsOf().includes('conversation.item.truncate'), 'conversation.item.truncate');
  const tookMs = passedMs?.() ?? Number.NaN;
  assert.ok(tookMs < 50, `the peer sees it after ${tookMs} ms`);
  const at = eventsOf().indexOf('response.cancel');
  assert.deepEqual(eventsOf().slice(at), ['response.cancel', 'conversation.item.truncate']);
  await eventually(() => session.items.at(-1)?.audioMs === 640, 'the answer is cut to what was heard');
  const heard = session.items.at(-1)?.text ?? '';
  assert.ok(ANSWER.startsWith(heard) && heard.length < ANSWER.length, heard);
  assert.equal(context.used.length, 1);
  assert.equal(span.calls.at(-1)?.error, 'aborted');

  // The connection is usable, and nothing of the old answer comes.
  peer.delays.audioMs = 0;
  assert.equal((await ask()).text, ANSWER);
  assert.equal(sessions().length, 1);
});

test('an answer that was not heard at all is deleted; one that was heard is kept', async () => {
  const turn = begin();
  turn.push(question, 0);
  turn.finish();
  const { samples } = await answerOf(turn);
  turn.heard(samples.length / 24 + 5_000);
  turn.heard(0);
  await eventually(() => eventsOf().includes('conversation.item.delete'), 'conversation.item.delete');
  assert.ok(!eventsOf().includes('conversation.item.truncate'));
});

test('speech that was not finished is cleared', async () => {
  const controller = new AbortController();
  const turn = begin({}, controller.signal);
  turn.push(question, 0);
  await eventually(() => (sessions()[0]?.speechBytes ?? 0) > 0, 'the speech is sent');
  controller.abort();
  assert.equal((await answerOf(turn)).text, '');
  await eventually(() => eventsOf().includes('input_audio_buffer.clear'), 'what was sent is cleared');
  assert.equal((await ask()).transcript, 'What time is it?');
});

test('tools are called, and their results are spoken', async () => {
  peer.rules = [{ heard: /what time/i, call: { name: 'clock', input: { zone: 'Berlin' } } }];
  const clock: Tool = {
    name: 'clock',
    description: 'Tells the time.',
    parameters: { type: 'object' },
    effect: 'reads',
    call: async ({ zone }) => `In ${zone} it is noon.`,
  };
  const { text, tools } = await ask({ tools: [clock] });
  assert.equal(text, 'In Berlin it is noon.');
  assert.deepEqual(tools, [{ name: 'clock', input: { zone: 'Berlin' }, result: 'In Berlin it is noon.' }]);
});

test('after the person had everything forgotten, the model knows nothing', async () => {
  await ask();
  await ask({ history: [] });
  assert.equal(sessions().length, 2);
  assert.deepEqual(
    sessions()[1]
      ?.items.map(({ text }) => text)
      .slice(0, 1),
    ['What time is it?'],
  );
});

test('a connection that breaks between turns is made again, with what was said', async () => {
  await ask();
  sessions()[0]?.disconnect();
  await eventually(() => context.lines.some((line) => line.includes('made again')), 'the connection is made again');
  assert.equal((await ask()).text, ANSWER);
  assert.ok(sessions().length >= 2);
  assert.equal(sessions().at(-1)?.items[0]?.text, PAST.text);
});

test('a connection that breaks before the answer: the question is asked again', async () => {
  peer.fail({ kind: 'disconnect', path: 'response.create' });
  const { transcript, text } = await ask();
  assert.deepEqual([transcript, text], ['What time is it?', ANSWER]);
  assert.equal(sessions().length, 2);
});

for (const [name, fault, code, hasAudio] of [
  ['a refused key', { kind: 'status', status: 401, path: '/v1/realtime' }, 'assistant_key_refused', false],
  ['an unknown model', { kind: 'status', status: 404, path: '/v1/realtime' }, 'assistant_refused', false],
  ['a server that does not answer', { kind: 'hang', path: '/v1/realtime' }, 'assistant_timeout', false],
  ['no answer', { kind: 'hang', path: 'response.create' }, 'assistant_timeout', false],
  ['no credit', { kind: 'status', status: 429, path: 'response.create' }, 'assistant_rate_limited', false],
  [
    'a disconnect in the middle',
    { kind: 'disconnect in the middle', after: 4, path: 'response.create' },
    'assistant_unreachable',
    true,
  ],
  [
    'a hang in the middle',
    { kind: 'hang in the middle', after: 4, path: 'response.create' },
    'assistant_timeout',
    true,
  ],
  [
    'an event that is not JSON',
    { kind: 'text', text: '{', after: 4, path: 'response.create' },
    'assistant_bad_answer',
    true,
  ],
] as const) {
  test(`fault: ${name}`, async () => {
    const by = code === 'assistant_timeout' ? impatient : model;
    peer.fail(fault);
    const span = recordedSpan();
    const turn = inSpan(span, () => begin({}, undefined, by));
    turn.push(question, 0);
    inSpan(span, () => turn.finish());
    let audio = 0;
    await assert.rejects(
      answerOf(turn, ({ type }) => {
        if (type === 'audio') audio += 1;
      }),
      { code },
    );
    assert.equal(audio > 0, hasAudio);
    // Of a handshake that is refused it is the status.
    const failure = span.calls.at(-1)?.error ?? assert.fail('no span has failed');
    if (span.calls.length > 1) assert.equal(failure, code);
    // The line is usable.
    assert.equal((await ask({}, by)).text, ANSWER);
  });
}

test('a cancelled response that does not end: the next question is asked on another connection, long before its time is over', async () => {
  peer.fail({ kind: 'hang', path: 'response.create' });
  peer.fail({ kind: 'hang', path: 'response.cancel' });
  const controller = new AbortController();
  const turn = begin({}, controller.signal);
  turn.push(question, 0);
  turn.finish();
  await eventually(() => eventsOf().includes('response.create'), 'response.create');
  controller.abort();
  assert.equal((await answerOf(turn)).text, '');
  await eventually(() => eventsOf().includes('response.cancel'), 'response.cancel');
  const startMs = performance.now();
  assert.equal((await ask()).text, ANSWER);
  const tookMs = performance.now() - startMs;
  assert.ok(tookMs < 8_000, `${tookMs} ms`);
  assert.equal(sessions().length, 2);
  assert.ok(context.lines.some((line) => line.includes('does not end a response')));
});

test('an answer of ten minutes is cut', async () => {
  peer.fail({ kind: 'repeat', times: 600, path: 'response.create' });
  const { samples } = await ask();
  const seconds = samples.length / 24_000;
  assert.ok(seconds > 240 && seconds < 245, `${seconds} s`);
  await eventually(() => eventsOf().includes('response.cancel'), 'response.cancel');
});

test('neither the key nor what was said stands in the log', () => {
  const all = context.lines.join('\n');
  for (const secret of [peer.key, 'What time', 'Anna', 'ten past']) assert.ok(!all.includes(secret), secret);
});
