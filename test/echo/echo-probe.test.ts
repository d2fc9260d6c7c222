import assert from 'node:assert/strict';
import { test } from 'node:test';
import { chooseEchoCanceller } from '../../actors/echo/providers/choose.ts';
import { measureEcho } from '../../src/tools/doctor/echo-probe.ts';
import { LIVING_ROOM } from '../room/plans.ts';
import { createRoom } from '../room/room.ts';
import { readSamples, SHORT_SPEECH } from '../support/speech.ts';
import { testScope } from '../support/test-scope.ts';
import { createVirtualClock } from '../support/virtual-clock.ts';

async function measureIn({ echoDb, wanted }: { echoDb: number; wanted: string }) {
  const clock = createVirtualClock();
  const loudspeaker = { echoDb, driftPpm: 0, drive: 0.5 };
  const room = createRoom({ clock, plan: LIVING_ROOM, loudspeaker, noise: { colour: 'pink', levelDb: -60 }, seed: 4 });
  const chosen = await chooseEchoCanceller(wanted, { microphone: 'room', speaker: 'room' });
  const { openMicrophone, openSpeaker } = room;
  const voice = readSamples(SHORT_SPEECH);
  const measured = measureEcho({ openMicrophone, openSpeaker, choose: async () => chosen, voice }, testScope(clock));
  // The cards are opened.
  await new Promise((resolve) => setImmediate(resolve));
  await clock.run(10_000);
  const probe = await measured;
  assert.equal(room.isListening() || room.isPlaying(), false, 'both cards are closed');
  return probe;
}

test('in a room the echo is removed; with headphones there is none; without a canceller nothing is played', async () => {
  const heard = await measureIn({ echoDb: 0, wanted: 'auto' });
  assert.ok(heard.isHeard && heard.isConverged && heard.erleDb > 15, JSON.stringify(heard));
  const headphones = await measureIn({ echoDb: -80, wanted: 'auto' });
  assert.ok(!headphones.isHeard && !headphones.isConverged, JSON.stringify(headphones));
  const none = await measureIn({ echoDb: 0, wanted: 'none' });
  assert.equal(none.canceller, 'none');
});
