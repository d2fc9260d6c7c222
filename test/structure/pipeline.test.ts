/** The pipeline of the device is what src/device/pipeline/pipeline.ts says. */
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

test('each stage is an actor where it says, and each channel has a limit and a name of its own', () => {
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
