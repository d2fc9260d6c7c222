/**
 * 24 hours of bad Wi-Fi: link machine and network actor on a simulated clock, with thousands of short connections.
 * Nothing may remain, and the backoff must hold.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { watchInterfaces } from '../../actors/network/interface-watch.ts';
import { defineNetwork } from '../../actors/network/network.ts';
import { actorLogic } from '../../machines/adapter/actor-host.ts';
import { machineLogic } from '../../machines/adapter/contract-logic.ts';
import { LINK_DELAYS_MS, link } from '../../machines/link.ts';
import { supervised } from '../../machines/supervise.ts';
import { createChannel } from '../../src/core/actor/channel.ts';
import { type LinkContract, networkContract } from '../../src/core/contracts/index.ts';
import { silentLog } from '../../src/core/log/log.ts';
import { createCountingClock } from '../support/counting-clock.ts';
import { fakeBoot } from '../support/fake-boot.ts';
import { fakeParent } from '../support/fake-parent.ts';
import { fakeDial } from '../support/fake-socket.ts';
import { seededRandom } from '../support/random.ts';

const AUDIO = { codec: 'opus', sampleRateHz: 16_000, channels: 1, frameMs: 20, framesPerPacket: 3 } as const;
const WELCOME = {
  type: 'welcome',
  session: 's',
  resumed: false,
  uplinkNext: 0,
  audio: AUDIO,
  limits: { maxMessageBytes: 65_536, maxTurnMs: 1 },
  serverTime: 0,
};
const DAY_MS = 24 * 3_600_000;

/** After a garbage collection, so that only reachable memory counts. */
function heapUsed(): number {
  setFlagsFromString('--expose-gc');
  runInNewContext('gc')();
  return process.memoryUsage().heapUsed;
}

test('24 hours of short connections leave no timer, socket or memory, and keep the backoff within its limits', () => {
  const random = seededRandom(24);
  const clock = createCountingClock();
  const { dial, sockets } = fakeDial();
  const network = defineNetwork({
    dial,
    hello: { type: 'hello', protocol: 1, device: { name: 'toy' }, audio: AUDIO, playback: { bufferMs: 600 } },
    uplink: createChannel({ name: 'uplink', limit: 1, whenFull: 'drop-newest' }),
    backlog: createChannel({ name: 'backlog', limit: 1, whenFull: 'drop-newest' }),
    downlink: () => {},
    onReceiverReport: () => {},
    watchInterfaces: watchInterfaces(() => ['127.0.0.1']),
    random: random.next,
    boot: fakeBoot(clock),
  });
  const logic = link.provide({
    actors: {
      network: supervised(networkContract, actorLogic(networkContract, network, { clock: clock, log: silentLog })),
    },
  });
  const parent = fakeParent<LinkContract>(machineLogic(logic), clock);
  let connections = 0;
  let mostTimers = 0;
  let heap = 0;

  while (clock.now() < DAY_MS) {
    const socket = sockets.shift();
    if (!socket) {
      clock.increment(100);
    } else {
      connections += 1;
      const fate = random.next();
      if (fate < 0.4) socket.end(1_006);
      else {
        socket.handlers.onOpen();
        socket.say(WELCOME);
        // Up for at most a minute; then closed by the other end, or silent until the time-out.
        for (let up = random.integer(1, 60); up > 0; up--) {
          clock.increment(1_000);
          socket.say({ type: 'pong', t0: clock.now() - 20, t1: 0, t2: 0 });
        }
        if (fate < 0.8) socket.end(1_006);
        else for (let i = 0; i < 25 && !socket.terminated; i++) clock.increment(1_000);
        assert.ok(fate < 0.8 || socket.terminated, 'a silent connection was detected');
      }
    }
    mostTimers = Math.max(mostTimers, clock.timers());
    for (const event of parent.received.splice(0)) {
      if (event.type !== 'link.down') continue;
      assert.ok(event.retryInMs >= LINK_DELAYS_MS.firstRetry / 2 && event.retryInMs <= LINK_DELAYS_MS.longestRetry);
    }
    if (connections === 200 && heap === 0) heap = heapUsed();
  }

  assert.ok(connections > 1_000, `${connections} connections`);
  assert.ok(mostTimers <= 3, `${mostTimers} timers at once`);
  const grownMb = (heapUsed() - heap) / 1e6;
  assert.ok(grownMb < 3, `the heap grew by ${grownMb} MB over ${connections} connections`);
  parent.stop();
  assert.equal(clock.timers(), 0, 'remaining timers');
});
