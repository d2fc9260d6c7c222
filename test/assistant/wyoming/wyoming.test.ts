import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { PartContext } from '../../../actors/assistant/parts/provider.ts';
import type { Synthesizer } from '../../../actors/assistant/parts/synthesizer.ts';
import type { PartialTranscript, Transcriber } from '../../../actors/assistant/parts/transcriber.ts';
import type { Usage } from '../../../actors/assistant/parts/usage.ts';
import { wyomingSynthesizer, wyomingTranscriber } from '../../../actors/assistant/wyoming/provider.ts';
import { createOpusEncoder } from '../../../actors/codec/opus.ts';
import { silentLog } from '../../../src/core/log/log.ts';
import { systemClock } from '../../../src/core/time/clock.ts';
import { createPeerSpeech, type PeerSpeech } from '../../assistant-peer/speech.ts';
import { startWyomingPeer, type WyomingFault, type WyomingPeer } from '../../assistant-peer/wyoming.ts';
import { eventually } from '../../support/eventually.ts';
import { countOwnTime } from '../../support/own-time.ts';
import { readSamples, SHORT_SPEECH } from '../../support/speech.ts';

const used: [device: string, usage: Usage][] = [];
const context: PartContext = {
  ...{ clock: systemClock, log: silentLog, modelsFolder: '/nowhere' },
  reportUsage: (device, usage) => void used.push([device, usage]),
};
const live = () => new AbortController().signal;

/** Opus, 20 ms each. */
function frames(samples: Int16Array): Uint8Array[] {
  const encoder = createOpusEncoder();
  return Array.from({ length: Math.floor(samples.length / 320) }, (_, i) =>
    Uint8Array.from(encoder.encode(samples.subarray(i * 320, (i + 1) * 320))),
  );
}

async function spoken(synthesizer: Synthesizer, text: string, signal = live()) {
  let samples = 0;
  let rate = 0;
  for await (const pcm of synthesizer.speak(text, { device: 'kitchen', language: 'en', signal })) {
    samples += pcm.samples.length;
    rate = pcm.sampleRateHz;
  }
  return { samples, rate };
}

async function transcribed(
  transcriber: Transcriber,
  sound: readonly Uint8Array[],
  onPartial?: (partial: PartialTranscript) => void,
) {
  const options = { device: 'kitchen', language: 'en-GB', signal: live(), ...(onPartial && { onPartial }) };
  const utterance = transcriber.begin(options);
  for (let at = 0; at < sound.length; at += 3) utterance.push(sound.slice(at, at + 3), 0);
  return utterance.finish();
}

describe('with real speech in both directions', () => {
  let speech: PeerSpeech;
  before(async () => {
    speech = await createPeerSpeech();
  });
  after(() => speech.close());

  for (const isStreaming of [false, true]) {
    test(`a recording is recognised and a sentence spoken; the server ${isStreaming ? 'streams' : 'does not stream'}`, async () => {
      const peer = await startWyomingPeer({ speech, isStreaming });
      const settings = { url: peer.url, voice: 'rms', timeoutMs: 30_000 };
      const transcriber = await wyomingTranscriber.create(settings, context);
      const synthesizer = await wyomingSynthesizer.create(settings, context);
      try {
        const partials: string[] = [];
        const { text } = await transcribed(
          transcriber,
          frames(readSamples(SHORT_SPEECH)),
          (partial) => void partials.push(partial.text),
        );
        assert.match(text, /he was not an ill.*young man/i);
        assert.equal(partials.at(-1), isStreaming ? text : undefined);
        const { samples, rate } = await spoken(synthesizer, 'It is ten past nine.');
        assert.ok(samples / rate > 0.8 && samples / rate < 4, `${samples / rate} s`);
        const asked = new Set(peer.received.map(({ type }) => type));
        assert.equal(asked.has('synthesize'), !isStreaming);
        assert.equal(asked.has('synthesize-chunk'), isStreaming);
        assert.deepEqual(peer.received.find(({ type }) => type === 'transcribe')?.data, { language: 'en' });
      } finally {
        await transcriber.close();
        await synthesizer.close();
        await peer.close();
      }
    });
  }

  test('the doctor finds its models and voices, and how soon it speaks', async () => {
    const peer = await startWyomingPeer({ speech });
    const settings = { url: peer.url, timeoutMs: 30_000 };
    const checks = [];
    for await (const check of wyomingSynthesizer.check?.(settings, context) ?? []) checks.push(check);
    for await (const check of wyomingTranscriber.check?.(settings, context) ?? []) checks.push(check);
    assert.deepEqual(
      checks.map(({ name, isOk }) => [name, isOk]),
      [
        ['reachable', true],
        ['first audio', true],
        ['reachable', true],
      ],
    );
    assert.match(checks[0]?.found ?? '', /wyoming at 127\.0\.0\.1:\d+ has rms/);
    assert.match(checks[1]?.found ?? '', /^after \d+ ms$/);
    await peer.close();
    for await (const check of wyomingTranscriber.check?.(settings, context) ?? []) {
      assert.deepEqual([check.name, check.isOk], ['reachable', false]);
      assert.match(check.found, /cannot be reached: nothing listens there/);
    }
  });
});

describe('faults of the server', () => {
  const SECOND = 16_000;
  const sound = frames(new Int16Array(SECOND));
  let peer: WyomingPeer;
  let transcriber: Transcriber;
  let synthesizer: Synthesizer;
  before(async () => {
    const speech = {
      speak: async () => ({ samples: new Int16Array(SECOND).fill(100), sampleRateHz: 16_000 }),
      recognise: async ({ samples }: { samples: Int16Array }) => `${samples.length} samples`,
    };
    peer = await startWyomingPeer({ speech });
    const settings = { url: peer.url, timeoutMs: 1_500 };
    transcriber = await wyomingTranscriber.create(settings, context);
    synthesizer = await wyomingSynthesizer.create(settings, context);
    await transcriber.prepare?.();
    await synthesizer.prepare?.();
  });
  after(async () => {
    await transcriber.close();
    await synthesizer.close();
    await peer.close();
  });

  const BAD = 'assistant_bad_answer';
  const inTranscription: [fault: WyomingFault, code: string | undefined][] = [
    ['hang', 'assistant_timeout'],
    ['disconnect', undefined],
    ['half an event', undefined],
    ['endless line', BAD],
    ['lying length', BAD],
    ['not JSON', BAD],
    ['wrong format', BAD],
    ['error event', undefined],
  ];
  for (const [fault, code] of inTranscription) {
    test(`${fault}: ${code ?? 'the utterance is sent once more, whole, and recognised'}`, async () => {
      peer.fail(fault);
      const transcript = transcribed(transcriber, sound);
      if (code) await assert.rejects(transcript, { code, message: /^(?!.*you said)/ });
      else assert.deepEqual(await transcript, { text: '16000 samples', language: 'en' });
      assert.deepEqual(await transcribed(transcriber, sound), { text: '16000 samples', language: 'en' });
      await eventually(() => peer.connections() === 0, 'connections of the peer: 0');
    });
  }

  const inSpeech: [fault: WyomingFault, code: string | undefined][] = [
    ['hang', 'assistant_timeout'],
    ['hang in the middle', 'assistant_timeout'],
    ['disconnect', undefined],
    ['disconnect in the middle', 'assistant_unreachable'],
    ['half an event', undefined],
    ['endless line', BAD],
    ['lying length', BAD],
    ['not JSON', BAD],
    ['wrong format', BAD],
    ['error event', undefined],
  ];
  for (const [fault, code] of inSpeech) {
    test(`${fault} while it speaks: ${code ?? 'it is asked once more'}`, async () => {
      peer.fail(fault);
      const speaking = spoken(synthesizer, 'Hello.');
      if (code) await assert.rejects(speaking, { code, message: /^(?!.*you said)/ });
      else assert.deepEqual(await speaking, { samples: SECOND, rate: 16_000 });
      assert.deepEqual(await spoken(synthesizer, 'Hello.'), { samples: SECOND, rate: 16_000 });
      await eventually(() => peer.connections() === 0, 'connections of the peer: 0');
    });
  }

  test('no sound is no samples; the guard around it makes an error of that', async () => {
    peer.fail('empty');
    assert.deepEqual(await spoken(synthesizer, 'Hello.'), { samples: 0, rate: 0 });
  });

  test('endless audio ends with an abort, within 50 ms, and the connection closes', async () => {
    peer.fail('endless audio');
    const stop = new AbortController();
    let samples = 0;
    let passedMs = (): number => Number.NaN;
    for await (const pcm of synthesizer.speak('Hello.', { device: 'kitchen', language: 'en', signal: stop.signal })) {
      samples += pcm.samples.length;
      if (samples < 100_000 || stop.signal.aborted) continue;
      passedMs = countOwnTime();
      stop.abort();
    }
    const tookMs = passedMs();
    assert.ok(tookMs < 50, `${tookMs} ms`);
    await eventually(() => peer.connections() === 0, 'connections of the peer: 0');
  });

  test('an aborted utterance closes its connection and rejects with the reason', async () => {
    const stop = new AbortController();
    const utterance = transcriber.begin({ device: 'kitchen', language: 'en', signal: stop.signal });
    utterance.push(sound.slice(0, 10), 0);
    await eventually(() => peer.connections() === 1, 'connections of the peer: 1');
    peer.fail('hang');
    const failure = assert.rejects(utterance.finish(), { message: 'enough' });
    stop.abort(new Error('enough'));
    await failure;
    await eventually(() => peer.connections() === 0, 'connections of the peer: 0');
    // The fault was for this request, if it came so far.
    peer.fail('empty');
    await transcribed(transcriber, sound).catch(() => {});
    await transcribed(transcriber, sound).catch(() => {});
  });

  test('what was used is counted', async () => {
    used.length = 0;
    await spoken(synthesizer, 'Hello.');
    await transcribed(transcriber, sound);
    assert.deepEqual(used, [
      ['kitchen', { requests: 1, characters: 6, outputAudioMs: 1_000 }],
      ['kitchen', { requests: 1, inputAudioMs: 1_000 }],
    ]);
  });

  test('nothing was said: nothing is asked', async () => {
    const before = peer.received.filter(({ type }) => type === 'audio-stop').length;
    assert.deepEqual(await transcribed(transcriber, []), { text: '' });
    assert.equal(peer.received.filter(({ type }) => type === 'audio-stop').length, before);
  });
});

test('an address that cannot work is refused when the gateway starts', async () => {
  for (const url of [undefined, 'http://127.0.0.1:1', 'tcp://']) {
    const settings = url === undefined ? {} : { url };
    await assert.rejects(wyomingSynthesizer.create(settings, context), { code: 'assistant_config' });
  }
});
