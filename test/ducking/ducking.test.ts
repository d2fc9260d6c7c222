/**
 * Ducking of other programs: on a simulated sound server, and on a real one.
 */
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { EarshotError } from '../../src/core/errors.ts';
import { createLog } from '../../src/core/log/create-log.ts';
import { silentLog } from '../../src/core/log/log.ts';
import { attachDucking } from '../../src/device/ducking/attach.ts';
import { createDucking } from '../../src/device/ducking/ducking.ts';
import {
  openSoundServer,
  type PlayedStream,
  type SoundServer,
  streamsOf,
} from '../../src/device/ducking/sound-server.ts';
import { startVirtualSound } from '../sound/virtual-sound.ts';
import { eventually } from '../support/eventually.ts';
import { createVirtualClock } from '../support/virtual-clock.ts';

const folder = mkdtempSync(join(tmpdir(), 'earshot-ducking-'));
after(() => rmSync(folder, { recursive: true, force: true }));

const OWN_PID = 7;
const MUSIC: PlayedStream = { index: 1, application: 'music', pid: 40, volumes: [60_000, 50_000] };
const FILM: PlayedStream = { index: 2, application: 'film', pid: 41, volumes: [20_000] };
const OURS: PlayedStream = { index: 3, application: 'earshot', pid: OWN_PID, volumes: [65_536] };

/** A sound server whose streams a test can change. */
function simulatedServer(...streams: PlayedStream[]) {
  const playing = new Map(streams.map((stream) => [stream.index, stream]));
  let isDown = false;
  const check = () => {
    if (isDown) throw new EarshotError('sound_server_unavailable', 'it is down', '');
  };
  const server: SoundServer = {
    async streams() {
      check();
      return [...playing.values()];
    },
    async setVolumes(index, volumes) {
      check();
      const stream = playing.get(index);
      if (!stream) throw new EarshotError('sound_server_unavailable', 'no such stream', '');
      playing.set(index, { ...stream, volumes });
    },
  };
  return {
    server,
    playing,
    volumes: () => [...playing.values()].map(({ volumes }) => volumes),
    setDown(value: boolean) {
      isDown = value;
    },
  };
}

let files = 0;
function duckingOf(server: SoundServer, file = join(folder, `${++files}.json`), log = silentLog) {
  return { file, ducking: createDucking({ server, percent: 30, file, pid: OWN_PID, log }) };
}
const settled = () => new Promise((resolve) => setImmediate(resolve));

test('the others are quieter, and get their volumes back', async () => {
  const { server, volumes } = simulatedServer(MUSIC, FILM, OURS);
  const { ducking, file } = duckingOf(server);
  ducking.set(true);
  await eventually(() => volumes()[1]?.[0] === 6_000, 'the film is quieter');
  assert.deepEqual(volumes(), [[18_000, 15_000], [6_000], [65_536]]);
  assert.ok(existsSync(file), 'a crash now would be repaired');
  await ducking.close();
  assert.deepEqual(volumes(), [MUSIC.volumes, FILM.volumes, OURS.volumes]);
  assert.ok(!existsSync(file));
});

test('after a crash the next start restores them', async () => {
  const { server, volumes } = simulatedServer(MUSIC, FILM);
  const { ducking, file } = duckingOf(server);
  ducking.set(true);
  await eventually(() => volumes()[1]?.[0] === 6_000, 'the film is quieter');
  const next = duckingOf(server, file);
  await eventually(() => volumes()[1]?.[0] === 20_000, 'the film is as before');
  assert.deepEqual(volumes(), [MUSIC.volumes, FILM.volumes]);
  await next.ducking.close();
});

test('what somebody changed meanwhile, and another stream of the same number, keep their volume', async () => {
  const { server, playing, volumes } = simulatedServer(MUSIC, FILM);
  const { ducking } = duckingOf(server);
  ducking.set(true);
  await eventually(() => volumes()[1]?.[0] === 6_000, 'the film is quieter');
  playing.set(1, { ...MUSIC, volumes: [40_000, 40_000] });
  playing.set(2, { ...FILM, pid: 99, volumes: [6_000] });
  await ducking.close();
  assert.deepEqual(volumes(), [[40_000, 40_000], [6_000]]);
});

test('a server that is down while they should be restored takes no volume away', async () => {
  const lines: string[] = [];
  const log = createLog({ level: 'warn', format: 'text', write: (line) => lines.push(line), now: () => 0 });
  const { server, volumes, setDown } = simulatedServer(FILM);
  const { ducking } = duckingOf(server, undefined, log);
  ducking.set(true);
  await eventually(() => volumes()[0]?.[0] === 6_000, 'the film is quieter');
  setDown(true);
  ducking.set(false);
  await settled();
  setDown(false);
  ducking.set(true);
  await settled();
  assert.deepEqual(volumes(), [[6_000]], 'not 30 % of 30 %');
  await ducking.close();
  assert.deepEqual(volumes(), [[20_000]]);
  assert.equal(lines.length, 1, lines.join('\n'));
});

test('calls in quick succession end with the last one', async () => {
  const { server, volumes } = simulatedServer(FILM);
  const { ducking } = duckingOf(server);
  for (let i = 0; i < 51; i++) ducking.set(i % 2 === 0);
  await eventually(() => volumes()[0]?.[0] === 6_000, 'the film is quieter');
  await ducking.close();
  assert.deepEqual(volumes(), [[20_000]]);
});

test('a file that is damaged is reported, and nothing is set', async () => {
  const file = join(folder, 'damaged.json');
  writeFileSync(file, '[{"index":1');
  const { server, volumes } = simulatedServer(FILM);
  const { ducking } = duckingOf(server, file);
  await ducking.close();
  assert.deepEqual(volumes(), [[20_000]]);
});

test('from the trigger to a moment after the turn; a turn that follows at once keeps it', async () => {
  const clock = createVirtualClock();
  const { server, volumes } = simulatedServer(FILM);
  const ducking = attachDucking({ percent: 30, state: folder, server, clock, log: silentLog });
  const enter = (state: 'idle' | 'recording' | 'playing') => ducking.note({ type: 'state.entered', state, turn: 1 });
  enter('idle');
  enter('recording');
  await eventually(() => volumes()[0]?.[0] === 6_000, 'the film is quieter');
  enter('playing');
  enter('idle');
  await clock.run(600);
  enter('recording');
  await clock.run(5_000);
  assert.deepEqual(volumes(), [[6_000]]);
  enter('idle');
  await clock.run(800);
  await eventually(() => volumes()[0]?.[0] === 20_000, 'the film is as before');
  await ducking.close();
});

test('what pactl prints is read; anything else is an error', () => {
  const printed = [
    {
      index: 5,
      volume: { 'front-left': { value: 65_536, value_percent: '100%', db: '0.00 dB' } },
      properties: { 'application.name': 'music', 'application.process.id': '40' },
    },
    { index: 6, volume: {}, properties: {} },
  ];
  assert.deepEqual(streamsOf(JSON.stringify(printed)), [
    { index: 5, application: 'music', pid: 40, volumes: [65_536] },
    { index: 6, application: '', pid: 0, volumes: [] },
  ]);
  for (const text of ['', 'null', '{}', '[{"index":"x"}]', 'Connection refused']) {
    assert.throws(() => streamsOf(text), { code: 'sound_server_unavailable' });
  }
});

test('without pactl there is one clear error', async () => {
  const server = openSoundServer({ PATH: folder });
  await assert.rejects(server.streams(), { code: 'sound_server_unavailable', message: 'There is no pactl' });
});

test('a real sound server', {
  skip: process.env.EARSHOT_REQUIRE_SOUND === undefined && !existsSync('/usr/bin/pactl'),
}, async () => {
  const sound = await startVirtualSound();
  assert.ok(sound, 'there is no PulseAudio');
  let music: ChildProcess | undefined;
  try {
    const server = openSoundServer(sound.env);
    music = spawn('pacat', ['--playback', '--device=spk', '--client-name=music', '/dev/zero'], { env: sound.env });
    await eventually(async () => (await server.streams()).length === 1, 'the music plays');
    const [before] = await server.streams();
    assert.equal(before?.application, 'music');
    assert.equal(before?.pid, music.pid);
    const { ducking, file } = duckingOf(server);
    ducking.set(true);
    const quiet = Math.round((before?.volumes[0] ?? 0) * 0.3);
    await eventually(async () => (await server.streams())[0]?.volumes[0] === quiet, 'the music is quieter');
    assert.match(readFileSync(file, 'utf8'), /music/);
    await ducking.close();
    assert.deepEqual((await server.streams())[0]?.volumes, before?.volumes);
  } finally {
    music?.kill();
    await sound.stop();
  }
});
