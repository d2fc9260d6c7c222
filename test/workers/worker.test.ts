/** One worker as the primary sees it, whose process hangs. */
import assert from 'node:assert/strict';
import type { ChildProcess } from 'node:child_process';
import { EventEmitter } from 'node:events';
import { test } from 'node:test';
import { type LogFields, silentLog } from '../../src/core/log/log.ts';
import { openWorker } from '../../src/gateway/workers/worker.ts';
import { createVirtualClock } from '../support/virtual-clock.ts';

class Process extends EventEmitter {
  readonly connected = true;
  isKilled = false;
  send() {}
  kill(signal: string) {
    this.isKilled = true;
    this.emit('exit', null, signal);
  }
}

function open() {
  const clock = createVirtualClock();
  const processes: Process[] = [];
  const killed: unknown[] = [];
  const ended: boolean[] = [];
  const worker = openWorker({
    slot: 0,
    start() {
      processes.push(new Process());
      return processes.at(-1) as unknown as ChildProcess;
    },
    onMessage() {},
    onReady() {},
    onEnded: (_, isFirst) => ended.push(isFirst),
    clock,
    log: { ...silentLog, error: (_: string, fields?: LogFields) => killed.push(fields?.reason) },
  });
  return { worker, clock, processes, killed, ended };
}

test('a process that is not ready within two minutes is killed, as a failed start, and replaced', async () => {
  const { clock, processes, killed, ended } = open();
  await clock.run(119_000);
  assert.deepEqual([killed, ended], [[], []]);
  await clock.run(1_000);
  assert.deepEqual([killed, ended, processes[0]?.isKilled], [['it is not ready'], [true], true]);
  await clock.run(100);
  assert.equal(processes.length, 2);
});

test('one that is ready stays, however long it has nothing to do', async () => {
  const { worker, clock, processes, killed } = open();
  await clock.run(100_000);
  processes[0]?.emit('message', { kind: 'ready', news: {} });
  await clock.run(3_600_000);
  assert.deepEqual([killed, worker.isReady(), processes.length], [[], true, 1]);
});
