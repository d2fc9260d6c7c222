/**
 * The examples of the local API, as far as they run without their hardware.
 */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { parseDocument } from 'yaml';
import { eventually } from '../support/eventually.ts';
import { ask, openApi, TOKEN } from './api.ts';

const FOLDER = new URL('../../examples/local-api/', import.meta.url);
const load = (name: string) => import(new URL(name, FOLDER).href);

function run(t: TestContext, name: string, socket: string, ...args: string[]) {
  const child = spawn(process.execPath, [fileURLToPath(new URL(name, FOLDER)), ...args], {
    env: { ...process.env, EARSHOT_API_SOCKET: socket },
    stdio: ['pipe', 'inherit', 'inherit'],
  });
  t.after(() => child.kill('SIGKILL'));
  return child;
}

test('a button that bounces is pressed once and released once, in both formats of gpiomon', async (t) => {
  const { path, calls } = await openApi(t);
  const button = run(t, 'gpio-button.mjs', path);
  button.stdin.write('0\n1\n0\n1\n0\n');
  await eventually(() => calls.length === 1, 'calls.length === 1');
  button.stdin.write('1\nnonsense\n');
  await eventually(() => calls.length === 2, 'calls.length === 2');
  button.stdin.write('2\n');
  await eventually(() => calls.length === 3, 'calls.length === 3');
  button.stdin.write('1\n2\n1\n');
  await eventually(() => calls.length === 4, 'calls.length === 4');
  assert.deepEqual(calls, ['press', 'release', 'press', 'release']);
});

test('a frame for APA102: zeros, each LED as brightness, blue, green, red, and ones', async () => {
  const { apa102Frame } = await load('apa102.mjs');
  const colours = [
    [255, 0, 1],
    [300, -5, 127.6],
  ];
  assert.deepEqual(
    [...apa102Frame(colours, 31)],
    [0, 0, 0, 0, 0xff, 1, 0, 255, 0xff, 128, 0, 255, 0xff, 0xff, 0xff, 0xff],
  );
  assert.equal(apa102Frame(colours, 8)[4], 0xe8);
  // Half a bit for each LED.
  assert.equal(apa102Frame(Array(144).fill([0, 0, 0])).length, 4 + 4 * 144 + 9);
});

test('mute is visible in every state, and a level lights a part of the ring', async () => {
  const { ringColours } = await load('apa102.mjs');
  for (const state of ['idle', 'streaming', 'playing', 'error']) {
    const ring = ringColours({ state, muted: true }, 12);
    assert.deepEqual(
      [ring[0], ring[6]],
      [
        [255, 30, 0],
        [255, 30, 0],
      ],
    );
  }
  const lit = (levelDb: number) =>
    ringColours({ state: 'streaming', levelDb }, 12).filter((colour: number[]) => colour.some(Boolean)).length;
  assert.deepEqual([lit(-96), lit(-30), lit(0)], [1, 6, 12]);
});

test('the ring follows the device', async (t) => {
  const { path, folder, enter, events, end } = await openApi(t);
  const device = join(folder, 'spi');
  writeFileSync(device, '');
  run(t, 'led-ring.mjs', path, device, '3');
  const FRAME = 4 + 4 * 3 + 4;
  const frames = () => {
    const bytes = readFileSync(device);
    return Array.from({ length: bytes.length / FRAME }, (_, i) =>
      bytes.subarray(i * FRAME + 4, i * FRAME + 16).toString('hex'),
    );
  };
  await eventually(() => frames().length === 1, 'frames().length === 1');
  assert.equal(frames().at(-1), 'e8000000'.repeat(3));
  enter('streaming', 1);
  await eventually(() => frames().length === 2, 'frames().length === 2');
  assert.equal(frames().at(-1), 'e8ff3c00'.repeat(3));
  events.set({ ...events.state(), muted: true });
  await eventually(() => frames().length === 3, 'frames().length === 3');
  assert.equal(frames().at(-1), 'e8001effe8001effe8ff3c00');
  end();
  await eventually(() => frames().length === 4, 'frames().length === 4');
  assert.equal(frames().at(-1), 'e8000000'.repeat(3));
});

test("Home Assistant's commands and sensors are what the API takes", async (t) => {
  const { port, calls, events } = await openApi(t);
  const text = readFileSync(new URL('home-assistant/configuration.yaml', FOLDER), 'utf8');
  const { rest_command: commands, rest } = parseDocument(text, {
    customTags: [{ tag: '!secret', resolve: (name: string) => name }],
  }).toJS();
  const headers = { authorization: `Bearer ${TOKEN}` };
  const values: Record<string, string> = { 'muted | bool | lower': 'true', 'percent | int': '20' };
  for (const { url, method, payload = '', headers: given } of Object.values(commands) as {
    url: string;
    method: string;
    payload?: string;
    headers: object;
  }[]) {
    assert.deepEqual(given, { authorization: 'earshot_token' });
    const body = payload.replace(
      /\{\{ (.*?) \}\}/g,
      (_, template: string) => values[template] ?? assert.fail(template),
    );
    const { status } = await ask({ port }, new URL(url).pathname, { method: method.toUpperCase(), headers, body });
    assert.equal(status, 200, url);
  }
  const { muted, volumePercent } = events.state();
  assert.deepEqual([calls, muted, volumePercent], [['press'], true, 20]);
  for (const { resource } of rest) {
    const { body } = await ask({ port }, new URL(resource).pathname, { headers });
    assert.ok('state' in body && 'muted' in body);
  }
  assert.ok(
    parseDocument(readFileSync(new URL('home-assistant/automations.yaml', FOLDER), 'utf8')).toJS().length === 3,
  );
});
