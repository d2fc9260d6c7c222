/**
 * The gateway knows whose recordings are kept before the cloud answers, by what it said last.
 */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import type { Cloud } from '../../actors/cloud/cloud.ts';
import { openRecordingChoices } from '../../actors/cloud/recording-choices.ts';
import { silentLog } from '../../src/core/log/log.ts';
import { fakeCloud } from '../support/fake-cloud.ts';
import { ready } from '../support/simulated-clock.ts';

test('the choices are those of the cloud, and after a restart those of before', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'earshot-test-choices-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const file = join(folder, 'choices.json');
  const warnings: string[] = [];
  const log = { ...silentLog, warn: (message: string) => void warnings.push(message) };
  const open = (cloud: Promise<Cloud>) => openRecordingChoices({ cloud, file, log });
  const keeps = ({ keeps }: ReturnType<typeof open>) => [keeps('kitchen'), keeps('hall')];
  const cloud = fakeCloud();
  const first = open(Promise.resolve(cloud));
  assert.deepEqual(keeps(first), [true, true]);
  await ready();
  cloud.tellRecordingChoices({ keepRecordings: false, devices: [{ device: 'hall', keepRecordings: true }] });
  assert.deepEqual(keeps(first), [false, true]);
  assert.equal(statSync(file).mode & 0o777, 0o600);
  first.close();
  cloud.tellRecordingChoices({ keepRecordings: true, devices: [] });
  // Its cloud never comes.
  assert.deepEqual(keeps(open(new Promise(() => {}))), [false, true]);
  assert.deepEqual(keeps(open(Promise.reject(new Error('no cloud')))), [false, true]);
  writeFileSync(file, '{"keepRecordings": "no"}');
  assert.deepEqual(warnings, []);
  assert.deepEqual(keeps(open(new Promise(() => {}))), [true, true]);
  assert.deepEqual(warnings, ['the choice of recordings cannot be read']);
});
