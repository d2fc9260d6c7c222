/**
 * A turn that a device sends again, to a gateway that does not know it: it is answered once the cloud has said that it was not, and never before.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createCloudRecorder } from '../../actors/cloud/cloud-recorder.ts';
import type { Responder } from '../../actors/responder/responder.ts';
import type { TurnStanding } from '../../convex/turns.ts';
import { silentLog } from '../../src/core/log/log.ts';
import { STANDING_PATIENCE_MS } from '../../src/gateway/answered-turns.ts';
import { FINAL, hello, packet, turnStart } from '../support/client.ts';
import { fakeCloud } from '../support/fake-cloud.ts';
import { queueInMemory } from '../support/memory-files.ts';
import { queuedTurn, turnId } from '../support/records.ts';
import { createVirtualClock } from '../support/virtual-clock.ts';
import { arrivals, connect, utterancePackets, virtualGateway } from './virtual-gateway.ts';

const ELSEWHERE = { resume: { session: turnId(900), turn: 1, downlinkNext: 0 } };
const DONE: TurnStanding = { outcome: 'done', transcript: 'set a timer', replyText: 'It is set.', recorded: true };

function withCloud() {
  const clock = createVirtualClock();
  const cloud = fakeCloud(clock.now);
  let known: TurnStanding | null = null;
  Object.assign(cloud, { turnStanding: async () => known });
  const { queue } = queueInMemory();
  const recorder = createCloudRecorder({ cloud: Promise.resolve(cloud), queue, clock, log: silentLog });
  /** Frames that it was given of each turn. */
  const answered: number[] = [];
  const responder: Responder = (_, answer) => {
    let frames = 0;
    return {
      hear(heard) {
        frames += heard.frames.length;
        if (!heard.final) return;
        answered.push(frames);
        answer.processing('set a timer');
        answer.finish();
      },
      abort() {},
    };
  };
  const gateway = virtualGateway({ responder, recorder, clock, standing: recorder.standing });
  const tell = (standing: TurnStanding | null) => {
    known = standing;
    cloud.connect(true);
  };
  const come = (fields: object = {}) => {
    const device = connect(gateway.sessions, clock);
    device.say(hello('kitchen', fields));
    return device;
  };
  return { clock, cloud, queue, answered, come, tell };
}

const START = { ...turnStart(1), id: turnId(1) };
const UTTERANCE = [START, ...utterancePackets(1, 3)];

test('its answer waits for the cloud, and hears all of the utterance', async () => {
  const { clock, cloud, answered, come, tell } = withCloud();
  cloud.connect(false);
  const device = come(ELSEWHERE);
  device.say(...UTTERANCE);
  await clock.run(STANDING_PATIENCE_MS - 1);
  assert.deepEqual(answered, []);
  tell(null);
  await clock.run(1_000);
  assert.deepEqual(answered, [6]);
  assert.equal(arrivals(device, 'turn.done').length, 1);
});

test('it is not answered again when the cloud says that it was, a while later', async () => {
  const { clock, cloud, answered, come, tell } = withCloud();
  cloud.connect(false);
  const device = come(ELSEWHERE);
  device.say(...UTTERANCE);
  await clock.run(3_000);
  tell(DONE);
  await clock.run(20_000);
  assert.deepEqual(answered, []);
  assert.equal(arrivals(device, 'turn.processing')[0]?.message.transcript, 'set a timer');
  assert.equal(arrivals(device, 'turn.done').length, 1);
});

test('it fails when nobody says so in time after the end of the utterance, and is not answered afterwards', async () => {
  const { clock, cloud, answered, come, tell } = withCloud();
  cloud.connect(false);
  const device = come(ELSEWHERE);
  const [start, ...packets] = UTTERANCE;
  device.say(start as object, ...packets.slice(0, 2));
  await clock.run(1.5 * STANDING_PATIENCE_MS);
  assert.deepEqual(arrivals(device, 'error'), []);
  device.say(packet({ turn: 1, sequence: 4, flags: FINAL }));
  await clock.run(STANDING_PATIENCE_MS - 1);
  assert.deepEqual(arrivals(device, 'error'), []);
  await clock.run(10);
  const [error] = arrivals(device, 'error');
  assert.deepEqual(
    [error?.message.code, error?.message.turn, error?.message.retryable],
    ['cloud_unavailable', 1, true],
  );
  tell(null);
  await clock.run(20_000);
  assert.deepEqual(answered, []);
});

test('what this gateway has answered before, it knows while the cloud is away', async () => {
  const { clock, cloud, queue, answered, come } = withCloud();
  cloud.connect(false);
  await queue.put(queuedTurn(1, { outcome: 'done' }));
  const device = come(ELSEWHERE);
  device.say(...UTTERANCE);
  await clock.run(100);
  assert.equal(arrivals(device, 'turn.done').length, 1);
  assert.deepEqual(answered, []);
});

test('a turn that is new is answered without the cloud', async () => {
  const { clock, cloud, answered, come } = withCloud();
  cloud.connect(false);
  const device = come();
  device.say(...UTTERANCE);
  await clock.run(100);
  assert.deepEqual(answered, [6]);
  assert.equal(arrivals(device, 'turn.done').length, 1);
});
