/** Every fault of a provider: the error that a person is told, one retry where it is safe, and nothing that must stay secret. */
import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { after, before, beforeEach, test } from 'node:test';
import { inspect } from 'node:util';
import { chat, speech, transcription } from '../../../actors/assistant/openai/providers.ts';
import type { ProviderSettings } from '../../../actors/assistant/parts/provider.ts';
import type { Fault } from '../../assistant-peer/faults.ts';
import { type Peer, startPeer } from '../../assistant-peer/peer.ts';
import { createPeerSpeech, type PeerSpeech } from '../../assistant-peer/speech.ts';
import { createCertificate } from '../../support/certificate.ts';
import { eventually } from '../../support/eventually.ts';
import { brainRequest, NEVER, opusFrames, PATIENT_MS, settingsFor, testContext } from './parts.ts';

const QUESTION = 'What is the meaning of the secret word?';

let peerSpeech: PeerSpeech;
let peer: Peer;
const context = testContext();
/** All that the process writes, and all errors. */
const written: string[] = [];
const original = { out: process.stdout.write, error: process.stderr.write };

before(async () => {
  // The package would print requests and answers.
  process.env.OPENAI_LOG = 'debug';
  process.stderr.write = ((chunk: string | Uint8Array) => {
    written.push(String(chunk));
    return true;
  }) as typeof process.stderr.write;
  peerSpeech = await createPeerSpeech();
  peer = await startPeer({ speech: peerSpeech });
});
beforeEach(() => {
  peer.requests.length = 0;
});
after(async () => {
  process.stderr.write = original.error;
  await peer.close();
  await peerSpeech.close();
});

/** What came before the end, and how it ended. */
async function ask(settings: Partial<ProviderSettings> = {}) {
  const brain = await chat.create(settingsFor(peer, 'chat', settings), context);
  let text = '';
  try {
    for await (const output of brain.answer(brainRequest(QUESTION), NEVER)) {
      if (output.type === 'text') text += output.text;
    }
    return { text, code: 'ok', message: '' };
  } catch (error) {
    return { text, ...described(error) };
  } finally {
    await brain.close();
  }
}

function described(error: unknown): { code: string; message: string } {
  written.push(inspect(error, { depth: 9 }));
  const { code, message, hint } = error as { code: string; message: string; hint: string };
  assert.match(code, /^assistant_/, String(error));
  assert.ok(hint.length > 10);
  return { code, message };
}

const WHOLE = `You said: ${QUESTION}`;
const START = 'You said:';
const status = (code: number, more: Partial<Extract<Fault, { kind: 'status' }>> = {}): Fault => ({
  kind: 'status',
  status: code,
  ...more,
});

interface Case {
  name: string;
  faults: Fault[];
  code: string;
  requests: number;
  text?: string;
  message?: RegExp;
  timeoutMs?: number;
}

const CASES: Case[] = [
  { name: 'a refused key', faults: [status(401)], code: 'assistant_key_refused', requests: 1 },
  { name: 'a key without the right', faults: [status(403)], code: 'assistant_key_refused', requests: 1 },
  {
    name: 'too many requests, for a moment',
    faults: [status(429, { headers: { 'retry-after': '0.05' } })],
    code: 'ok',
    text: WHOLE,
    requests: 2,
  },
  {
    name: 'too many requests, for an hour',
    faults: [status(429, { headers: { 'retry-after': '3600' } })],
    code: 'assistant_rate_limited',
    message: /for 3600 s/,
    requests: 1,
  },
  {
    name: 'no credit',
    faults: [status(429, { body: '{"error":{"code":"insufficient_quota"}}' })],
    code: 'assistant_rate_limited',
    message: /credit/,
    requests: 1,
  },
  { name: 'a fault that passes', faults: [status(500)], code: 'ok', text: WHOLE, requests: 2 },
  {
    name: 'a fault that stays',
    faults: [status(500), status(503)],
    code: 'assistant_failed',
    message: /503/,
    requests: 2,
  },
  {
    name: 'a wrong model',
    faults: [status(404, { body: '{"error":{"code":"model_not_found","message":"secret"}}' })],
    code: 'assistant_refused',
    message: /no such model/,
    requests: 1,
  },
  {
    name: 'a hang before the first token',
    faults: [{ kind: 'hang' }],
    code: 'assistant_timeout',
    timeoutMs: 300,
    requests: 1,
  },
  {
    name: 'a hang in the middle',
    faults: [{ kind: 'hang in the middle', after: 3 }],
    code: 'assistant_timeout',
    text: START,
    timeoutMs: 1_000,
    requests: 1,
  },
  { name: 'a disconnect before the answer', faults: [{ kind: 'disconnect' }], code: 'ok', text: WHOLE, requests: 2 },
  {
    name: 'two disconnects before the answer',
    faults: [{ kind: 'disconnect' }, { kind: 'disconnect' }],
    code: 'assistant_unreachable',
    requests: 2,
  },
  {
    name: 'a disconnect in the middle',
    faults: [{ kind: 'disconnect in the middle', after: 3 }],
    code: 'assistant_unreachable',
    text: START,
    requests: 1,
  },
  {
    name: 'half a line',
    faults: [{ kind: 'half a line', after: 3 }],
    code: 'assistant_bad_answer',
    text: START,
    message: /in the middle/,
    requests: 1,
  },
  {
    name: 'events that are not JSON',
    faults: [{ kind: 'text', text: 'data: secret\n\n', after: 0 }],
    code: 'assistant_bad_answer',
    requests: 1,
  },
  {
    name: 'no events at all',
    faults: [
      { kind: 'text', text: '<html>', after: 0 },
      { kind: 'text', text: '<html>', after: 0 },
    ],
    code: 'assistant_bad_answer',
    message: /empty/,
    requests: 2,
  },
  {
    name: 'an error among the events',
    faults: [{ kind: 'text', text: 'data: {"error":{"message":"secret"}}\n\n', after: 3 }],
    code: 'assistant_failed',
    text: START,
    requests: 1,
  },
  { name: 'an empty answer', faults: [{ kind: 'empty' }], code: 'ok', text: WHOLE, requests: 2 },
  {
    name: 'two empty answers',
    faults: [{ kind: 'empty' }, { kind: 'empty' }],
    code: 'assistant_bad_answer',
    requests: 2,
  },
  {
    name: 'slow tokens',
    faults: [{ kind: 'slow', pieceMs: 150 }],
    code: 'ok',
    text: WHOLE,
    timeoutMs: 1_200,
    requests: 1,
  },
  {
    name: 'a line without an end',
    faults: [{ kind: 'endless line', after: 3 }],
    code: 'assistant_bad_answer',
    text: START,
    message: /more than 1048576 bytes/,
    requests: 1,
  },
];

for (const { name, faults, code, requests, text = '', message = /./, timeoutMs = PATIENT_MS } of CASES) {
  test(`brain: ${name}`, async () => {
    peer.fail(...faults);
    const end = await ask({ timeoutMs });
    assert.deepEqual({ code: end.code, text: end.text }, { code, text });
    if (code !== 'ok') assert.match(end.message, message);
    assert.equal(peer.requests.length, requests);
    // The line is usable: the next question is answered.
    assert.equal((await ask()).text, WHOLE);
  });
}

test('brain: an answer of ten minutes is cut, and not received', async () => {
  peer.fail({ kind: 'repeat', times: 2_000 });
  const { code, text } = await ask();
  assert.equal(code, 'ok');
  assert.ok(text.length >= 4_000 && text.length < 4_100);
  await eventually(() => peer.requests[0]?.abortedAtMs, 'the request is aborted');
});

test('brain: a redirect is not followed, so neither the key nor the question goes elsewhere', async () => {
  let requests = 0;
  const elsewhere = createServer((_request, response) => {
    requests += 1;
    response.end();
  });
  await new Promise<void>((resolve) => elsewhere.listen(0, '127.0.0.1', resolve));
  const address = elsewhere.address();
  assert.ok(address && typeof address === 'object');
  peer.fail({ kind: 'redirect', to: `http://127.0.0.1:${address.port}/v1/chat/completions` });
  const { code, message } = await ask();
  assert.deepEqual([code, requests], ['assistant_refused', 0]);
  assert.match(message, /redirects/);
  elsewhere.close();
});

test('brain: a certificate that is not valid, and a server that is not there', async (t) => {
  const certificate = await createCertificate();
  if (!certificate) return t.skip('needs openssl for a certificate');
  const secure = await startPeer({ speech: peerSpeech, certificate });
  const { code, message } = await ask({ url: secure.url });
  await secure.close();
  assert.equal(code, 'assistant_unreachable');
  assert.match(message, /certificate/);
  assert.equal(secure.requests.length, 0);
  assert.match((await ask({ url: secure.url })).message, /nothing listens/);
});

test('transcriber: its faults', async () => {
  const { samples } = await peerSpeech.speak('Open the secret door.');
  const frames = opusFrames(samples);
  const patient = await transcription.create(settingsFor(peer, 'moonshine'), context);
  const impatient = await transcription.create(settingsFor(peer, 'moonshine', { timeoutMs: 300 }), context);
  for (const [faults, code] of [
    [[status(500)], 'ok'],
    [[status(500), status(500)], 'assistant_failed'],
    [[status(413)], 'assistant_refused'],
    [[{ kind: 'hang' }], 'assistant_timeout'],
    [[{ kind: 'disconnect in the middle', after: 0 }], 'ok'],
    [[{ kind: 'half a line', after: 0 }], 'assistant_bad_answer'],
    [[{ kind: 'text', text: '{"words":[]}', after: 0 }], 'assistant_bad_answer'],
    [[{ kind: 'empty' }], 'assistant_bad_answer'],
  ] as [Fault[], string][]) {
    peer.fail(...faults);
    const transcriber = code === 'assistant_timeout' ? impatient : patient;
    const utterance = transcriber.begin({ device: 'kitchen', language: 'en', signal: NEVER });
    utterance.push(frames, 0);
    const end = await utterance.finish().then(({ text }) => ({ code: 'ok', message: text }), described);
    assert.equal(end.code, code, JSON.stringify(faults));
    if (code === 'ok') assert.equal(end.message, 'Open the secret door.');
  }
  await Promise.all([patient.close(), impatient.close()]);
});

test('synthesizer: its faults', async () => {
  for (const [faults, code, hasAudio] of [
    [[status(500)], 'ok', true],
    [[status(400)], 'assistant_refused', false],
    [[{ kind: 'hang' }], 'assistant_timeout', false],
    [[{ kind: 'hang in the middle' }], 'assistant_timeout', true],
    [[{ kind: 'disconnect' }], 'ok', true],
    [[{ kind: 'disconnect in the middle' }], 'assistant_unreachable', true],
    [[{ kind: 'text', text: '{"error":"secret"}', after: 0 }], 'assistant_bad_answer', false],
    [[{ kind: 'text', text: 'ID3 and so on', after: 0 }], 'assistant_bad_answer', false],
    [[{ kind: 'text', text: 'RIFF----WAVEjunk', after: 0 }], 'assistant_bad_answer', false],
    [[{ kind: 'empty' }], 'ok', true],
    [[{ kind: 'empty' }, { kind: 'empty' }], 'assistant_bad_answer', false],
  ] as [Fault[], string, boolean][]) {
    peer.fail(...faults);
    // Time enough for the first audio.
    const timeoutMs = code === 'assistant_timeout' ? 3_000 : PATIENT_MS;
    const synthesizer = await speech.create(settingsFor(peer, 'flite', { timeoutMs }), context);
    let samples = 0;
    let end = 'ok';
    try {
      const spoken = synthesizer.speak('The secret word is bread.', {
        device: 'kitchen',
        language: 'en',
        signal: NEVER,
      });
      for await (const pcm of spoken) samples += pcm.samples.length;
    } catch (error) {
      end = described(error).code;
    }
    assert.deepEqual([end, samples > 0], [code, hasAudio], JSON.stringify(faults));
    await synthesizer.close();
  }
});

test('neither a key nor what was said stands in anything that was written', () => {
  const all = [...written, ...context.lines].join('\n');
  assert.ok(context.lines.length > 5 && written.length > 20);
  for (const secret of [peer.key, 'sk-secret', 'secret', 'You said']) {
    const at = all.indexOf(secret);
    assert.equal(at, -1, `${secret}: ${all.slice(Math.max(0, at - 100), at + 100)}`);
  }
});
