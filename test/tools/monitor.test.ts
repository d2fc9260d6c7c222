import assert from 'node:assert/strict';
import { chownSync, existsSync, mkdirSync, statSync, writeFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { test } from 'node:test';
import { createCollector } from '../../src/observability/monitor/collector.ts';
import { createCounters } from '../../src/observability/monitor/counters.ts';
import type { MonitorMetrics } from '../../src/observability/monitor/metrics.ts';
import { chooseDaemon, findDaemons } from '../../src/observability/monitor/monitor-client.ts';
import { type MonitorServerOptions, startMonitorServer } from '../../src/observability/monitor/monitor-server.ts';
import { toPrometheus } from '../../src/observability/monitor/prometheus.ts';
import { view } from '../../src/observability/monitor/view.ts';
import { inTemporaryFolder } from '../support/cli.ts';
import { createCountingClock } from '../support/counting-clock.ts';
import { eventually } from '../support/eventually.ts';
import { inTime, once } from '../support/in-time.ts';
import { parseMetrics } from '../support/prometheus.ts';
import { testScope } from '../support/test-scope.ts';

const FIGURES: MonitorMetrics = {
  ...{
    at: '1970-01-01T00:00:00.000Z',
    pid: 42,
    version: '1.2.3',
    threads: 'one',
    upSeconds: 3_700,
    state: 'streaming',
    connected: true,
    microphone: 'waiting',
    attention: 'speech',
  },
  ...{ cpuPercent: 12.3, cpuSeconds: 4.5, memoryMb: 61.2, networkLatencyMs: 18.4, guardMs: 6.5 },
  sent: { bytesPerSecond: 4_321, bytes: 123_456 },
  received: { bytesPerSecond: 12, bytes: 345 },
  buffers: [
    { name: 'a "new"\nbuffer', depth: 50, limit: 100, dropped: 7 },
    { name: 'jitter buffer', unit: 'ms', depth: 640, limit: 3_000, dropped: 0 },
  ],
  totals: {
    ...{ turns: 5, failedTurns: 1, framesSent: 750, framesDropped: 2, framesPlayed: 700, framesLost: 3 },
    ...{ concealedMs: 123.4, underruns: 4, captureOverflows: 6, linkLosses: 8, actorCrashes: 9 },
  },
};

test('the view has every metric with its budget, in columns', () => {
  const lines = view(FIGURES);
  assert.equal(
    lines[0],
    'earshot 1.2.3, process 42, one thread, up 1 h 1 min: streaming, connected, 18.4 ms round trip',
  );
  const text = lines.join('\n');
  for (const part of [
    '12.3 %',
    '61.2 MB',
    '4321 B/s',
    '6.5 ms',
    '640 of 3000 ms',
    '7 dropped',
    '8 link losses',
    '3 lost, 123 ms',
  ]) {
    assert.ok(text.includes(part), `${part} is not in\n${text}`);
  }
  const halfFull = lines.find((line) => line.includes('50 of 100')) ?? '';
  assert.match(halfFull, /█{10}░{10}/);
  assert.match(view({ ...FIGURES, connected: false })[0] ?? '', /not connected$/);
});

test('Prometheus can parse every line, and every counter has the type counter', () => {
  const lines = toPrometheus(FIGURES);
  parseMetrics(lines);
  assert.ok(lines.includes('earshot_buffer_dropped_total{buffer="a \\"new\\"\\nbuffer"} 7'), lines.join('\n'));
  assert.ok(lines.includes('earshot_concealed_seconds_total 0.123'));
  assert.ok(lines.includes('earshot_card_guard_seconds 0.0065'));
});

test('rates are relative to the previous metrics', async () => {
  // The monotonic clock and the wall clock have different origins.
  const WALL_MS = Date.UTC(2026, 0, 1);
  let nowMs = 1_000;
  const usage = { pid: 1, cpuMs: 500, residentBytes: 60 * 2 ** 20, upSeconds: 9.6 };
  const bytes = { sent: 1_000, received: 100 };
  const source = {
    threads: 'one' as const,
    networkLatencyMs: () => 7,
    bytes: () => ({ ...bytes }),
    measure: async () => ({ queues: [], guardMs: 5.04 }),
  };
  const { collect } = createCollector({
    counters: createCounters(),
    source,
    usage: () => usage,
    clock: { now: () => nowMs, wallNow: () => WALL_MS + nowMs },
  });
  nowMs += 2_000;
  usage.cpuMs += 100;
  bytes.sent += 9_000;
  const first = await collect();
  assert.equal(first.at, '2026-01-01T00:00:03.000Z');
  assert.deepEqual(
    [first.cpuPercent, first.memoryMb, first.sent, first.upSeconds, first.guardMs],
    [5, 60, { bytesPerSecond: 4_500, bytes: 10_000 }, 10, 5],
  );
  nowMs += 500;
  assert.deepEqual((await collect()).sent, { bytesPerSecond: 0, bytes: 10_000 });
});

test('the microphone, and what is looked for in its sound, are those that were told last', () => {
  const counters = createCounters();
  const { microphone, attention } = counters.read();
  assert.deepEqual([microphone, attention], ['closed', 'nothing']);
  counters.note({ type: 'microphone.changed', state: 'waiting' });
  counters.note({ type: 'attention.changed', attention: 'wake' });
  const metrics = { ...FIGURES, ...counters.read() };
  const lines = toPrometheus(metrics);
  assert.ok(lines.includes('earshot_microphone{state="waiting"} 1'), lines.join('\n'));
  assert.ok(lines.includes('earshot_attention{to="wake"} 1'));
  assert.match(view(metrics).join('\n'), /microphone +waiting +looks for the wake word/);
});

test('a failed attempt to connect does not count as a lost link, and only a turn without a reply as failed', () => {
  const counters = createCounters();
  const error = { code: 'link_dead', message: '', hint: '' } as const;
  const down = { type: 'link.changed', up: false, error, retryInMs: 1 } as const;
  counters.note(down);
  counters.note({ type: 'link.changed', up: true });
  counters.note(down);
  counters.note(down);
  const turn = { turn: 1, id: '', trigger: 'file', startedAtMs: 0, states: [], roundTripMs: 0 } as const;
  const playback = { frames: 10, lateFrames: 1, droppedFrames: 2, concealedMs: 30, underruns: 1 };
  for (const outcome of ['done', 'failed', 'unanswered', 'cancelled'] as const) {
    counters.note({ type: 'turn.finished', record: { ...turn, states: [], outcome, playback } as never });
  }
  const { totals } = counters.read();
  assert.deepEqual([totals.linkLosses, totals.turns, totals.failedTurns], [1, 4, 2]);
  assert.deepEqual([totals.framesPlayed, totals.framesLost, totals.concealedMs, totals.underruns], [40, 12, 120, 4]);
});

/** A server on a simulated clock, with counting metrics. */
async function withServer(
  work: (on: {
    path: string;
    clock: ReturnType<typeof createCountingClock>;
    collected: () => number;
    stats: () => { clients: number; refused: number };
  }) => Promise<void>,
) {
  await inTemporaryFolder(async (parent) => {
    const clock = createCountingClock();
    let collected = 0;
    const options: MonitorServerOptions = {
      folder: join(parent, 'earshot'),
      createCollector: () => ({ collect: async () => ({ ...FIGURES, upSeconds: ++collected }) }),
    };
    const scope = testScope(clock);
    const server = await startMonitorServer(options, scope);
    try {
      await work({ path: server.path, clock, collected: () => collected, stats: server.stats });
    } finally {
      scope.end();
      assert.ok(!existsSync(server.path), 'nothing is left of it');
    }
  });
}

async function client(path: string): Promise<Socket> {
  const socket = connect(path);
  await once(socket, 'connect');
  return socket;
}

test('no timer runs without a client', () =>
  withServer(async ({ path, clock, collected, stats }) => {
    assert.equal(clock.timers(), 0);
    const socket = await client(path);
    const lines = createInterface({ input: socket })[Symbol.asyncIterator]();
    await eventually(() => clock.timers() === 1, 'clock.timers() === 1');
    for (const upSeconds of [1, 2]) {
      clock.increment(500);
      assert.equal(JSON.parse((await inTime(lines.next(), 'the next metrics')).value ?? '').upSeconds, upSeconds);
      await eventually(() => clock.timers() === 1, 'clock.timers() === 1');
    }
    socket.destroy();
    await eventually(() => stats().clients === 0, 'stats().clients === 0');
    assert.equal(clock.timers(), 0);
    clock.increment(10_000);
    assert.equal(collected(), 2);
  }));

test('up to eight clients are accepted', () =>
  withServer(async ({ path, stats }) => {
    const sockets = await Promise.all(Array.from({ length: 8 }, () => client(path)));
    await eventually(() => stats().clients === 8, 'stats().clients === 8');
    const ninth = await client(path);
    await once(ninth.resume(), 'close');
    assert.deepEqual([stats().clients, stats().refused], [8, 1]);
    for (const socket of sockets) socket.destroy();
  }));

test('only its user can open the socket, and sockets of ended daemons are deleted', () =>
  inTemporaryFolder(async (folder) => {
    // A process that certainly does not exist: process IDs are smaller than this one.
    writeFileSync(join(folder, '4194305.sock'), '');
    const options = {
      folder,
      createCollector: () => ({ collect: async () => FIGURES }),
    };
    const scope = testScope(createCountingClock());
    assert.throws(() => chooseDaemon([folder]), { code: 'daemon_not_found' });
    const server = await startMonitorServer(options, scope);
    assert.equal(statSync(server.path).mode & 0o777, 0o600);
    assert.ok(!existsSync(join(folder, '4194305.sock')));
    assert.deepEqual(
      findDaemons([folder, join(folder, 'none')]).map(({ pid }) => pid),
      [process.pid],
    );
    assert.throws(() => chooseDaemon([folder], 1), /Process 1 is not a daemon/);
    // An unreadable folder does not hide daemons in another one, and is reported when there are none.
    const closed = join(folder, 'closed');
    writeFileSync(closed, '');
    assert.equal(chooseDaemon([closed, folder]).daemon.pid, process.pid);
    assert.throws(() => chooseDaemon([closed]), /closed cannot be read \(ENOTDIR\)/);
    scope.end();
  }));

const isRoot = process.getuid?.() === 0;
test('a folder of another user is not used', isRoot ? {} : { skip: 'needs root, to give a folder away' }, () =>
  inTemporaryFolder(async (parent) => {
    const folder = join(parent, 'earshot');
    mkdirSync(folder);
    chownSync(folder, 1, 1);
    const options = {
      folder,
      createCollector: () => ({ collect: async () => FIGURES }),
    };
    const scope = testScope(createCountingClock());
    await assert.rejects(startMonitorServer(options, scope), { code: 'monitor_unavailable' });
  }),
);

test('a path that is too long for a socket is reported, and no folder remains', () =>
  inTemporaryFolder(async (parent) => {
    const folder = join(parent, 'x'.repeat(100));
    const options = { folder, createCollector: () => ({ collect: async () => FIGURES }) };
    await assert.rejects(startMonitorServer(options, testScope(createCountingClock())), {
      code: 'monitor_unavailable',
      message: /too long for a socket/,
    });
    assert.ok(!existsSync(folder));
  }));
