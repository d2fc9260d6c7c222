/**
 * A gateway's end, in virtual time: who is asked to leave, who may finish, and how long it lasts.
 */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { silentLog } from '../../src/core/log/log.ts';
import { createDraining } from '../../src/gateway/draining.ts';
import { arrivals, connect, type End, utterancePackets, virtualGateway } from '../protocol/virtual-gateway.ts';
import { FINAL, hello, packet, turnStart } from '../support/client.ts';

const closeCode = ({ closed }: End) => closed?.code;

function draining() {
  const gateway = virtualGateway();
  const { sessions, clock, device } = gateway;
  let isRefusing = false;
  const refuse = () => {
    isRefusing = true;
  };
  const { drain } = createDraining({ sessions, refuse, clock, log: silentLog });
  let endedAfterMs: number | undefined;
  const begin = (timeoutMs: number) => {
    const startedAtMs = clock.now();
    void drain(timeoutMs).then(() => {
      endedAfterMs = clock.now() - startedAtMs;
    });
  };
  device.say(hello('kitchen'));
  return { ...gateway, begin, isRefusing: () => isRefusing, endedAfterMs: () => endedAfterMs };
}

test('without devices it ends at once', async () => {
  const { clock, device, begin, endedAfterMs } = draining();
  device.disconnect();
  await clock.run(20_000);
  begin(30_000);
  await clock.run(0);
  assert.equal(endedAfterMs(), 0);
});

test('further devices are refused, and each device is told how long it has and over what time to leave', async () => {
  const { clock, sessions, device, begin, isRefusing } = draining();
  const hall = connect(sessions, clock);
  hall.say(hello('hall'));
  begin(30_000);
  assert.ok(isRefusing());
  const goaway = { type: 'goaway', afterMs: 30_000, spreadMs: 20 };
  for (const each of [device, hall])
    assert.deepEqual(
      arrivals(each, 'goaway').map(({ message }) => message),
      [goaway],
    );
});

test('it ends when the last device has left', async () => {
  const { clock, device, begin, endedAfterMs } = draining();
  begin(30_000);
  await clock.run(1_000);
  assert.equal(endedAfterMs(), undefined);
  device.disconnect();
  await clock.run(0);
  assert.equal(endedAfterMs(), 1_000);
});

test('a turn under way is answered to its end, and the device may leave afterwards', async () => {
  const { clock, device, begin, endedAfterMs } = draining();
  device.say(turnStart(1), packet({ turn: 1, sequence: 0 }));
  begin(30_000);
  await clock.run(10_000);
  assert.equal(device.closed, undefined);
  device.say(...utterancePackets(1, 100).slice(1));
  await clock.run(1_000);
  assert.equal(device.closed, undefined);
  await clock.run(3_000);
  assert.equal(arrivals(device, 'turn.done').length, 1);
  assert.equal(device.closed, undefined);
  device.disconnect();
  await clock.run(0);
  assert.equal(endedAfterMs(), 14_000);
});

test('an idle device that does not leave is disconnected after a while, and not sooner after its turn', async () => {
  const { clock, sessions, device, begin, endedAfterMs } = draining();
  const hall = connect(sessions, clock);
  hall.say(hello('hall'), turnStart(1), packet({ turn: 1, sequence: 0 }));
  begin(30_000);
  await clock.run(5_000);
  assert.equal(device.closed, undefined);
  await clock.run(1_000);
  assert.equal(closeCode(device), 1_001);
  hall.say(packet({ turn: 1, sequence: 2, flags: FINAL }));
  await clock.runUntil(() => arrivals(hall, 'turn.done').length > 0, 3_000, 'the turn ends');
  await clock.run(4_900);
  assert.equal(hall.closed, undefined);
  await clock.run(1_000);
  assert.equal(closeCode(hall), 1_001);
  assert.ok((endedAfterMs() ?? 0) < 15_000);
});

test('a turn that does not end is waited for until the time is over', async () => {
  const { clock, device, begin, endedAfterMs } = draining();
  device.say(turnStart(1), packet({ turn: 1, sequence: 0 }));
  begin(30_000);
  for (let seconds = 0; seconds < 40; seconds += 5) {
    device.say({ type: 'ping', t0: 1 });
    await clock.run(5_000);
  }
  assert.equal(endedAfterMs(), 30_000);
});

describe('a device that is gone in the middle of a turn', () => {
  test('is not waited for: it cannot come back here', async () => {
    const { clock, device, begin, endedAfterMs } = draining();
    device.say(turnStart(1), packet({ turn: 1, sequence: 0 }));
    begin(30_000);
    await clock.run(1_000);
    device.disconnect();
    await clock.run(0);
    assert.equal(endedAfterMs(), 1_000);
  });

  test('before it began, is not waited for either', async () => {
    const { clock, device, begin, endedAfterMs } = draining();
    device.say(turnStart(1), packet({ turn: 1, sequence: 0 }));
    device.disconnect();
    await clock.run(1_000);
    begin(30_000);
    await clock.run(0);
    assert.equal(endedAfterMs(), 0);
  });
});
