/**
 * Whole turns with a provider: the assistant as a gateway has it, with the guards around its parts, its voice and its encoder. The parts alone
 * are in openai.test.ts and faults.test.ts.
 */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { createAssistant } from '../../../actors/assistant/answer/assistant.ts';
import { createMemory } from '../../../actors/assistant/memory/conversation-memory.ts';
import { createReplyVoice, type GatewayVoice } from '../../../actors/assistant/speech/reply-voice.ts';
import { createPacketizer } from '../../../actors/codec/packetizer.ts';
import type { Responder } from '../../../actors/responder/responder.ts';
import { defineResponder } from '../../../actors/responder/responder-actor.ts';
import { readSpeechFile } from '../../../actors/sound/wav-file.ts';
import { createChannel } from '../../../src/core/actor/channel.ts';
import type { ReceivedPacket } from '../../../src/core/actor/data-plane.ts';
import { runActor } from '../../../src/core/actor/run-actor.ts';
import type { ResponderContract } from '../../../src/core/contracts/index.ts';
import { defaultProfile } from '../../../src/core/device-profile.ts';
import { BUNDLED_QUESTION } from '../../../src/core/files/bundled.ts';
import { DEFAULT_LIMITS } from '../../../src/core/limits/limits.ts';
import { silentLog } from '../../../src/core/log/log.ts';
import { systemClock } from '../../../src/core/time/clock.ts';
import { type AssistantParts, assembleAssistant } from '../../../src/gateway/assistant/assemble.ts';
import { loadAssistantConfig } from '../../../src/gateway/assistant/config.ts';
import { FRAME_MS, FRAMES_PER_CHUNK } from '../../../src/protocol/format.ts';
import { patientClock } from '../../../src/tools/eval/patient-clock.ts';
import type { Fault } from '../../assistant-peer/faults.ts';
import { type Peer, type PeerRequest, startPeer } from '../../assistant-peer/peer.ts';
import { createPeerSpeech, type PeerSpeech } from '../../assistant-peer/speech.ts';
import { eventually } from '../../support/eventually.ts';
import { countOwnTime } from '../../support/own-time.ts';
import { opusFrames } from './parts.ts';

const TRANSCRIPTION = '/v1/audio/transcriptions';
const CHAT = '/v1/chat/completions';
const SPEECH = '/v1/audio/speech';

const LIMIT_MS = 50;
const STORY = 'Once upon a time there was a fox who lived at the edge of a wood. And then it went away.';
const FIRST_SENTENCE_TOKENS = 15;
/** 100 ms each. */
const PIECES = 20;
const FRAMES_HEARD = 85;
const PLAYED_MS = 1_600;
/** What flite's rms has said then. */
const HEARD = 'Once upon a time there';
const SAMPLES_PER_FRAME = 16 * FRAME_MS;
/** Limits of time are so many times as long; a pause before a retry, too. */
const PATIENCE = 10;

setFlagsFromString('--expose-gc');
const collectGarbage: () => void = runInNewContext('gc');

/** With its own limits of time, a busy machine would be told an apology. */
const hosting = { clock: patientClock(systemClock, PATIENCE), log: silentLog };
const memory = createMemory(hosting);
const question = opusFrames(await readSpeechFile(BUNDLED_QUESTION));
let peerSpeech: PeerSpeech;
let peer: Peer;
let parts: AssistantParts;
let voice: GatewayVoice;
let responder: Responder;

before(async () => {
  peerSpeech = await createPeerSpeech();
  peer = await startPeer({ speech: peerSpeech });
  const models = { EARSHOT_TRANSCRIBER_MODEL: 'm', EARSHOT_BRAIN_MODEL: 'm', EARSHOT_SYNTHESIZER_MODEL: 'm' };
  const environment = { XDG_CONFIG_HOME: '/nowhere', OPENAI_BASE_URL: peer.url, OPENAI_API_KEY: peer.key, ...models };
  const config = await loadAssistantConfig({ spec: 'openai', environment });
  // What fails is told, instead of answered by an embedded part.
  for (const part of [config.transcriber, config.brain, config.synthesizer]) delete part.fallback;
  parts = await assembleAssistant(config, { ...hosting, modelsFolder: '', limits: DEFAULT_LIMITS });
  voice = createReplyVoice({ ...hosting, synthesizer: parts.synthesizer, limits: DEFAULT_LIMITS, queues: undefined });
  responder = createAssistant({ ...parts, voice, memory });
});
after(async () => {
  await voice.close();
  await parts.close();
  await peer.close();
  await peerSpeech.close();
});

/** Asks the question. */
function ask(turn: number) {
  const received = createChannel<ReceivedPacket>({ name: 'utterance', limit: 1_000, whenFull: 'drop-newest' });
  const asked = { frames: 0, captions: [] as string[], isFinished: false, failure: undefined as string | undefined };
  const actor = runActor<ResponderContract>(
    'responder',
    defineResponder({
      ...{ responder, received, device: () => defaultProfile('kitchen') },
      reply: {
        send({ frames }) {
          asked.frames += frames.length;
        },
      },
    }),
    hosting,
    (event) => {
      if (event.type === 'responder.failed') asked.failure = event.error.message;
      if (event.type === 'responder.caption') asked.captions.push(event.text);
      if (event.type === 'responder.finished') asked.isFinished = true;
    },
    (crash) => {
      asked.failure = String(crash);
    },
  );
  actor.receive({ type: 'responder.begin', turn, id: `turn-${turn}` });
  const packetizer = createPacketizer(turn, FRAMES_PER_CHUNK);
  for (const [i, frame] of question.entries())
    packetizer.add(frame, i * SAMPLES_PER_FRAME, (packet) => received.send({ turn, packet }));
  received.send({ turn, packet: packetizer.finish() });
  return { actor, asked };
}

test('the text and the speech of an interrupted answer end within 50 ms at the provider, and nothing of it is sent or remembered', async () => {
  peer.rules = [{ heard: /./, say: STORY }];
  // Both are in the middle when the person interrupts: the rest never comes.
  for (const _draftAndQuestion of [1, 2])
    peer.fail({ path: CHAT, kind: 'hang in the middle', after: FIRST_SENTENCE_TOKENS + 4 });
  peer.fail({ path: SPEECH, kind: 'hang in the middle', after: PIECES });
  const { actor, asked } = ask(1);
  await eventually(() => asked.frames >= FRAMES_HEARD || asked.failure !== undefined, 'some words of the answer');
  // What an abort depends on may be held weakly.
  collectGarbage();
  const passedMs = countOwnTime();
  actor.receive({ type: 'responder.abort', turn: 1 });
  const { frames } = asked;
  const streams = requestsFor(CHAT, SPEECH);
  assert.equal(streams.length, 2);
  await eventually(() => streams.every(({ abortedAtMs }) => abortedAtMs !== undefined), 'the end at the provider');
  const endedMs = passedMs();
  assert.ok(endedMs < LIMIT_MS, `${endedMs} ms`);
  assert.equal(asked.frames, frames, 'frames after the interruption');
  assert.equal(asked.failure, undefined);
  const failures = parts.stats().map(({ part, failures: count }) => `${part} ${count}`);
  assert.deepEqual(failures.sort(), ['brain 0', 'synthesizer 0', 'transcriber 0']);

  actor.receive({ type: 'responder.played', turn: 1, event: 'aborted', playedMs: PLAYED_MS });
  const { messages } = await memory.recall('kitchen');
  const remembered = messages.find(({ role }) => role === 'assistant')?.text ?? '';
  assert.ok(STORY.startsWith(remembered.replace(/…$/, '')), remembered);
  assert.ok(Math.abs(remembered.split(' ').length - HEARD.split(' ').length) <= 1, remembered);
});

const faults: readonly (readonly [what: string, says: RegExp, fault: Fault])[] = [
  ['recognition refuses the key', /does not let me in/, { path: TRANSCRIPTION, kind: 'status', status: 401 }],
  [
    'recognition answers with something else',
    /no answer/,
    { path: TRANSCRIPTION, kind: 'text', text: '<p>', after: 0 },
  ],
  ['the model refuses the key', /does not let me in/, { path: CHAT, kind: 'status', status: 401 }],
  [
    'the model is overloaded',
    /I am busy/,
    { path: CHAT, kind: 'status', status: 429, headers: { 'retry-after': '60' } },
  ],
  ['the model ends in half a line', /no answer/, { path: CHAT, kind: 'half a line', after: 3 }],
  ['the voice refuses the key', /does not let me in/, { path: SPEECH, kind: 'status', status: 401 }],
  ['the voice sends no PCM', /no answer/, { path: SPEECH, kind: 'text', text: 'ID3 and so on', after: 0 }],
];
for (const [index, [what, says, fault]] of faults.entries()) {
  test(`${what}: the person hears why, and the next question is answered`, async () => {
    const turn = 100 + 2 * index;
    // A sentence that was said before would come from memory.
    peer.rules = [{ heard: /./, say: `${turn} is the answer.` }];
    // In the pause of the question, and at its end.
    peer.fail(fault, fault);
    const asked = await answered(turn);
    assert.match(asked.captions.join(' '), says);
    assert.ok(asked.frames > 50, `${asked.frames} frames`);
    peer.rules = [{ heard: /./, say: `${turn} it was.` }];
    peer.succeed();
    assert.deepEqual((await answered(turn + 1)).captions, [`${turn} it was.`]);
  });
}

/** Asks, and waits for the end of the answer. */
async function answered(turn: number) {
  const { actor, asked } = ask(turn);
  await eventually(() => asked.isFinished || asked.failure !== undefined, 'the end of the turn');
  assert.equal(asked.failure, undefined);
  // The next question need not wait for it.
  actor.receive({ type: 'responder.played', turn, event: 'drained', playedMs: asked.frames * FRAME_MS });
  return asked;
}

function requestsFor(...paths: string[]): PeerRequest[] {
  return paths.flatMap((path) => peer.requests.findLast((request) => request.path === path) ?? []);
}
