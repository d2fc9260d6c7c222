/**
 * What the person sets on the device survives a restart; a damaged file mutes; of the volume the last change counts.
 */
import assert from 'node:assert/strict';
import { chmodSync, existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { silentLog } from '../../src/core/log/log.ts';
import { openLocalSettings } from '../../src/device/local-settings.ts';
import { inTemporaryFolder } from '../support/cli.ts';
import fc from '../support/fast-check.ts';

const open = (state: string, muted = false) => openLocalSettings(state, { muted, log: silentLog });

test('mute survives a restart, in a private file', () =>
  inTemporaryFolder(async (state) => {
    assert.equal(open(state).mutedBy, undefined);
    assert.equal(existsSync(join(state, 'local-settings.json')), false);
    open(state).setMutedBy('person');
    assert.equal(open(state).mutedBy, 'person');
    assert.equal(statSync(join(state, 'local-settings.json')).mode & 0o777, 0o600);
    open(state).setMutedBy(undefined);
    assert.equal(open(state).mutedBy, undefined);
    open(state).setMutedBy('gateway');
    assert.equal(open(state).mutedBy, 'gateway');
    // --muted is the person's.
    assert.equal(open(state, true).mutedBy, 'person');
    assert.equal(open(state).mutedBy, 'person');
  }));

test('a damaged file mutes, and the next change mends it', () =>
  inTemporaryFolder(async (state) => {
    const path = join(state, 'local-settings.json');
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.json(),
          fc.constantFrom(
            '{"muted":"no"}',
            '{"muted":false,"listening":{"value":{"mode":"loud"},"instead":"{}"}}',
            '{"muted":false,"listening":1}',
            '{"muted":false,"volumePercent":{}}',
            '{"muted":true,"mutedBy":"nobody"}',
          ),
        ),
        (text) => {
          writeFileSync(path, text);
          const { mutedBy, volumePercent, listening } = open(state);
          assert.ok(mutedBy === 'person' || JSON.parse(text).muted === false);
          assert.equal(listening, undefined);
          assert.equal(volumePercent, 100);
        },
      ),
      { numRuns: 200, seed: 12 },
    );
    writeFileSync(path, '\0'.repeat(40));
    open(state).setMutedBy(undefined);
    assert.deepEqual(JSON.parse(readFileSync(path, 'utf8')), { muted: false });
    // Something that cannot be read.
    rmSync(path);
    mkdirSync(path);
    assert.equal(open(state).mutedBy, 'person');
  }));

test('how it listens survives a restart', () =>
  inTemporaryFolder(async (state) => {
    const listening = { value: { mode: 'voice', followUpMs: 5_000 }, instead: '{}' } as const;
    open(state).setListening(listening);
    assert.deepEqual(open(state).listening, listening);
    open(state).noteListening(undefined);
    assert.equal(open(state).listening, undefined);
  }));

test('a mute that cannot be stored applies, and is reported', () =>
  inTemporaryFolder(async (folder) => {
    writeFileSync(join(folder, 'file'), '');
    const settings = open(join(folder, 'file', 'state'));
    assert.throws(() => settings.setMutedBy('person'), { code: 'store_failed' });
    assert.equal(settings.mutedBy, 'person');
    chmodSync(folder, 0o700);
  }));

test('the volume set on the device is used until the operator changes his, whoever restarts in between', () =>
  inTemporaryFolder(async (state) => {
    const first = open(state);
    assert.equal(first.volumePercent, 100);
    first.noteOperatorsVolume(70);
    assert.equal(first.volumePercent, 70);
    first.setVolume(30);
    assert.equal(first.volumePercent, 30);
    // The operator's settings come again at each connection.
    first.noteOperatorsVolume(70);
    const second = open(state);
    assert.equal(second.volumePercent, 30);
    second.noteOperatorsVolume(70);
    assert.equal(second.volumePercent, 30);
    second.noteOperatorsVolume(80);
    assert.equal(second.volumePercent, 80);
    assert.equal(open(state).volumePercent, 100);
  }));

test('a volume that was set before the first connection is used after it, too', () =>
  inTemporaryFolder(async (state) => {
    open(state).setVolume(20);
    const settings = open(state);
    settings.noteOperatorsVolume(50);
    assert.equal(settings.volumePercent, 20);
    settings.noteOperatorsVolume(50);
    assert.equal(open(state).volumePercent, 20);
    settings.noteOperatorsVolume(undefined);
    assert.equal(settings.volumePercent, 100);
  }));
