/**
 * An interruption of a whole turn, as the provider sees it: the assistant as a gateway has it, with the guards around its parts, its voice and
 * its encoder. The parts alone are in openai.test.ts.
 */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { createAssistant } from '../../../actors/assistant/answer/assistant.ts';
import { createMemory } from '../../../actors/assistant/memory/conversation-memory.ts';
import { createReplyVoice, type GatewayVoice } from '../../../actors/assistant/speech/reply-voice.ts';
import { createPacketizer } from '../../../actors/codec/packetizer.ts';
import { defineResponder, type Responder } from '../../../actors/responder/responder.ts';
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
import { type Peer, type PeerRequest, startPeer } from '../../assistant-peer/peer.ts';
import { createPeerSpeech, type PeerSpeech } from '../../assistant-peer/speech.ts';
import { opusFrames } from './parts.ts';

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

setFlagsFromString('--expose-gc');
const collectGarbage: () => void = runInNewContext('gc');

/** With its own limits of time, a busy machine would be told an apology. */
const hosting = { clock: patientClock(systemClock, 20), log: silentLog };
const memory = createMemory(hosting);
const question = opusFrames(await readSpeechFile(BUNDLED_QUESTION));
let peerSpeech: PeerSpeech;
let peer: Peer;
let parts: AssistantParts;
let voice: GatewayVoice;
let responder: Responder;

before(async () => {
  peerSpeech = await createPeerSpeech();
  peer = await startPeer({ speech: peerSpeech, rules: [{ heard: /./, say: STORY }] });
  const models = { EARSHOT_TRANSCRIBER_MODEL: 'm', EARSHOT_BRAIN_MODEL: 'm', EARSHOT_SYNTHESIZER_MODEL: 'm' };
  const environment = { XDG_CONFIG_HOME: '/nowhere', OPENAI_BASE_URL: peer.url, OPENAI_API_KEY: peer.key, ...models };
  const config = await loadAssistantConfig({ spec: 'openai', environment });
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

/** Asks the question, and waits until so much of the answer was sent that some words were heard. */
async function heard(turn: number) {
  const received = createChannel<ReceivedPacket>({ name: 'utterance', limit: 1_000, whenFull: 'drop-newest' });
  let frames = 0;
  let failure: string | undefined;
  let isHeard: () => void = () => {};
  const someWords = new Promise<void>((resolve) => {
    isHeard = resolve;
  });
  const actor = runActor<ResponderContract>(
    'responder',
    defineResponder({
      ...{ responder, received, device: () => defaultProfile('kitchen') },
      reply: {
        send(packet) {
          frames += packet.frames.length;
          if (frames >= FRAMES_HEARD) isHeard();
        },
      },
    }),
    hosting,
    (event) => {
      if (event.type === 'responder.failed') failure = event.error.message;
    },
    (crash) => {
      failure = String(crash);
    },
  );
  actor.receive({ type: 'responder.begin', turn, id: `turn-${turn}` });
  const packetizer = createPacketizer(turn, FRAMES_PER_CHUNK);
  for (const [i, frame] of question.entries())
    packetizer.add(frame, i * SAMPLES_PER_FRAME, (packet) => received.send({ turn, packet }));
  received.send({ turn, packet: packetizer.finish() });
  await someWords;
  return { actor, frames: () => frames, failure: () => failure };
}

test('the text and the speech of an interrupted answer end within 50 ms at the provider, and nothing of it is sent or remembered', async () => {
  // Both are in the middle when the person interrupts: the rest never comes.
  for (const _draftAndQuestion of [1, 2])
    peer.fail({ path: '/v1/chat/completions', kind: 'hang in the middle', after: FIRST_SENTENCE_TOKENS + 4 });
  peer.fail({ path: '/v1/audio/speech', kind: 'hang in the middle', after: PIECES });
  const turn = await heard(1);
  // What an abort depends on may be held weakly.
  collectGarbage();
  turn.actor.receive({ type: 'responder.abort', turn: 1 });
  const frames = turn.frames();
  const streams = requestsFor('/v1/chat/completions', '/v1/audio/speech');
  assert.equal(streams.length, 2);
  const endedMs = await ownTimeUntil(() => streams.every(({ abortedAtMs }) => abortedAtMs !== undefined));
  assert.ok(endedMs < LIMIT_MS, `${endedMs} ms`);
  assert.equal(turn.frames(), frames, 'frames after the interruption');
  assert.equal(turn.failure(), undefined);
  const failures = parts.stats().map(({ part, failures: count }) => `${part} ${count}`);
  assert.deepEqual(failures.sort(), ['brain 0', 'synthesizer 0', 'transcriber 0']);

  turn.actor.receive({ type: 'responder.played', turn: 1, event: 'aborted', playedMs: PLAYED_MS });
  const { messages } = await memory.recall('kitchen');
  const remembered = messages.find(({ role }) => role === 'assistant')?.text ?? '';
  assert.ok(STORY.startsWith(remembered.replace(/…$/, '')), remembered);
  assert.ok(Math.abs(remembered.split(' ').length - HEARD.split(' ').length) <= 1, remembered);
});

function requestsFor(...paths: string[]): PeerRequest[] {
  return paths.flatMap((path) => peer.requests.findLast((request) => request.path === path) ?? []);
}

/** In milliseconds in which this process had a processor: on a busy machine it may be stopped at any time. */
async function ownTimeUntil(isOver: () => boolean): Promise<number> {
  for (let ms = 0; ; ms++) {
    if (isOver()) return ms;
    assert.ok(ms < 5_000, 'it does not end');
    await wait(1);
  }
}
