/** The registry of audio backends: a new one is a file and an entry, and is used like the existing ones. */

import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { BACKENDS } from '../../actors/sound/backends/index.ts';
import { createAudioRegistry } from '../../actors/sound/backends/open.ts';
import { runActor } from '../../src/core/actor/run-actor.ts';
import { silentLog } from '../../src/core/log/log.ts';
import { createAudioPipeline } from '../../src/device/audio/audio-pipeline.ts';
import { nativeAudio } from '../../src/device/audio/native-audio.ts';
import { createVirtualClock } from '../support/virtual-clock.ts';
import { played, tone } from './tone-backend.ts';
import { analyzeSine } from './wav-files.ts';

const registry = createAudioRegistry([...BACKENDS, tone]);
const { parseMicrophone, parseSpeaker } = registry;

test('samples that a new backend records are encoded, and the reply is played by it', async () => {
  const clock = createVirtualClock();
  const hosting = { clock, log: silentLog };
  const pipeline = createAudioPipeline({
    openMicrophone: registry.openMicrophone(parseMicrophone('tone:1000')),
    openSpeaker: registry.openSpeaker(parseSpeaker('tone')),
    ...{ framesPerPacket: 3, playback: 'adaptive', encoder: 'adaptive', complexity: 5, loadNewId: async () => String },
    ...hosting,
    ...nativeAudio(),
    uplink: ({ turn, bytes }) => pipeline.downlink({ turn, bytes, arrivedAtMs: clock.now() }),
  });
  const said: { type: string }[] = [];
  const onSaid = (event: { type: string }) => said.push(event);
  const onCrash = (error: unknown) => {
    throw error;
  };
  const { actors } = pipeline;
  const [capture, encoder, player] = [
    runActor('capture', actors.capture, hosting, onSaid, onCrash),
    runActor('encoder', actors.encoder, hosting, onSaid, onCrash),
    runActor('player', actors.player, hosting, onSaid, onCrash),
  ];
  player.receive({ type: 'player.open', turn: 1, minChunks: 1 });
  capture.receive({ type: 'capture.start', turn: 1 });
  await clock.run(2_000);
  capture.receive({ type: 'capture.stop', turn: 1 });
  await clock.run(2_000);
  for (const actor of [capture, encoder, player]) actor.stop();

  assert.deepEqual(
    said.map(({ type }) => type).filter((type) => /started|ended|finished|drained|failed/.test(type)),
    ['capture.started', 'player.started', 'encoder.finished', 'capture.ended', 'player.drained'],
  );
  const first = played.findIndex((sample) => Math.abs(sample) > 1_000);
  const { level, rest } = analyzeSine(Int16Array.from(played.slice(first + 1_600, first + 27_200)), 1_000);
  assert.ok(level > 0.25 && rest < level / 10, `level ${level}, rest ${rest}`);
});

test('an address names a backend, or is a path', () => {
  assert.deepEqual(parseMicrophone('tone'), { backend: 'tone' });
  assert.deepEqual(parseMicrophone('tone:220'), { backend: 'tone', name: '220' });
  assert.deepEqual(parseMicrophone('card'), { backend: 'card' });
  assert.deepEqual(parseMicrophone('card', 'usb'), { backend: 'card', name: 'usb' });
  assert.deepEqual(parseSpeaker('card:jack', 'usb'), { backend: 'card', name: 'jack' });
  assert.deepEqual(parseSpeaker('wav:C:\\a.wav'), { backend: 'wav', name: 'C:\\a.wav' });
  // When a backend has no such end, has no devices with names or needs a name, the address is a file of this name.
  for (const path of ['null', 'silence:1', 'wav', 'other:1', 'card/a.wav', '-']) {
    assert.deepEqual(parseMicrophone(path), { backend: 'wav', name: path });
  }
});

test('an address that no backend opens is refused in one line', () => {
  assert.throws(() => registry.openMicrophone({ backend: 'radio' }), /There is no audio backend radio/);
  assert.throws(() => registry.openMicrophone({ backend: 'null' }), /null has no microphone/);
  assert.throws(() => registry.openSpeaker({ backend: 'silence' }), /silence has no speaker/);
});

test('each file of the folder is in the registry, and the help describes each end', () => {
  const files = readdirSync(new URL('../../actors/sound/backends/', import.meta.url));
  assert.deepEqual(
    BACKENDS.map(({ name }) => `${name}.ts`).sort(),
    files.filter((name) => !['index.ts', 'open.ts'].includes(name)).sort(),
  );
  for (const { name, microphone, speaker } of BACKENDS) assert.ok(microphone ?? speaker, name);
  assert.match(registry.usage('microphone').join('\n'), /^tone\[:HZ\]/m);
});

test('only the registry names the backends', () => {
  const names = BACKENDS.map(({ name }) => name).join('|');
  const branch = new RegExp(`(backend|kind)\\b\\s*[!=]==?\\s*'(${names})'|case '(${names})':`);
  const found = ['src', 'actors', 'machines'].flatMap((folder) => {
    const root = new URL(`../../${folder}/`, import.meta.url);
    const files = readdirSync(root, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.ts'));
    // In the embedded cloud, 'null' is a type of Convex.
    return files
      .filter((file) => folder !== 'src' || !file.startsWith('cloud/'))
      .filter((file) => branch.test(readFileSync(new URL(file, root), 'utf8')))
      .map((file) => `${folder}/${file}`);
  });
  assert.deepEqual(found, []);
});
