/** The peer, driven by OpenAI's own client: so that what is tested against the peer would work with OpenAI. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import OpenAI, { APIError, toFile } from 'openai';
import { OpenAIRealtimeWS } from 'openai/realtime/ws';
import type { RealtimeServerEvent } from 'openai/resources/realtime/realtime';
import { createCertificate } from '../support/certificate.ts';
import { once } from '../support/in-time.ts';
import { samplesOf } from './audio.ts';
import { PEER_KEY, type Peer, startPeer } from './peer.ts';
import { createPeerSpeech, type PeerSpeech } from './speech.ts';

let speech: PeerSpeech;
let peer: Peer;
let client: OpenAI;

before(async () => {
  speech = await createPeerSpeech();
  peer = await startPeer({
    speech,
    rules: [
      { heard: /what time is it/i, say: 'It is ten past nine.' },
      { heard: /timer/i, call: { name: 'set_timer', input: { minutes: 5 } } },
    ],
  });
  client = new OpenAI({ baseURL: peer.url, apiKey: PEER_KEY, maxRetries: 0 });
});
after(async () => {
  await peer.close();
  await speech.close();
});

const TOOL = {
  type: 'function',
  function: { name: 'set_timer', parameters: { type: 'object', properties: { minutes: { type: 'number' } } } },
} as const;

test('speech makes the round trip word for word, whole and streamed', async () => {
  const input = 'Please add bread to my shopping list.';
  const spoken = await client.audio.speech.create({ model: 'flite', voice: 'rms', input, response_format: 'wav' });
  const file = await toFile(Buffer.from(await spoken.arrayBuffer()), 'speech.wav');
  const heard = await client.audio.transcriptions.create({ model: 'moonshine', file });
  assert.equal(heard.text, input);
  let text = '';
  for await (const event of await client.audio.transcriptions.create({ model: 'moonshine', file, stream: true })) {
    if (event.type === 'transcript.text.delta') text += event.delta;
    if (event.type === 'transcript.text.done') assert.equal(event.text, input);
  }
  assert.equal(text, input);
});

test('pcm is 24 kHz and comes in pieces', async () => {
  const request = { model: 'flite', voice: 'rms', input: 'It is ten past nine.', response_format: 'pcm' } as const;
  const pieces: Buffer[] = [];
  const { body } = await client.audio.speech.create(request);
  assert.ok(body);
  for await (const piece of body) pieces.push(Buffer.from(piece));
  const samples = samplesOf(Buffer.concat(pieces));
  assert.match(await speech.recognise({ samples, sampleRateHz: 24_000 }), /^it is ten past nine/i);
});

test('an answer is streamed, with its usage', async () => {
  const messages = [{ role: 'user', content: 'What time is it?' }] as const;
  const stream = await client.chat.completions.create({
    model: 'chat',
    stream: true,
    stream_options: { include_usage: true },
    messages: [...messages],
  });
  const deltas: string[] = [];
  let tokens = 0;
  for await (const { choices, usage } of stream) {
    if (choices[0]?.delta.content) deltas.push(choices[0].delta.content);
    tokens = usage?.completion_tokens ?? tokens;
  }
  assert.deepEqual([deltas.join(''), deltas.length, tokens], ['It is ten past nine.', 5, 5]);
});

test('the client runs a tool, and the answer has its result', async () => {
  const runner = client.chat.completions.runTools({
    model: 'chat',
    stream: true,
    messages: [{ role: 'user', content: 'Set a timer.' }],
    tools: [
      {
        type: 'function',
        function: {
          ...TOOL.function,
          description: 'Sets a timer.',
          parse: JSON.parse,
          function: ({ minutes }: { minutes: number }) => `A timer of ${minutes} minutes is set.`,
        },
      },
    ],
  });
  assert.equal(await runner.finalContent(), 'A timer of 5 minutes is set.');
});

test('models are listed; another key is refused', async () => {
  assert.ok((await client.models.list()).data.some(({ id }) => id === 'moonshine'));
  const stranger = new OpenAI({ baseURL: peer.url, apiKey: 'sk-other', maxRetries: 0 });
  await assert.rejects(stranger.models.list(), (error) => error instanceof APIError && error.status === 401);
});

test('the client sees the faults that were ordered', async () => {
  const ask = () =>
    client.chat.completions.create({ model: 'chat', messages: [{ role: 'user', content: 'x' }], stream: true });
  peer.fail({ kind: 'status', status: 429, headers: { 'retry-after': '7' } });
  await assert.rejects(ask(), (error) => error instanceof APIError && error.headers?.get('retry-after') === '7');
  peer.fail({ kind: 'disconnect in the middle' });
  await assert.rejects(async () => {
    for await (const _ of await ask());
  });
});

test("a Realtime conversation by the client's own class", async (t) => {
  const certificate = await createCertificate();
  if (!certificate) return t.skip('needs openssl for a certificate');
  const secure = await startPeer({ speech, rules: peer.rules, certificate });
  try {
    const realtime = new OpenAIRealtimeWS(
      { model: 'realtime', options: { ca: certificate.cert } },
      new OpenAI({ baseURL: secure.url.replace('127.0.0.1', 'localhost'), apiKey: PEER_KEY }),
    );
    const seen: RealtimeServerEvent[] = [];
    realtime.on('event', (event) => seen.push(event));
    await once(realtime.socket, 'open');
    realtime.send({
      type: 'session.update',
      session: {
        type: 'realtime',
        output_modalities: ['audio'],
        tools: [{ type: 'function', name: 'set_timer', parameters: TOOL.function.parameters }],
        audio: {
          input: {
            format: { type: 'audio/pcm', rate: 24_000 },
            turn_detection: null,
            transcription: { model: 'moonshine' },
          },
          output: { format: { type: 'audio/pcm', rate: 24_000 }, voice: 'rms' },
        },
      },
    });
    const question = await client.audio.speech.create({
      model: 'flite',
      voice: 'rms',
      input: 'What time is it?',
      response_format: 'pcm',
    });
    const audio = Buffer.from(await question.arrayBuffer()).toString('base64');
    realtime.send({ type: 'input_audio_buffer.append', audio });
    realtime.send({ type: 'input_audio_buffer.commit' });
    realtime.send({ type: 'response.create' });
    await until(realtime, seen, 'response.done');
    const transcripts = seen.flatMap((event) => ('transcript' in event ? [event.transcript] : []));
    assert.deepEqual(transcripts, ['What time is it?', 'It is ten past nine.']);
    const answer = seen.flatMap((event) => (event.type === 'response.output_audio.delta' ? [event] : []));
    const samples = samplesOf(Buffer.concat(answer.map(({ delta }) => Buffer.from(delta, 'base64'))));
    assert.match(await speech.recognise({ samples, sampleRateHz: 24_000 }), /^it is ten past nine/i);

    const [first] = answer;
    assert.ok(first);
    realtime.send({ type: 'conversation.item.truncate', item_id: first.item_id, content_index: 0, audio_end_ms: 400 });
    await until(realtime, seen, 'conversation.item.truncated');
    assert.match(secure.sessions[0]?.items.at(-1)?.text ?? '', /^It is?.{0,6}$/);
    realtime.close();
  } finally {
    await secure.close();
  }
});

async function until(realtime: OpenAIRealtimeWS, seen: RealtimeServerEvent[], type: string): Promise<void> {
  while (!seen.some((event) => event.type === type)) await once(realtime.socket, 'message');
}
