/**
 * An interruption of a whole turn, as the provider sees it: the assistant as a gateway has it, with the guards around its parts, its voice and
 * its encoder. The parts alone are in openai.test.ts.
 */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { createAssistant } from '../../../actors/assistant/answer/assistant.ts';
import { createMemory } from '../../../actors/assistant/memory/conversation-memory.ts';
import { createReplyVoice } from '../../../actors/assistant/speech/reply-voice.ts';
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
import { type Peer, type PeerRequest, startPeer } from '../../assistant-peer/peer.ts';
import { createPeerSpeech, type PeerSpeech } from '../../assistant-peer/speech.ts';
import { opusFrames } from './parts.ts';

const LIMIT_MS = 50;
/** A busy machine may stop this process at any time: the best of a few counts. */
const TRIES = 6;
const STORY = 'Once upon a time there was a fox who lived at the edge of a wood. '.repeat(6);
const SAMPLES_PER_FRAME = 16 * FRAME_MS;

const hosting = { clock: systemClock, log: silentLog };
const question = opusFrames(await readSpeechFile(BUNDLED_QUESTION));
let peerSpeech: PeerSpeech;
let peer: Peer;
let parts: AssistantParts;
let voice: ReturnType<typeof createReplyVoice>;
let responder: Responder;

before(async () => {
  peerSpeech = await createPeerSpeech();
  // Slow enough that the text and the speech of an answer are on their way when its first sound is heard.
  const delays = { tokenMs: 20, audioMs: 30 };
  peer = await startPeer({ speech: peerSpeech, delays, rules: [{ heard: /./, say: STORY }] });
  const models = { EARSHOT_TRANSCRIBER_MODEL: 'm', EARSHOT_BRAIN_MODEL: 'm', EARSHOT_SYNTHESIZER_MODEL: 'm' };
  const environment = { XDG_CONFIG_HOME: '/nowhere', OPENAI_BASE_URL: peer.url, OPENAI_API_KEY: peer.key, ...models };
  const config = await loadAssistantConfig({ spec: 'openai', environment });
  parts = await assembleAssistant(config, { ...hosting, modelsFolder: '', limits: DEFAULT_LIMITS });
  voice = createReplyVoice({ ...hosting, synthesizer: parts.synthesizer, limits: DEFAULT_LIMITS, queues: undefined });
  responder = createAssistant({ ...parts, voice, memory: createMemory(hosting) });
});
after(async () => {
  await voice.close();
  await parts.close();
  await peer.close();
  await peerSpeech.close();
});

/** Asks the question, and interrupts the answer at its first sound. Resolves with the requests, when it was, and the frames that came after it. */
async function interrupt(turn: number) {
  peer.requests.length = 0;
  const received = createChannel<ReceivedPacket>({ name: 'utterance', limit: 1_000, whenFull: 'drop-newest' });
  let interruptedAtMs = 0;
  let late = 0;
  await new Promise<void>((resolve, reject) => {
    const send = () => {
      if (interruptedAtMs > 0) {
        late += 1;
        return;
      }
      interruptedAtMs = performance.now();
      actor.receive({ type: 'responder.abort', turn });
      resolve();
    };
    const device = () => defaultProfile('kitchen');
    const actor = runActor<ResponderContract>(
      'responder',
      defineResponder({ responder, device, received, reply: { send } }),
      hosting,
      (event) => event.type === 'responder.failed' && reject(new Error(event.error.message)),
      reject,
    );
    actor.receive({ type: 'responder.begin', turn, id: `turn-${turn}` });
    const packetizer = createPacketizer(turn, FRAMES_PER_CHUNK);
    for (const [i, frame] of question.entries())
      packetizer.add(frame, i * SAMPLES_PER_FRAME, (packet) => received.send({ turn, packet }));
    received.send({ turn, packet: packetizer.finish() });
  });
  return { interruptedAtMs, late: () => late, requests: [...peer.requests] };
}

test('the text and the speech of an interrupted answer end within 50 ms at the provider, and nothing of it is sent', async () => {
  let best = Number.POSITIVE_INFINITY;
  for (let turn = 1; turn <= TRIES && best >= LIMIT_MS; turn++) {
    const { interruptedAtMs, late, requests } = await interrupt(turn);
    const streams = ['/v1/chat/completions', '/v1/audio/speech'].map(
      (path) => requests.findLast((request) => request.path === path) ?? assert.fail(`${path} was not asked`),
    );
    const endedAtMs = await Promise.all(streams.map(ended));
    best = Math.min(best, Math.max(...endedAtMs) - interruptedAtMs);
    assert.equal(late(), 0, 'frames after the interruption');
  }
  assert.ok(best < LIMIT_MS, `${best.toFixed(0)} ms`);
});

async function ended(request: PeerRequest): Promise<number> {
  while (request.abortedAtMs === undefined) await new Promise((resolve) => setImmediate(resolve));
  return request.abortedAtMs;
}
