/** The wake word of a Wyoming server, over a real connection. */
import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
import type { WakeEngine, WakeWord } from '../../actors/listening/wake-engine.ts';
import { openWakeEngine } from '../../actors/wake/engines.ts';
import { createScope, type OwnedScope } from '../../src/core/actor/scope.ts';
import type { Log } from '../../src/core/log/log.ts';
import { systemClock } from '../../src/core/time/clock.ts';
import { eventually } from '../support/eventually.ts';
import { freePort } from '../support/free-port.ts';
import { startWakePeer, type WakePeer, type WakePeerOptions } from './wyoming-peer.ts';

const BLOCK = 320;
const BLOCK_MS = 20;

let scope: OwnedScope;
let crashes: unknown[];
let warnings: string[];
let peers: WakePeer[];

beforeEach(() => {
  [crashes, warnings, peers] = [[], [], []];
  const warn = (message: string) => void warnings.push(message);
  const log: Log = { debug() {}, info() {}, warn, error: warn };
  scope = createScope('a test', { clock: systemClock, log, onCrash: (error) => crashes.push(error) });
});
afterEach(async () => {
  scope.end();
  for (const peer of peers) await peer.close();
  for (const { violations } of peers) assert.deepEqual(violations, []);
});

async function start(options?: WakePeerOptions): Promise<WakePeer> {
  const peer = await startWakePeer(options);
  peers.push(peer);
  return peer;
}

/** Pushes sound from this time on, each block with the time of its last sample. */
class Sound {
  readonly #engine: WakeEngine;
  atMs: number;

  constructor(engine: WakeEngine, atMs = 5_000) {
    [this.#engine, this.atMs] = [engine, atMs];
  }

  push(ms: number, loudAtMs?: number): void {
    for (let passed = 0; passed < ms; passed += BLOCK_MS) {
      const block = new Int16Array(BLOCK);
      const within = loudAtMs === undefined ? -1 : (loudAtMs - passed) * 16;
      if (within >= 0 && within < BLOCK) block[within] = 30_000;
      this.#engine.push(block, this.atMs + BLOCK_MS - 1 / 16);
      this.atMs += BLOCK_MS;
      // The engine must have copied it.
      block.fill(30_000);
    }
  }
}

async function open(name: string) {
  const heard: WakeWord[] = [];
  const engine = await openWakeEngine(name, { modelsFolder: '/nowhere' })((wake) => heard.push(wake), scope);
  return { engine, heard, sound: new Sound(engine) };
}

test('a detection has the time of its sound, whenever it arrives; within the refractory time there is one', async () => {
  const peer = await start();
  const { heard, sound } = await open(`wyoming:${peer.url}/hey_jarvis`);
  sound.push(1_000);
  await eventually(() => peer.heardMs() === 1_000, 'the sound arrives');
  sound.push(1_000, 410);
  await eventually(() => heard.length === 1, 'the first word');
  sound.push(1_000, 100);
  await eventually(() => peer.heardMs() === 3_000, 'the sound arrives');
  sound.push(1_800, 1_500);
  await eventually(() => heard.length === 2, 'the second word');
  assert.deepEqual(
    heard.map(({ word, score, endedAtMs }) => ({ word, score, endedAtMs: Math.round(endedAtMs) })),
    [
      { word: 'hey_jarvis', score: 1, endedAtMs: 6_410 },
      { word: 'hey_jarvis', score: 1, endedAtMs: 9_500 },
    ],
  );
  for (const { startedAtMs, endedAtMs } of heard) assert.ok(startedAtMs < endedAtMs);
  assert.deepEqual(peer.asked, [['hey_jarvis']]);
});

for (const timestamps of ['none', 'wrong'] as const) {
  test(`a server with ${timestamps} timestamps: the word ended with the newest sound`, async () => {
    const peer = await start({ timestamps });
    const { heard, sound } = await open(`wyoming:${peer.url}`);
    sound.push(500, 200);
    await eventually(() => heard.length === 1, 'the word');
    assert.equal(heard[0]?.word, 'ok_nabu');
    assert.ok(Math.abs((heard[0]?.endedAtMs ?? 0) - 5_500) < 1);
  });
}

test('after a gap the server begins anew, and times are right again', async () => {
  const peer = await start();
  const { heard, sound } = await open(`wyoming:${peer.url}`);
  sound.push(500);
  sound.atMs += 60_000;
  sound.push(500, 300);
  await eventually(() => heard.length === 1, 'the word');
  assert.equal(Math.round(heard[0]?.endedAtMs ?? 0), 65_800);
  assert.equal(peer.asked.length, 2);
});

test('a server that is lost and comes back is used again', async () => {
  const port = await freePort();
  const first = await startWakePeer({ port });
  const { heard, sound } = await open(`wyoming:${first.url}`);
  sound.push(200);
  await eventually(() => first.heardMs() === 200, 'the sound arrives');
  await first.close();
  await eventually(() => warnings.some((line) => line.includes('was lost')), 'it is lost');
  sound.push(200);
  const second = await start({ port });
  await eventually(() => second.connections() === 1, 'it connects again');
  sound.push(500, 300);
  await eventually(() => heard.length === 1, 'the word');
  assert.deepEqual(crashes, []);
});

test('a server that takes no sound is given up: memory does not grow', async () => {
  const peer = await start();
  const { engine } = await open(`wyoming:${peer.url}`);
  // As fast as possible: the event loop does not come to write it.
  for (let block = 0; block < 500; block += 1) engine.push(new Int16Array(BLOCK), 5_000 + block * BLOCK_MS);
  await eventually(() => warnings.some((line) => line.includes('does not take the sound')), 'it is given up');
  assert.ok(peer.heardMs() < 4_000);
});

test('servers that cannot be used are told before anything is listened to', async () => {
  const none = await start({ words: [] });
  await assert.rejects(open(`wyoming:${none.url}`), { code: 'wake_unavailable', message: /not for wake words/ });
  const other = await start();
  await assert.rejects(open(`wyoming:${other.url}/computer`), {
    code: 'wake_unavailable',
    message: /no wake word "computer"; it has ok_nabu, hey_jarvis/,
  });
  await assert.rejects(open(`wyoming:tcp://127.0.0.1:${await freePort()}`), {
    code: 'wake_unavailable',
    message: /nothing listens there/,
    hint: /Start the server/,
  });
});

test('when the scope ends while a silent server is asked, the connection is closed', async () => {
  const peer = await start({ isSilent: true });
  const opening = open(`wyoming:${peer.url}`).catch(() => {});
  await eventually(() => peer.connections() === 1, 'it is asked');
  scope.end();
  await eventually(() => peer.connections() === 0, 'it is closed');
  await opening;
});

test('after the end of the scope the connection is closed', async () => {
  const peer = await start();
  const { heard, sound } = await open(`wyoming:${peer.url}`);
  sound.push(200);
  await eventually(() => peer.heardMs() === 200, 'the sound arrives');
  scope.end();
  await eventually(() => peer.connections() === 0, 'it is closed');
  sound.push(500, 100);
  assert.deepEqual([heard, crashes], [[], []]);
});
