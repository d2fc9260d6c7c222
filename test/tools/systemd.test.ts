import assert from 'node:assert/strict';
import { test } from 'node:test';
import { silentLog } from '../../src/core/log/log.ts';
import { connectSystemd } from '../../src/device/systemd.ts';
import { settle } from '../support/run-actor.ts';
import { SimulatedClock } from '../support/simulated-clock.ts';

function underSystemd(environment: NodeJS.ProcessEnv) {
  const clock = new SimulatedClock();
  const told: string[][] = [];
  const state = { alive: true, hold: undefined as Promise<void> | undefined };
  const systemd = connectSystemd({
    environment,
    pid: 42,
    clock,
    log: silentLog,
    isAlive: () => state.alive,
    async notify(assignments) {
      told.push(assignments);
      await state.hold;
    },
  });
  return { clock, told, state, systemd };
}

const SOCKET = { NOTIFY_SOCKET: '/run/systemd/notify' };

test('without systemd nothing is sent and no timer runs', () => {
  const { clock, told, systemd } = underSystemd({ WATCHDOG_USEC: '1000000' });
  systemd.ready();
  systemd.status('x');
  clock.increment(10_000);
  assert.deepEqual(told, []);
});

test('it sends readiness, its status, and a keep-alive twice per period', async () => {
  const { clock, told, systemd } = underSystemd({ ...SOCKET, WATCHDOG_USEC: '120000000', WATCHDOG_PID: '42' });
  systemd.ready();
  await settle();
  systemd.status('connected\nto \u001b[2Jx');
  await settle();
  for (let i = 0; i < 2; i++) {
    clock.increment(60_000);
    await settle();
  }
  systemd.stopping();
  clock.increment(600_000);
  await settle();
  assert.deepEqual(told, [
    ['READY=1'],
    ['STATUS=connected\\nto \\u001b[2Jx'],
    ['WATCHDOG=1'],
    ['WATCHDOG=1'],
    ['STOPPING=1'],
  ]);
});

test('a daemon that is not alive sends no keep-alive', async () => {
  const { clock, told, state, systemd } = underSystemd({ ...SOCKET, WATCHDOG_USEC: '2000000' });
  systemd.ready();
  await settle();
  state.alive = false;
  clock.increment(5_000);
  await settle();
  assert.deepEqual(told, [['READY=1']]);
});

test('a watchdog of another process is ignored', async () => {
  const { clock, told, systemd } = underSystemd({ ...SOCKET, WATCHDOG_USEC: '2000000', WATCHDOG_PID: '7' });
  systemd.ready();
  clock.increment(5_000);
  await settle();
  assert.deepEqual(told, [['READY=1']]);
});

test('while systemd is slow, only the newest assignment of each name waits', async () => {
  const { told, state, systemd } = underSystemd(SOCKET);
  let release: () => void = () => {};
  state.hold = new Promise((resolve) => {
    release = resolve;
  });
  systemd.ready();
  for (const text of ['one', 'two', 'three']) systemd.status(text);
  systemd.stopping();
  state.hold = undefined;
  release();
  await settle();
  assert.deepEqual(told, [['READY=1'], ['STATUS=three', 'STOPPING=1']]);
});
