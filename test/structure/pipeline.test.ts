/**
 * The pipeline of the device is as in src/device/pipeline/pipeline.ts, and the path of a frame is as in
 * docs/architecture.md.
 */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { isIn, readModules } from '../../deploy/structure/modules.ts';
import { PIPELINE, PIPELINE_STAGES, type PipelineStage } from '../../src/device/pipeline/pipeline.ts';

const root = new URL('../../', import.meta.url);
const read = (path: string) => readFileSync(new URL(path, root), 'utf8');

test('the channels lead from the microphone to the network, and from the network to the speaker', () => {
  const { speech, encoded, uplink, downlink } = PIPELINE;
  let at: PipelineStage = 'capture';
  for (const { from, to } of [speech, encoded, uplink, downlink]) {
    assert.ok(from.includes(at), `${at} → ${to}`);
    at = to;
  }
  assert.equal(at, 'player');
  assert.deepEqual(Object.keys(PIPELINE_STAGES), ['capture', 'encoder', 'offline', 'network', 'player'], 'in order');
});

test('each stage is an actor in the given file, and each channel has a limit and its own name', () => {
  for (const [stage, path] of Object.entries(PIPELINE_STAGES))
    assert.match(read(path), new RegExp(`export function define${stage}\\(`, 'i'), path);
  const channels = Object.values(PIPELINE).map(({ open }) => open().stats());
  assert.equal(new Set(channels.map(({ name }) => name)).size, channels.length);
  for (const { name, limit } of channels) assert.ok(Number.isInteger(limit) && limit > 0, name);
});

test('no other file of the device opens a channel', () => {
  const opening = [...readModules(fileURLToPath(root)).values()].filter(
    ({ path, imports }) =>
      isIn(path, 'src/device') &&
      imports.some(({ target, isDeferred }) => target === 'src/core/actor/channel.ts' && !isDeferred),
  );
  assert.deepEqual(
    opening.map(({ path }) => path),
    ['src/device/pipeline/pipeline.ts'],
  );
});

test('a frame is followed in at most ten files, and what one passes on the next one takes', () => {
  const section = /## The life of a frame\n([\s\S]*?)\n## /.exec(read('docs/architecture.md'))?.[1] ?? '';
  const rows = [...section.matchAll(/^\| \d+ \| `([^`]+)` \| .* \| (.+) \|$/gm)];
  const steps = rows.map(([, path = '', passesOn = '']) => ({ path, type: /^`(\w+)`$/.exec(passesOn)?.[1] }));
  assert.match(steps[0]?.path ?? '', /microphone/);
  assert.match(steps.at(-1)?.path ?? '', /speaker/);
  assert.ok(new Set(steps.map(({ path }) => path)).size <= 10);
  assert.equal(steps.filter(({ type }) => type === undefined).length, 3, 'two messages on the wire, and the samples');
  for (const [index, { path, type }] of steps.entries())
    for (const file of [path, steps[index + 1]?.path ?? path])
      if (type) assert.match(read(file), new RegExp(`\\b${type}\\b`), `${path} passes on ${type}: not in ${file}`);
      else assert.ok(read(path).length > 0);
});
