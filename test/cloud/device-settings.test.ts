import assert from 'node:assert/strict';
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { openCachedReplies } from '../../actors/offline/cached-replies.ts';
import { silentLog } from '../../src/core/log/log.ts';
import { encodeOpusFile } from '../../src/core/ogg/opus-file.ts';
import { applySettings, storeCachedReply } from '../../src/device/device-settings.ts';
import { readDeviceToken, saveDeviceToken } from '../../src/device/device-token.ts';
import { createListenSettings } from '../../src/device/listen-settings.ts';
import { openLocalSettings } from '../../src/device/local-settings.ts';
import { inTemporaryFolder } from '../support/cli.ts';

test('settings are applied to the audio, and cached replies are stored on the disk', () =>
  inTemporaryFolder(async (folder) => {
    const configured: object[] = [];
    const applied: object[] = [];
    const listening = createListenSettings({
      ...{ started: { mode: 'voice' }, store() {}, tryStore() {} },
      apply: (settings) => applied.push(settings),
    });
    const target = {
      configure: (sound: object) => void configured.push(sound),
      local: openLocalSettings(folder, { muted: false, log: silentLog }),
      repliesFolder: join(folder, 'replies'),
      listening,
      log: silentLog,
    };
    applySettings({ volumePercent: 40, bitrate: 16_000 }, target);
    applySettings({}, target);
    assert.deepEqual(applied, [], 'no setting of listening');
    applySettings({ listening: { mode: 'wake' } }, target);
    assert.equal(listening.current.mode, 'wake');
    configured.pop();
    assert.deepEqual(configured, [{ volumePercent: 40, bitrate: 16_000 }, { volumePercent: 100 }]);

    const frames = [Uint8Array.of(8, 1), Uint8Array.of(8, 2)];
    const file = Buffer.from(encodeOpusFile({ frames })).toString('base64');
    storeCachedReply({ key: 'away', text: 'no connection', file }, target);
    storeCachedReply({ key: 'broken', text: 'x', file: 'bm8=' }, target);
    const replies = openCachedReplies(target.repliesFolder, '/nowhere');
    assert.deepEqual(replies.next(), { text: 'no connection', frames });
    applySettings({ cachedReplies: [] }, target);
    assert.deepEqual(replies.next().frames, []);
  }));

/** The length of the gateway's tokens. */
const TOKEN = 'x'.repeat(43);

test('only its user can read a token', () =>
  inTemporaryFolder(async (folder) => {
    const state = join(folder, 'state');
    assert.equal(readDeviceToken(state), undefined);
    saveDeviceToken(state, TOKEN);
    assert.equal(readDeviceToken(state), TOKEN);
    assert.equal(statSync(join(state, 'token')).mode & 0o777, 0o600);
  }));
