/**
 * Slow pages: they use bounded memory, are told what they missed, and are disconnected when they do not read.
 */
import assert from 'node:assert/strict';
import { EventEmitter } from 'node:events';
import { test } from 'node:test';
import type { WebSocket } from 'ws';
import type { Entry } from '../../src/observability/inspect/entries.ts';
import { createEntryLog } from '../../src/observability/inspect/entry-log.ts';
import { createPageClients } from '../../src/observability/inspect/page-clients.ts';
import { createVirtualClock } from '../support/virtual-clock.ts';

class FakeSocket extends EventEmitter {
  sent: string[] = [];
  bufferedAmount = 0;
  /** Reads nothing: sent data waits. */
  hangs = false;
  pings = 0;
  ended = '';

  send(text: string): void {
    this.sent.push(text);
    if (this.hangs) this.bufferedAmount += text.length;
  }
  ping(): void {
    this.pings += 1;
    if (!this.hangs) this.emit('pong');
  }
  terminate(): void {
    this.ended = 'terminated';
    this.emit('close');
  }
  close(code: number): void {
    this.ended = `closed ${code}`;
    this.emit('close');
  }
}

function setUp() {
  const clock = createVirtualClock();
  const entryLog = createEntryLog();
  const clients = createPageClients(entryLog, clock);
  const open = () => {
    const socket = new FakeSocket();
    clients.add(socket as unknown as WebSocket, { k: 'hello' });
    return socket;
  };
  const write = (bytes: number) =>
    entryLog.write({ k: 'mark', t: clock.now(), level: 'info', text: 'x'.repeat(bytes) } satisfies Entry);
  return { clock, entryLog, clients, open, write };
}

test('a page gets the history, then new entries, in batches', async () => {
  const { clock, open, write } = setUp();
  write(1);
  const socket = open();
  write(2);
  write(3);
  await clock.run(200);
  const [hello, history, batch, ...more] = socket.sent;
  assert.equal(hello, '{"k":"hello"}');
  assert.equal((JSON.parse(history ?? '') as Entry[]).length, 1);
  assert.equal((JSON.parse(batch ?? '') as Entry[]).length, 2);
  assert.deepEqual(more, []);
});

test('a hung page uses bounded memory, others get everything, and it is disconnected in the end', async () => {
  const { clock, clients, open, write } = setUp();
  const [hung, well] = [open(), open()];
  hung.hangs = true;
  for (let i = 0; i < 1_000; i++) {
    write(20_000);
    if (i % 10 === 0) await clock.run(100);
  }
  assert.ok(hung.bufferedAmount < 5 * 1_024 * 1_024, `${hung.bufferedAmount} bytes wait`);
  assert.ok(clients.dropped() > 500);
  const got = well.sent.slice(2).reduce((sum, text) => sum + (JSON.parse(text) as Entry[]).length, 0);
  assert.ok(got >= 990, `the other page received ${got}`);
  await clock.run(60_000);
  assert.equal(hung.ended, 'terminated');
  assert.equal(well.ended, '');
  assert.equal(clients.count(), 1);
});

test('a page that catches up gets the number of missed lines and the current state', async () => {
  const { clock, open, write } = setUp();
  const socket = open();
  socket.bufferedAmount = 5 * 1_024 * 1_024;
  write(1);
  await clock.run(150);
  write(2);
  await clock.run(150);
  assert.equal(socket.sent.length, 2);
  socket.bufferedAmount = 0;
  write(3);
  await clock.run(150);
  assert.deepEqual(JSON.parse(socket.sent[2] ?? ''), { k: 'behind', missed: 3 });
  write(4);
  await clock.run(150);
  assert.equal((JSON.parse(socket.sent.at(-1) ?? '') as Entry[]).length, 1);
});

test('without a page nothing is collected and no timer runs', async () => {
  const { clock, clients, open, write } = setUp();
  const socket = open();
  socket.close(1_000);
  write(10);
  assert.equal(clients.count(), 0);
  assert.equal(clock.timers(), 0);
});

test('the ninth page is refused', () => {
  const { clients, open } = setUp();
  const sockets = Array.from({ length: 9 }, open);
  assert.equal(sockets.at(-1)?.ended, 'closed 1013');
  assert.equal(clients.count(), 8);
});
