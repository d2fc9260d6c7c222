/** The audio of a page as its worklet runs it, block by block, without a browser: what the encoder sends is played as the reply. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { test } from 'node:test';
import { createVoiceDetector } from '../../actors/listening/fvad-detector.ts';
import { openVoiceDetector } from '../../actors/listening/voice-detector.ts';
import type { FromWorklet, ToWorklet } from '../../src/client/browser/audio/messages.ts';
import { RationalResampler } from '../../src/client/browser/audio/worklet/rational-resampler.ts';
import { loadRawFvad } from '../../src/client/browser/audio/worklet/raw-fvad.ts';
import { createWorkletAudio } from '../../src/client/browser/audio/worklet/worklet-audio.ts';
import { EarshotError } from '../../src/core/errors.ts';
import { alignedCorrelation, LONG_SPEECH, readSamples } from '../support/speech.ts';

const CARD_HZ = 48_000;
const BLOCK = 128;
const OPUS = readFileSync(new URL('../../assets/opus-wasm/opus.wasm', import.meta.url));
const FVAD = readFileSync(createRequire(import.meta.url).resolve('@echogarden/fvad-wasm/fvad.wasm'));
const speech = readSamples(LONG_SPEECH);

const bytesOf = (file: Buffer) => new Uint8Array(file).buffer;

function startPage({ removesEcho = false } = {}) {
  let frames = 0;
  const told: ({ type: string } & Record<string, unknown>)[] = [];
  const posted: FromWorklet[] = [];
  const crashes: string[] = [];
  const audioNowMs = () => (frames / CARD_HZ) * 1_000;
  const played: number[] = [];
  const down = new RationalResampler(CARD_HZ, 16_000);
  const audio = createWorkletAudio({
    settings: { opus: bytesOf(OPUS), framesPerPacket: 1, playback: 'live', removesEcho },
    sampleRateHz: CARD_HZ,
    audioNowMs,
    post(message) {
      posted.push(message);
      if (message.kind === 'edge') told.push(message.event as never);
      if (message.kind === 'crash') crashes.push(`${message.actor}: ${message.error.code}`);
      if (message.kind === 'uplink') {
        const { turn, bytes } = message.packet;
        tell({ kind: 'downlink', packet: { turn, bytes, arrivedAtMs: audioNowMs() } });
      }
    },
  });
  function tell(message: ToWorklet): void {
    audio.handle({ ...message, sentAtMs: audioNowMs() });
  }
  for (const actor of ['capture', 'encoder', 'listener', 'player'] as const) tell({ kind: 'start', actor });
  return {
    told,
    posted,
    crashes,
    audio,
    tell,
    command: (actor: 'capture' | 'listener' | 'player', event: { type: string; [field: string]: unknown }) =>
      tell({ kind: 'command', actor, event }),
    /** What was played, at 16 kHz. */
    played: () => Int16Array.from(played, (sample) => sample * 32_767),
    /** Lets the microphone hear these samples of 16 kHz, and what has been promised meanwhile be kept. */
    async hear(samples: Int16Array): Promise<void> {
      const input: number[] = [];
      const up = new RationalResampler(16_000, CARD_HZ);
      up.push(
        Float32Array.from(samples, (sample) => sample / 32_768),
        (sample) => input.push(sample),
      );
      for (let at = 0; at < input.length; at += BLOCK) {
        const output = new Float32Array(BLOCK);
        audio.render(Float32Array.from(input.slice(at, at + BLOCK)), output);
        down.push(output, (sample) => played.push(sample));
        frames += BLOCK;
        if (at % (BLOCK * 8) === 0) await settle();
      }
    },
  };
}

const typesOf = (told: readonly { type: string }[]) => told.map(({ type }) => type);
const silence = (ms: number) => new Int16Array(ms * 16);
/** Opened before they are commanded: opening is asynchronous. */
const settle = () => new Promise((resolve) => setImmediate(resolve));

test('what is said is encoded, and what is received is played, at the rate of the card', async () => {
  const page = startPage();
  page.tell({ kind: 'microphone', device: 'test', latencyMs: 0 });
  page.command('player', { type: 'player.open', turn: 1, minChunks: 1 });
  page.command('capture', { type: 'capture.start', turn: 1 });
  await settle();
  await page.hear(speech.slice(0, 16_000 * 5));
  page.command('capture', { type: 'capture.stop', turn: 1 });
  await page.hear(silence(600));
  // Later than the stretches of its beginning.
  const said = speech.slice(16_000 * 3, 16_000 * 4);
  const { correlation } = alignedCorrelation(said, page.played());
  assert.ok(correlation > 0.8, `${correlation}`);
  assert.deepEqual(typesOf(page.told).sort(), [
    'capture.ended',
    'capture.started',
    'encoder.finished',
    'player.drained',
    'player.draining',
    'player.started',
  ]);
  // 15 to 20 a second, and no message for them alone while packets are sent.
  const levels = page.posted.filter((message) => message.levels !== undefined);
  assert.ok(levels.length >= 5 * 15 && levels.length <= 5.6 * 20, `${levels.length} in 5.6 s`);
  const last = page.posted.findLastIndex(({ kind }) => kind === 'uplink');
  assert.deepEqual(
    page.posted.slice(0, last).filter(({ kind }) => kind === 'levels'),
    [],
  );
  assert.ok(
    levels.some(({ kind }) => kind === 'levels'),
    'after the last packet they come alone',
  );
});

test('a microphone that is lost in a turn is told, and heard again when it is back', async () => {
  const page = startPage();
  page.tell({ kind: 'microphone', device: 'first', latencyMs: 0 });
  page.command('capture', { type: 'capture.start', turn: 1 });
  await settle();
  await page.hear(speech.slice(0, 16_000));
  const lost = new EarshotError('device_lost', 'The microphone is gone', 'Connect it again.').info;
  page.tell({ kind: 'microphone-lost', error: lost });
  await page.hear(silence(500));
  assert.deepEqual(page.told.at(-1), { type: 'capture.lost', turn: 1, device: 'first' });
  page.tell({ kind: 'microphone', device: 'second', latencyMs: 0 });
  await page.hear(speech.slice(0, 16_000 * 2));
  const recovered = page.told.at(-1);
  assert.equal(recovered?.type, 'capture.recovered');
  assert.equal(recovered?.device, 'second');
});

test('without a microphone a turn fails, and says so', async () => {
  const page = startPage();
  page.command('capture', { type: 'capture.start', turn: 1 });
  await settle();
  const [failed] = page.told;
  assert.equal(failed?.type, 'capture.failed');
  assert.equal((failed as unknown as { error: { code: string } }).error.code, 'microphone_missing');
});

test('in voice mode speech begins and ends a turn; its module is asked for when it is first needed', async () => {
  const page = startPage({ removesEcho: true });
  page.tell({ kind: 'microphone', device: 'test', latencyMs: 0 });
  page.command('listener', { type: 'listener.open' });
  await settle();
  assert.deepEqual(typesOf(page.told), ['listener.opened']);
  assert.ok(!page.posted.some(({ kind }) => kind === 'voice-detector-needed'));
  page.command('listener', { type: 'listener.attend', to: 'speech', patience: 'normal' });
  assert.ok(page.posted.some(({ kind }) => kind === 'voice-detector-needed'));
  page.tell({ kind: 'voice-detector', module: bytesOf(FVAD) });
  await settle();
  await page.hear(silence(1_500));
  assert.deepEqual(page.told.slice(1), [{ type: 'echo.changed', converged: true, erleDb: 0 }]);
  await page.hear(speech.slice(0, 16_000 * 2));
  assert.ok(typesOf(page.told).includes('speech.started'));
  page.command('listener', { type: 'listener.attend', to: 'end', patience: 'normal' });
  await page.hear(speech.slice(0, 16_000 * 2));
  await page.hear(silence(2_000));
  assert.equal(page.told.at(-1)?.type, 'speech.ended');
});

test('without the voice detector the listener crashes, and not the others', async () => {
  const page = startPage();
  page.tell({ kind: 'microphone', device: 'test', latencyMs: 0 });
  page.command('listener', { type: 'listener.open' });
  page.command('listener', { type: 'listener.attend', to: 'speech', patience: 'normal' });
  page.tell({ kind: 'voice-detector', module: undefined });
  await settle();
  assert.deepEqual(page.crashes, ['listener: listening_unavailable']);
});

test('after its end it renders nothing, and nothing runs in it', async () => {
  const page = startPage();
  page.tell({ kind: 'microphone', device: 'test', latencyMs: 0 });
  page.command('capture', { type: 'capture.start', turn: 1 });
  await settle();
  page.tell({ kind: 'close' });
  assert.ok(page.audio.isClosed);
  const before = page.posted.length;
  await page.hear(speech.slice(0, 16_000));
  assert.equal(page.posted.length, before);
});

test('the raw voice detector is that of the package', async () => {
  const [raw, packaged] = [createVoiceDetector(loadRawFvad(new Uint8Array(bytesOf(FVAD)))), await openVoiceDetector()];
  let voices = 0;
  for (let at = 0; at + 320 <= speech.length; at += 320) {
    const frame = speech.slice(at, at + 320);
    const isVoice = packaged.isVoice(frame);
    assert.equal(raw.isVoice(frame), isVoice);
    voices += Number(isVoice);
  }
  assert.ok(voices > 100);
  raw.close();
  packaged.close();
});
