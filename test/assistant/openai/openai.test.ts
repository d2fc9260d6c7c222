/** The three parts of the OpenAI provider, against a peer with real speech. */
import assert from 'node:assert/strict';
import { after, before, beforeEach, test } from 'node:test';
import { chat, speech, transcription } from '../../../actors/assistant/openai/providers.ts';
import type { Tool } from '../../../actors/assistant/parts/tool.ts';
import { concatenate } from '../../../actors/sound/s16.ts';
import { type Peer, startPeer } from '../../assistant-peer/peer.ts';
import { createPeerSpeech, type PeerSpeech } from '../../assistant-peer/speech.ts';
import { eventually } from '../../support/eventually.ts';
import { inTime } from '../../support/in-time.ts';
import { countOwnTime } from '../../support/own-time.ts';
import { brainRequest, NEVER, opusFrames, settingsFor, testContext, textOf } from './parts.ts';

let peerSpeech: PeerSpeech;
let peer: Peer;
const context = testContext();

before(async () => {
  peerSpeech = await createPeerSpeech();
  peer = await startPeer({
    speech: peerSpeech,
    rules: [
      { heard: /what time is it/i, say: 'It is ten past nine.' },
      { heard: /timer/i, call: { name: 'set_timer', input: { minutes: 5 } } },
      { heard: /for ever/i, call: { name: 'again', input: {} } },
    ],
  });
});
beforeEach(() => {
  context.used.length = 0;
  peer.requests.length = 0;
  peer.delays.tokenMs = 0;
});
after(async () => {
  await peer.close();
  await peerSpeech.close();
});

const setTimer: Tool = {
  name: 'set_timer',
  description: 'Sets a timer.',
  parameters: { type: 'object', properties: { minutes: { type: 'number' } } },
  effect: 'changes',
  call: async ({ minutes }) => `A timer of ${minutes} minutes is set.`,
};

test('a question is asked with what was said before, and the answer is streamed and counted', async () => {
  const brain = await chat.create(settingsFor(peer, 'chat'), context);
  const history = [
    { role: 'person', text: 'Hello.', turnId: '1', atMs: 0 },
    { role: 'assistant', text: 'Hello there.', turnId: '1', atMs: 0 },
    // Interrupted before its first word.
    { role: 'assistant', text: '', turnId: '2', atMs: 0 },
  ] as const;
  const request = brainRequest('What time is it?', { history, summary: 'They like tea.' });
  const pieces: string[] = [];
  for await (const output of brain.answer(request, NEVER)) if (output.type === 'text') pieces.push(output.text);
  assert.deepEqual(pieces, ['It', ' is', ' ten', ' past', ' nine.']);
  const [asked] = peer.requests;
  assert.ok(asked);
  assert.equal(asked.authorization, `Bearer ${peer.key}`);
  const [system, ...messages] = asked.body.messages as { role: string; content: string }[];
  assert.match(
    system?.content ?? '',
    /spoken aloud.*\nAnswer in English\. Use metric units\.\n.*tea.*\nIt is Tuesday.*9:00/s,
  );
  assert.deepEqual(messages, [
    { role: 'user', content: 'Hello.' },
    { role: 'assistant', content: 'Hello there.' },
    { role: 'user', content: 'What time is it?' },
  ]);
  assert.deepEqual(context.used, [{ requests: 1, inputTokens: 9, outputTokens: 5 }]);
  await brain.close();
});

test('a conversation is summed up, with the notes so far, and counted', async () => {
  const brain = await chat.create(settingsFor(peer, 'chat'), context);
  const messages = [
    { role: 'person', text: 'I drink only tea.', turnId: '1', atMs: 0 },
    { role: 'assistant', text: 'Noted.', turnId: '1', atMs: 0 },
  ] as const;
  const notes = await brain.summarize?.({ device: 'kitchen', messages, summary: 'Their name is Kim.' }, NEVER);
  assert.equal(notes, 'You said: Notes so far: Their name is Kim.\nPerson: I drink only tea.\nAssistant: Noted.');
  assert.match(JSON.stringify(peer.requests[0]?.body.messages), /Sum up the conversation/);
  assert.equal(context.used[0]?.requests, 1);
  await brain.close();
});

test('tools are called, and the model gets their results; a failed one is a result, too', async () => {
  const brain = await chat.create(settingsFor(peer, 'chat'), context);
  for (const [call, result] of [
    [setTimer.call, 'A timer of 5 minutes is set.'],
    [async () => Promise.reject(new Error('no room')), 'Error: no room'],
  ] as const) {
    const outputs = [];
    for await (const output of brain.answer(brainRequest('Set a timer.', { tools: [{ ...setTimer, call }] }), NEVER)) {
      outputs.push(output);
    }
    const [first, ...rest] = outputs;
    assert.equal(first?.type === 'tool' && (first.call.result ?? `Error: ${first.call.error}`), result);
    assert.equal(rest.map((each) => each.type === 'text' && each.text).join(''), result);
  }
  await brain.close();
});

test('a model that calls tools for ever is stopped', async () => {
  const brain = await chat.create(settingsFor(peer, 'chat'), context);
  let calls = 0;
  const again: Tool = { ...setTimer, name: 'again', call: async () => `call ${++calls}` };
  peer.rules = [{ heard: /for ever/i, call: { name: 'again', input: {} }, isEndless: true }];
  await assert.rejects(textOf(brain.answer(brainRequest('Call it for ever.', { tools: [again] }), NEVER)), {
    code: 'assistant_bad_answer',
  });
  assert.deepEqual([peer.requests.length, calls], [5, 4]);
  await brain.close();
});

test('a server that is compatible, but not the same', async () => {
  const brain = await chat.create(settingsFor(peer, 'chat'), context);
  peer.rules = [{ heard: /timer/i, call: { name: 'set_timer', input: { minutes: 5 } } }];
  peer.fail({ kind: 'minimal' }, { kind: 'minimal' });
  const answer = await textOf(brain.answer(brainRequest('Set a timer.', { tools: [setTimer] }), NEVER));
  assert.equal(answer, 'A timer of 5 minutes is set.');
  assert.ok(context.used.every(({ inputTokens = 0, outputTokens = 0 }) => inputTokens > 0 && outputTokens > 0));
  await brain.close();
});

const LIMIT_MS = 50;

/** How long the end of the iterator and the close at the peer take after an abort. */
async function abortDelays(open: (signal: AbortSignal) => AsyncIterable<unknown>, after: number) {
  peer.requests.length = 0;
  const controller = new AbortController();
  let passed: { endMs: () => number; peerMs: () => number } | undefined;
  let pieces = 0;
  for await (const _ of open(controller.signal)) {
    pieces += 1;
    if (pieces < after) continue;
    passed = { endMs: countOwnTime(), peerMs: countOwnTime() };
    controller.abort();
  }
  const endMs = passed?.endMs() ?? Number.NaN;
  assert.equal(pieces, after, 'nothing comes after it');
  const [request] = peer.requests;
  assert.ok(request);
  await eventually(() => request.abortedAtMs !== undefined, 'the end at the peer');
  return { endMs, peerMs: passed?.peerMs() ?? Number.NaN };
}

test('an aborted answer ends at once and without an error, and the peer sees it', async () => {
  const brain = await chat.create(settingsFor(peer, 'chat'), context);
  peer.delays.tokenMs = 20;
  const story = brainRequest('A long story, please, with many words in it.');
  const { endMs, peerMs } = await abortDelays((signal) => brain.answer(story, signal), 3);
  assert.ok(endMs < LIMIT_MS && peerMs < LIMIT_MS, `ends after ${endMs} ms, for the peer after ${peerMs} ms`);
  assert.ok(context.used.length >= 1, 'and is counted');
  await brain.close();
});

test('an aborted sentence ends at once and without an error, and the peer sees it', async () => {
  const synthesizer = await speech.create(settingsFor(peer, 'flite'), context);
  peer.delays.audioMs = 30;
  const text = 'Please add bread to my shopping list.';
  const open = (signal: AbortSignal) => synthesizer.speak(text, { device: 'kitchen', language: 'en', signal });
  const { endMs, peerMs } = await abortDelays(open, 1);
  assert.ok(endMs < LIMIT_MS && peerMs < LIMIT_MS, `ends after ${endMs} ms, for the peer after ${peerMs} ms`);
  peer.delays.audioMs = 0;
  await synthesizer.close();
});

test('one connection serves all requests, also after an answer that was read to its end', async () => {
  const brain = await chat.create(settingsFor(peer, 'chat'), context);
  await brain.prepare?.();
  for (let i = 0; i < 3; i++) await textOf(brain.answer(brainRequest('Hello.'), NEVER));
  assert.equal(new Set(peer.requests.map(({ connection }) => connection)).size, 1);
  await brain.close();
});

test('what is spoken and what is recognised are the same words', async () => {
  const synthesizer = await speech.create(settingsFor(peer, 'flite', { voice: 'rms' }), context);
  const text = 'Please add bread to my shopping list.';
  const parts: Int16Array[] = [];
  const options = { device: 'kitchen', language: 'en', signal: NEVER };
  for await (const { samples, sampleRateHz } of synthesizer.speak(text, options)) {
    assert.equal(sampleRateHz, 24_000);
    parts.push(samples);
  }
  assert.ok(parts.length > 5, `streamed in ${parts.length} parts`);
  assert.equal(await peerSpeech.recognise({ samples: concatenate(parts), sampleRateHz: 24_000 }), text);
  assert.deepEqual(peer.requests[0]?.body, { model: 'flite', voice: 'rms', input: text, response_format: 'pcm' });

  for (const model of ['moonshine', 'gpt-4o-mini-transcribe']) {
    const transcriber = await transcription.create(settingsFor(peer, model), context);
    const partials: string[] = [];
    const utterance = transcriber.begin({
      device: 'kitchen',
      language: 'en-GB',
      signal: NEVER,
      onPartial: (partial) => partials.push(partial.text),
    });
    const { samples } = await peerSpeech.speak(text);
    const frames = opusFrames(samples);
    utterance.push(frames.slice(0, 50), 0);
    utterance.push(frames.slice(50), 320);
    assert.deepEqual(await utterance.finish(), { text });
    assert.equal(partials.at(-1), model === 'moonshine' ? undefined : text);
    assert.equal(peer.requests.at(-1)?.body.language, 'en');
    await transcriber.close();
  }
  assert.deepEqual(context.used.map(Object.keys), [
    ['requests', 'characters', 'outputAudioMs'],
    ['requests', 'inputAudioMs'],
    ['requests', 'inputAudioMs'],
  ]);
  await synthesizer.close();
});

test('at a pause the text is there already; when the person goes on, it is recognised as a whole', async () => {
  const transcriber = await transcription.create(settingsFor(peer, 'moonshine'), context);
  const silence = new Int16Array(8_000);
  const [first, second] = await Promise.all([peerSpeech.speak('What time is it'), peerSpeech.speak('in Berlin?')]);
  async function utter(...parts: Int16Array[]) {
    const paused: string[] = [];
    let onPause = () => {};
    const utterance = transcriber.begin({
      ...{ device: 'kitchen', language: 'en', signal: NEVER },
      onPause: ({ text }) => {
        paused.push(text);
        onPause();
      },
    });
    for (const part of parts) {
      const pause = new Promise<void>((resolve) => {
        onPause = resolve;
      });
      utterance.push(opusFrames(concatenate([part, silence])), 0);
      await inTime(pause, 'a pause');
    }
    const { text } = await utterance.finish();
    return { paused, text, requests: peer.requests.length };
  }
  const short = await utter(first.samples);
  assert.match(short.text, /^What time is it/);
  assert.deepEqual([short.paused, short.requests], [[short.text], 1]);
  peer.requests.length = 0;
  const long = await utter(first.samples, second.samples);
  assert.match(long.text, /time is it.*Berlin/s);
  assert.deepEqual([long.paused, long.requests], [[short.text, long.text], 2]);

  const nothing = transcriber.begin({ device: 'kitchen', language: 'en', signal: NEVER });
  nothing.push(opusFrames(silence), 0);
  assert.deepEqual([await nothing.finish(), peer.requests.length], [{ text: '' }, 2]);
  await transcriber.close();
});

test('doctor finds out what works', async () => {
  const found: string[] = [];
  for (const check of [
    chat.check?.(settingsFor(peer, 'chat'), context),
    transcription.check?.(settingsFor(peer, 'moonshine'), context),
    speech.check?.(settingsFor(peer, 'flite'), context),
    chat.check?.(settingsFor(peer, 'chat', { key: () => 'sk-wrong' }), context),
  ]) {
    for await (const { name, isOk, found: what } of check ?? [])
      found.push(`${isOk} ${name}: ${what.replace(/\d+ ms/, 'N ms').replace('7 of 8', '8 of 8')}`);
  }
  const where = peer.url.replace(/http:..|.v1/g, '');
  assert.deepEqual(found, [
    `true reachable: openai at ${where} accepts the key`,
    'true first token: chat: after N ms',
    `true reachable: openai at ${where} accepts the key`,
    'true transcription: moonshine: 8 of 8 words understood in N ms',
    `true reachable: openai at ${where} accepts the key`,
    'true first audio: flite: after N ms',
    `false key accepted: openai at ${where} refused the key (HTTP 401)`,
  ]);
});
