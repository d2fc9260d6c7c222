/**
 * The records of a turn that is replaced by another, and of a session that ends during a turn.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createCloudRecorder } from '../../actors/cloud/cloud-recorder.ts';
import { parrot } from '../../actors/responder/parrot.ts';
import type { CloudTurnRecord } from '../../convex/turns.ts';
import { silentLog } from '../../src/core/log/log.ts';
import { createSessions } from '../../src/gateway/sessions.ts';
import { connect, utterancePackets } from '../protocol/virtual-gateway.ts';
import { hello, packet, turnStart } from '../support/client.ts';
import { fakeCloud } from '../support/fake-cloud.ts';
import { queueInMemory } from '../support/memory-files.ts';
import { createVirtualClock } from '../support/virtual-clock.ts';

test('a replaced turn is recorded as aborted, a turn interrupted by the end of its session as failed', async () => {
  const clock = createVirtualClock();
  const cloud = fakeCloud(() => clock.now());
  const options = { cloud: Promise.resolve(cloud), queue: queueInMemory().queue, clock, log: silentLog };
  const recorder = createCloudRecorder(options);
  const sessions = createSessions({
    responder: parrot,
    recorder,
    clock,
    log: silentLog,
    newId: () => 's',
    observe: recorder.observe,
  });
  const device = connect(sessions, clock);
  const [first, second, third] = [turnStart(1), turnStart(2), turnStart(3)];
  device.say(hello('impatient'), first, ...utterancePackets(1, 50));
  await clock.run(500);
  device.say(second, ...utterancePackets(2, 1));
  await clock.run(5_000);
  device.say(third, packet({ turn: 3, sequence: 0 }));
  await clock.run(1_000);
  device.disconnect();
  await clock.run(200_000);

  const told = cloud.named('recordTurn').map(([, record]) => record as CloudTurnRecord);
  const last = ({ id }: { id: string }) => told.filter(({ turn }) => turn === id).at(-1);
  assert.deepEqual(
    [first, second, third].map((start) => [last(start)?.outcome, last(start)?.state]),
    [
      ['aborted', 'idle'],
      ['done', 'idle'],
      ['failed', 'error'],
    ],
  );
  for (const start of [first, second, third]) assert.ok(last(start)?.endedAt !== undefined);
});
