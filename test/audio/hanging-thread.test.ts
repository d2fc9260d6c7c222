/** An audio thread that does not answer, here because it is loaded; a card's driver can hold it as well. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { PlayerContract } from '../../src/core/contracts/index.ts';
import { silentLog } from '../../src/core/log/log.ts';
import { systemClock } from '../../src/core/time/clock.ts';
import { createAudioHost } from '../../src/device/audio/audio-host.ts';
import { fakeParent } from '../support/fake-parent.ts';
import { createVirtualClock } from '../support/virtual-clock.ts';
import { AUDIO_SETTINGS } from './audio-settings.ts';

test('metrics come after a second without those of the thread, and with them when it answers', async (t) => {
  const clock = createVirtualClock();
  const host = createAudioHost({ settings: AUDIO_SETTINGS, uplink() {}, clock, log: silentLog });
  const player = fakeParent<PlayerContract>(host.actor<PlayerContract>('player'), systemClock);
  t.after(async () => {
    player.stop();
    assert.equal(await host.close(), true);
  });
  const early = host.measure();
  await clock.run(1_000);
  assert.deepEqual(await early, { queues: [] });
  assert.notDeepEqual(await host.measure(), { queues: [] });
});
