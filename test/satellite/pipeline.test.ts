/**
 * A turn and each fault of it, in virtual time: what Home Assistant is sent, what the person hears, and that the turn ends at both ends.
 */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Pcm } from '../../actors/assistant/parts/synthesizer.ts';
import { arrivals } from '../protocol/virtual-gateway.ts';
import { packet } from '../support/client.ts';
import { type VirtualSatellite, virtualSatellite } from './virtual-satellite.ts';

const AUDIO = { data: new Uint8Array(640), end: false };
const SORRY_LATE = 'Sorry: assistant_timeout.';

const outcome = ({ device }: VirtualSatellite, turn = 1) =>
  ['turn.done', 'error'].filter((type) => arrivals(device, type).some(({ message }) => message.turn === turn)).join();
const requests = ({ client }: VirtualSatellite) => client.named('VoiceAssistantRequest').map(({ start }) => start);

async function accepted(options: Parameters<typeof virtualSatellite>[0] = {}): Promise<VirtualSatellite> {
  const line = virtualSatellite(options);
  await line.clock.run(10);
  await line.speak(1);
  line.client.say('VoiceAssistantResponse');
  await line.clock.run(50);
  return line;
}

describe('a whole turn', () => {
  test('speech goes to Home Assistant when it has accepted the run, and ends', async () => {
    const line = virtualSatellite();
    await line.clock.run(10);
    await line.speak(1);
    assert.deepEqual(requests(line), [true]);
    assert.deepEqual(line.client.named('VoiceAssistantAudio'), []);
    line.client.say('VoiceAssistantResponse');
    await line.clock.run(50);
    const audio = line.client.named('VoiceAssistantAudio') as { data: Uint8Array; end?: boolean }[];
    assert.deepEqual(
      audio.map(({ data, end = false }) => [data.length, end]),
      [
        [1_280, false],
        [1_280, false],
        [2, true],
      ],
    );
  });

  test('its words, its answer and its audio reach the person', async () => {
    const line = await accepted();
    line.answer('The light is on. Good night.');
    line.client.event('ttsStreamStart');
    line.client.event('ttsEnd', { url: 'http://127.0.0.1/answer.wav' });
    line.client.event('runEnd');
    for (let i = 0; i < 5; i++) line.client.say('VoiceAssistantAudio', AUDIO);
    await line.clock.run(100);
    assert.equal(outcome(line), '');
    line.client.event('ttsStreamEnd');
    await line.clock.run(1_000);
    assert.deepEqual(line.texts('turn.processing'), ['turn on the light']);
    assert.deepEqual(line.texts('reply.text'), ['The light is on.', 'Good night.']);
    assert.equal(line.replyFrames(), 5);
    assert.equal(outcome(line), 'turn.done');
    assert.deepEqual(requests(line), [true]);
  });

  test('without a stream, its audio is fetched, and Home Assistant is told when it was played', async () => {
    const fetched: string[] = [];
    const sounds = async function* (url: string): AsyncGenerator<Pcm> {
      fetched.push(url);
      yield { samples: new Int16Array(320), sampleRateHz: 16_000 };
    };
    const line = await accepted({ sounds });
    line.answer();
    line.client.event('ttsEnd', { url: 'http://127.0.0.1/answer.wav' });
    line.client.event('runEnd');
    await line.clock.run(1_000);
    assert.deepEqual(fetched, ['http://127.0.0.1/answer.wav']);
    assert.equal(line.replyFrames(), 1);
    assert.equal(outcome(line), 'turn.done');
    assert.deepEqual(line.client.named('VoiceAssistantAnnounceFinished'), []);
    line.device.say({ type: 'playback', turn: 1, event: 'drained', playedMs: 20 });
    await line.clock.run(10);
    assert.deepEqual(line.client.named('VoiceAssistantAnnounceFinished'), [{ success: true }]);
  });

  test('an answer without words ends in silence', async () => {
    const line = await accepted();
    line.client.event('sttEnd', { text: 'never mind' });
    line.client.event('runEnd');
    await line.clock.run(100);
    assert.equal(outcome(line), 'turn.done');
    assert.equal(line.replyFrames(), 0);
  });

  test('the conversation goes on in the next turn, for five minutes', async () => {
    const line = await accepted();
    line.answer();
    line.client.event('runEnd');
    await line.clock.run(1_000);
    await line.speak(2);
    line.client.say('VoiceAssistantResponse');
    line.client.event('intentEnd', { conversation_id: 'two', continue_conversation: '1' });
    line.client.event('runEnd');
    await line.wait(300_001);
    await line.speak(3);
    const ids = line.client.named('VoiceAssistantRequest').map(({ conversationId }) => conversationId);
    assert.deepEqual(ids, ['', 'one', '']);
  });

  test('an answer that asks: the device is told, and another one is not', async () => {
    for (const continues of ['1', '0']) {
      const line = await accepted();
      line.client.event('sttEnd', { text: 'set a timer' });
      line.client.event('intentEnd', { conversation_id: 'one', continue_conversation: continues });
      line.client.event('ttsStart', { text: 'For how long?' });
      line.client.event('ttsStreamStart');
      line.client.say('VoiceAssistantAudio', { data: new Uint8Array(32_000), end: true });
      await line.wait(3_000);
      const [done] = arrivals(line.device, 'turn.done');
      assert.equal(done?.message.asks, continues === '1' ? true : undefined);
    }
  });

  test('Home Assistant hears the end of the speech before the device: it gets no more of it', async () => {
    const line = virtualSatellite();
    await line.clock.run(10);
    await line.speak(1, { isHeld: true, fields: { trigger: 'voice', patience: 'normal' } });
    assert.deepEqual(
      line.client.named('VoiceAssistantRequest').map(({ flags }) => flags),
      [1],
    );
    line.client.say('VoiceAssistantResponse');
    line.client.event('sttVadEnd');
    await line.clock.run(10);
    assert.deepEqual(
      arrivals(line.device, 'listen.end').map(({ message }) => message.reason),
      ['finished'],
    );
    await line.release(1);
    assert.equal(line.client.named('VoiceAssistantAudio').length, 1);
  });

  test('an answer that is complete before the button is released waits for it', async () => {
    const line = virtualSatellite();
    await line.clock.run(10);
    await line.speak(1, { isHeld: true });
    line.client.say('VoiceAssistantResponse');
    line.answer();
    line.client.event('ttsStreamStart');
    line.client.say('VoiceAssistantAudio', AUDIO);
    line.client.event('ttsStreamEnd');
    await line.clock.run(1_000);
    assert.equal(outcome(line), '');
    await line.release(1);
    await line.clock.run(100);
    assert.equal(outcome(line), 'turn.done');
  });
});

test('a run that ends in silence before the button is released ends the turn then', async () => {
  const line = virtualSatellite();
  await line.clock.run(10);
  await line.speak(1, { isHeld: true });
  line.client.say('VoiceAssistantResponse');
  line.client.event('sttEnd', { text: 'never mind' });
  line.client.event('runEnd');
  await line.clock.run(1_000);
  await line.release(1);
  await line.clock.run(100);
  assert.equal(outcome(line), 'turn.done');
});

describe('faults', () => {
  test('no Home Assistant has added the device: it says so', async () => {
    const line = virtualSatellite({ isSubscribed: false });
    await line.clock.run(10);
    await line.speak(1);
    await line.clock.run(100);
    assert.deepEqual(line.texts('reply.text'), ['Sorry: home_assistant_unavailable.']);
    assert.equal(outcome(line), 'turn.done');
  });

  test('it does not accept the run within 5 s', async () => {
    const line = virtualSatellite();
    await line.clock.run(10);
    await line.speak(1, { isHeld: true });
    await line.clock.run(4_900);
    assert.deepEqual(line.texts('reply.text'), []);
    await line.clock.run(200);
    await line.release(1);
    await line.clock.run(100);
    assert.deepEqual(line.texts('reply.text'), [SORRY_LATE]);
    assert.equal(outcome(line), 'turn.done');
    assert.deepEqual(requests(line), [true, false]);
  });

  test('it refuses the run', async () => {
    const line = virtualSatellite();
    await line.clock.run(10);
    await line.speak(1);
    line.client.say('VoiceAssistantResponse', { error: true });
    await line.clock.run(100);
    assert.deepEqual(line.texts('reply.text'), ['Sorry: assistant_failed.']);
    assert.equal(outcome(line), 'turn.done');
  });

  test('there is no answer within 13 s of the end of the speech: before the session gives up', async () => {
    const line = await accepted();
    await line.clock.run(12_800);
    assert.deepEqual(line.texts('reply.text'), []);
    await line.clock.run(300);
    assert.deepEqual(line.texts('reply.text'), [SORRY_LATE]);
    assert.equal(outcome(line), 'turn.done');
    assert.deepEqual(requests(line), [true, false]);
  });

  test('a person may speak for as long as a turn may last', async () => {
    const line = virtualSatellite();
    await line.clock.run(10);
    await line.speak(1, { isHeld: true });
    line.client.say('VoiceAssistantResponse');
    await line.wait(120_000);
    await line.release(1);
    assert.deepEqual(line.texts('reply.text'), []);
    assert.equal(outcome(line), '');
  });

  test('its audio stops in the middle: what came is heard, and an apology', async () => {
    const line = await accepted();
    line.answer();
    line.client.event('ttsStreamStart');
    for (let i = 0; i < 4; i++) line.client.say('VoiceAssistantAudio', AUDIO);
    await line.clock.run(9_900);
    assert.deepEqual(line.texts('reply.text'), ['The light is on.']);
    await line.clock.run(200);
    assert.deepEqual(line.texts('reply.text'), ['The light is on.', SORRY_LATE]);
    assert.equal(outcome(line), 'turn.done');
  });

  test('the fetched audio does not come', async () => {
    let isAborted = false;
    const sounds = async function* (_url: string, signal: AbortSignal): AsyncGenerator<Pcm> {
      await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()));
      isAborted = true;
    };
    const line = await accepted({ sounds });
    line.answer();
    line.client.event('ttsEnd', { url: 'http://127.0.0.1/answer.wav' });
    line.client.event('runEnd');
    await line.clock.run(13_100);
    assert.ok(isAborted);
    assert.equal(line.texts('reply.text').at(-1), SORRY_LATE);
    assert.equal(outcome(line), 'turn.done');
  });

  for (const [code, heard] of [
    ['stt-no-text-recognized', 'Sorry: nothing_heard.'],
    ['intent-failed', 'Sorry: assistant_failed.'],
    ['\u001b[31m', 'Sorry: assistant_failed.'],
  ] as const) {
    test(`it reports the error ${JSON.stringify(code)}`, async () => {
      const line = await accepted();
      line.client.event('error', { code, message: 'something that a person said' });
      await line.clock.run(100);
      assert.deepEqual(line.texts('reply.text'), [heard]);
      assert.equal(outcome(line), 'turn.done');
    });
  }

  test('nobody spoke at a device that listens: it cancels the turn without a word', async () => {
    const line = virtualSatellite();
    await line.clock.run(10);
    await line.speak(1, { isHeld: true, fields: { trigger: 'voice', patience: 'normal' } });
    line.client.say('VoiceAssistantResponse');
    line.client.event('error', { code: 'stt-no-text-recognized', message: '' });
    await line.clock.run(100);
    assert.deepEqual(
      arrivals(line.device, 'listen.end').map(({ message }) => message.reason),
      ['no-speech'],
    );
    assert.deepEqual(line.texts('reply.text'), []);
  });

  test('it disconnects in the middle of the answer', async () => {
    const line = await accepted();
    line.answer();
    line.client.event('ttsStreamStart');
    line.client.say('VoiceAssistantAudio', AUDIO);
    await line.clock.run(50);
    line.client.leave();
    await line.clock.run(100);
    assert.deepEqual(line.texts('reply.text'), ['The light is on.', 'Sorry: home_assistant_unavailable.']);
    assert.equal(outcome(line), 'turn.done');
  });

  test('another client subscribes: it gets the next turn, the turn before ends', async () => {
    const line = await accepted();
    const other = line.another();
    other.say('SubscribeVoiceAssistantRequest', { subscribe: true, flags: 1 });
    await line.clock.run(100);
    assert.deepEqual(line.texts('reply.text'), ['Sorry: home_assistant_unavailable.']);
    await line.speak(2);
    assert.deepEqual(
      other.named('VoiceAssistantRequest').map(({ start }) => start),
      [true],
    );
    line.client.say('VoiceAssistantResponse');
    await line.clock.run(50);
    assert.deepEqual(other.named('VoiceAssistantAudio'), []);
  });

  test('the person speaks again: the run is cancelled, and the next one waits for its end', async () => {
    const line = await accepted();
    line.answer();
    line.client.event('ttsStreamStart');
    for (let i = 0; i < 4; i++) line.client.say('VoiceAssistantAudio', AUDIO);
    await line.clock.run(50);
    line.device.say({ type: 'turn.abort', turn: 1, reason: 'barge-in' });
    await line.speak(2);
    assert.deepEqual(requests(line), [true, false]);
    line.client.event('runEnd');
    await line.clock.run(10);
    assert.deepEqual(requests(line), [true, false, true]);
    // Of the run before, on its way: it is not the answer to the second turn.
    line.client.event('error', { code: 'intent-failed', message: '' });
    line.client.say('VoiceAssistantAudio', AUDIO);
    line.client.event('ttsStreamEnd');
    line.client.say('VoiceAssistantResponse');
    line.client.say('VoiceAssistantAudio', AUDIO);
    line.client.event('ttsStreamEnd');
    line.client.event('runStart');
    await line.clock.run(100);
    assert.equal(outcome(line, 2), '');
    assert.equal(line.replyFrames(), 4);
  });

  test('an end that never comes is waited for half a second', async () => {
    const line = await accepted();
    line.device.say({ type: 'turn.abort', turn: 1, reason: 'cancelled' });
    await line.speak(2);
    await line.clock.run(440);
    assert.deepEqual(requests(line), [true, false]);
    await line.clock.run(20);
    assert.deepEqual(requests(line), [true, false, true]);
  });

  test('more than ten minutes of audio, and more events than a run has, end it', async () => {
    for (const flood of ['audio', 'events'] as const) {
      const line = await accepted();
      line.answer();
      line.client.event('ttsStreamStart');
      if (flood === 'events') for (let i = 0; i < 1_000; i++) line.client.event('intentProgress');
      else for (let i = 0; i < 301; i++) line.client.say('VoiceAssistantAudio', { data: new Uint8Array(64_000) });
      await line.wait(10_000);
      assert.equal(line.texts('reply.text').at(-1), 'Sorry: assistant_failed.', flood);
      assert.equal(outcome(line), 'turn.done');
      assert.deepEqual(requests(line), [true, false]);
    }
  });

  test('it takes no speech: more than 10 s of it do not wait', async () => {
    const line = virtualSatellite();
    await line.clock.run(10);
    await line.speak(1, { isHeld: true });
    for (let i = 0; i < 130; i++) {
      const frames = Array.from({ length: 6 }, () => [1, 2, 3]);
      line.device.say(packet({ turn: 1, sequence: 2 + 6 * i, frames }));
    }
    await line.clock.run(100);
    await line.release(1);
    assert.equal(line.client.named('VoiceAssistantAudio').length, 0);
    assert.deepEqual(requests(line), [true, false]);
  });
});
