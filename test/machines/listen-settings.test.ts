/**
 * Who may change the settings of listening, and whose change counts.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ListenSettings } from '../../src/core/contracts/index.ts';
import { createListenSettings, type ListenOptions, listenSettingsOf } from '../../src/device/listen-settings.ts';

function store(started: ListenOptions) {
  const applied: ListenSettings[] = [];
  return { applied, settings: createListenSettings(started, (settings) => applied.push(settings)) };
}

test('without options the device is push to talk, and with a wake word one may answer a reply', () => {
  const push = { mode: 'push', followUpMs: 0, patience: 'normal', interruption: 'auto' };
  assert.deepEqual(listenSettingsOf({}), push);
  assert.equal(listenSettingsOf({ mode: 'wake' }).followUpMs, 8_000);
  assert.equal(listenSettingsOf({ mode: 'wake', followUpMs: 0 }).followUpMs, 0);
  assert.equal(listenSettingsOf({ mode: 'voice' }).followUpMs, 0);
});

test('the last change counts; what the operator repeats is no change', () => {
  const { settings, applied } = store({ mode: 'push', patience: 'quick' });
  settings.operatorHas(undefined);
  assert.deepEqual(applied, [], 'a connection changes nothing');
  settings.change({ mode: 'voice' });
  assert.equal(settings.current.mode, 'voice');
  assert.equal(settings.current.patience, 'quick', 'the others stay');
  settings.operatorHas({ mode: 'wake' });
  assert.equal(settings.current.mode, 'wake');
  settings.change({ mode: 'push' });
  settings.operatorHas({ mode: 'wake' });
  assert.equal(settings.current.mode, 'push', 'another setting was changed, or it has connected again');
  settings.operatorHas({ patience: 'patient' });
  assert.deepEqual(settings.current, listenSettingsOf({ mode: 'push', patience: 'patient' }));
  settings.operatorHas(undefined);
  assert.deepEqual(settings.current, listenSettingsOf({ mode: 'push', patience: 'quick' }), 'as it was started');
  assert.deepEqual(applied.at(-1), settings.current);
  assert.equal(applied.length, 5);
});
