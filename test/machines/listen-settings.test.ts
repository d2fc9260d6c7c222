/**
 * Who may change the settings of listening, and whose change counts.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ListenSettings } from '../../src/core/contracts/index.ts';
import {
  createListenSettings,
  type ListenOptions,
  type LocalListening,
  listenSettingsOf,
} from '../../src/device/listen-settings.ts';

/** `kept`: what a restart finds. */
function store(started: ListenOptions, stored?: LocalListening) {
  const applied: ListenSettings[] = [];
  const kept: { listening: LocalListening | undefined } = { listening: stored };
  const keep = (listening: LocalListening | undefined) => {
    kept.listening = listening;
  };
  const settings = createListenSettings({
    ...{ started, stored, store: keep, tryStore: keep },
    apply: (each) => applied.push(each),
  });
  return { applied, kept, settings };
}

test('without options the device is push to talk, and with a wake word one may answer a reply', () => {
  const push = { mode: 'push', followUpMs: 0, answerMs: 0, patience: 'normal', interruption: 'auto' };
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

test('what was set on the device survives a restart, until the operator changes something', () => {
  const before = store({ mode: 'push' });
  before.settings.operatorHas({ patience: 'patient' });
  before.settings.change({ mode: 'voice' });
  const after = store({ mode: 'push' }, before.kept.listening);
  assert.equal(after.settings.current.mode, 'voice', 'before there is a connection');
  after.settings.operatorHas({ patience: 'patient' });
  assert.deepEqual(after.settings.current, listenSettingsOf({ mode: 'voice', patience: 'patient' }));
  after.settings.operatorHas({ patience: 'quick' });
  assert.deepEqual(after.settings.current, listenSettingsOf({ mode: 'push', patience: 'quick' }));
  assert.equal(after.kept.listening, undefined);
});

test('what was set without a connection is not taken back by the next one', () => {
  const { settings, kept } = store({});
  settings.change({ mode: 'voice' });
  settings.operatorHas({ mode: 'wake' });
  assert.equal(settings.current.mode, 'voice');
  assert.deepEqual(kept.listening, { value: { mode: 'voice' }, instead: '{"mode":"wake"}' });
  settings.operatorHas({ mode: 'wake' });
  assert.equal(settings.current.mode, 'voice');
});

test('what is for this run is not stored, counts more than what was set before, and less than what is set now', () => {
  const stored: LocalListening = { value: { mode: 'wake', patience: 'quick' }, instead: '{}' };
  const { settings, kept, applied } = store({}, stored);
  settings.listenForThisRun({ mode: 'voice', patience: 'patient' });
  assert.deepEqual(applied, [listenSettingsOf({ mode: 'voice', patience: 'patient' })]);
  settings.operatorHas({ mode: 'push' });
  assert.equal(settings.current.mode, 'voice', 'what the operator had set before');
  settings.change({ mode: 'push' });
  assert.deepEqual(settings.current, listenSettingsOf({ mode: 'push', patience: 'patient' }));
  assert.deepEqual(kept.listening?.value, { mode: 'push' });
  settings.operatorHas({ mode: 'wake' });
  assert.deepEqual(settings.current, listenSettingsOf({ mode: 'wake' }), 'the operator changes it');
});

test('a change that cannot be stored applies, and is reported', () => {
  const applied: ListenSettings[] = [];
  const settings = createListenSettings({
    ...{ started: {}, tryStore() {}, apply: (each: ListenSettings) => applied.push(each) },
    store() {
      throw new Error('the disk is full');
    },
  });
  assert.throws(() => settings.change({ mode: 'voice' }), /the disk is full/);
  assert.equal(applied[0]?.mode, 'voice');
});
