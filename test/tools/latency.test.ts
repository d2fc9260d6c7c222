import assert from 'node:assert/strict';
import { test } from 'node:test';
import { latencyTable, type StageLatencies } from '../../src/observability/turn-report.ts';
import { latencyBudget } from '../../src/protocol/latency-budget.ts';
import { chart } from '../../src/tools/latency/chart.ts';
import { latencyStatistics, percentiles } from '../../src/tools/latency/statistics.ts';
import { makePlainCards } from '../bench/plain-cards.ts';
import { raisePriority } from '../sound/priority.ts';
import { earshot } from '../support/cli.ts';

test('percentiles are by the nearest rank', () => {
  const hundred = Array.from({ length: 100 }, (_, i) => 100 - i);
  assert.deepEqual(percentiles(hundred), { p50: 50, p95: 95, p99: 99 });
  assert.deepEqual(percentiles([7]), { p50: 7, p95: 7, p99: 7 });
  assert.equal(percentiles([]), undefined);
});

test('a stage is compared with its budget by its p95, and omitted if it was never measured', () => {
  const turns = Array.from({ length: 20 }, (_, i) => ({ encode: i < 2 ? 11 : 1, capture: i === 0 ? 30 : 2 }));
  const { encode, capture, uplink } = latencyStatistics(turns);
  assert.deepEqual([encode?.p50, encode?.p95, encode?.withinBudget], [1, 11, false]);
  assert.deepEqual([capture?.p95, capture?.p99, capture?.withinBudget, capture?.budgetMs], [2, 30, true, 20]);
  assert.equal(uplink, undefined);
});

test('the length of a bar is that of its stage, and the longest fills the chart', () => {
  const turns = Array.from({ length: 100 }, (_, i) => ({ uplink: i < 98 ? 10 : 40, cloud: 20, total: 300 }));
  const [, uplink = '', cloud = '', total = ''] = chart(latencyStatistics(turns));
  assert.match(uplink, /uplink +10\.0 +10\.0 +40\.0 +< 50 {2}ok {4}█{8}░{24}$/);
  assert.match(cloud, /█{16}$/);
  assert.match(total, /300\.0 +< 260 {2}over$/);
});

test('earshot latency runs turns through a temporary gateway and prints the stages', async () => {
  const { code, stdout, stderr } = await earshot(['latency', '--iterations', '3', '--json']).ended;
  assert.equal(code, 0, stderr);
  const { answered, latencyMs, framesPerPacket, gateway } = JSON.parse(stdout);
  assert.deepEqual([answered, framesPerPacket, gateway], [3, 3, 'own']);
  for (const stage of ['capture', 'packetFill', 'encode', 'uplink', 'cloud', 'downlink', 'jitterBuffer', 'decode']) {
    assert.equal(latencyMs[stage].turns, 3, stage);
  }
  // A packet of 60 ms must be recorded before it can be sent.
  assert.ok(latencyMs.total.p50 > 60, `${latencyMs.total.p50} ms`);
});

test('it measures another gateway with that gateway’s responder', async () => {
  const gateway = earshot(['gateway', '--open', '--port', '0', '--responder', 'parrot', '--json']);
  try {
    const { url } = JSON.parse(await gateway.line(/url/));
    const args = ['latency', '--gateway', url, '--iterations', '2', '--frames-per-packet', '1'];
    const { code, stdout, stderr } = await earshot(args).ended;
    assert.equal(code, 0, stderr);
    assert.match(stdout, /^stage +p50 +p95 +p99 +budget\ncapture /);
    assert.match(stdout, /2 of 2 turns answered/);
  } finally {
    gateway.kill('SIGTERM');
    await gateway.ended;
  }
});

test('conflicting options give one line', async () => {
  const wrong = async (...args: string[]) => {
    const { code, stderr } = await earshot(['latency', ...args]).ended;
    return `${code} ${stderr}`;
  };
  assert.match(await wrong('--acoustic'), /^2 earshot: --acoustic needs --output-device and --input-device/);
  assert.match(await wrong('--device', 'x'), /^2 earshot: Sound cards are used only with --acoustic/);
  assert.match(
    await wrong('--gateway', 'ws://127.0.0.1:1', '--responder', 'echo'),
    /^2 earshot: --responder cannot be combined/,
  );
  assert.match(
    await wrong('--gateway', 'ws://127.0.0.1:1'),
    /^1 earshot: The gateway 127\.0\.0\.1:1 cannot be reached/,
  );
});

test('the stages of a turn add up to the acoustic latency', async (t) => {
  const cards = makePlainCards();
  if (!cards) {
    assert.notEqual(process.env.EARSHOT_REQUIRE_SOUND, '1', 'gcc and libasound2-dev are not installed');
    return t.skip('needs gcc and libasound2-dev');
  }
  raisePriority();
  async function addsUp(responder: string, measured: string, leastMs: number): Promise<void> {
    const sound = [
      '--acoustic',
      '--device',
      'line',
      '--output-device',
      'mouth',
      '--input-device',
      'ear',
      '--reference',
      'micear',
    ];
    const args = ['latency', ...sound, '--responder', responder, '--iterations', '10', '--json'];
    const { code, stdout, stderr } = await earshot(args, { env: cards?.env ?? {} }).ended;
    assert.equal(code, 0, stderr);
    const { acoustic, heard } = JSON.parse(stdout);
    t.diagnostic(JSON.stringify(acoustic));
    // A busy machine sometimes drops samples; then the chirp is not found, or at a wrong position.
    assert.ok(heard >= 3, `heard in ${heard} turns`);
    assert.equal(acoustic.measured, measured);
    assert.ok(acoustic.heardMs.p50 > leastMs, `${acoustic.heardMs.p50} ms`);
    assert.ok(Math.abs(acoustic.unexplainedMs.p50) < 5, `${acoustic.unexplainedMs.p50} ms are not explained`);
  }
  try {
    await addsUp('echo', 'mouth-to-ear', 100);
    await addsUp('parrot', 'answer', 40);
  } finally {
    cards.remove();
  }
});

test('the stages of the assistant have budgets of their own, in place of the cloud’s', () => {
  const echo: StageLatencies = { cloud: 3, total: 120 };
  const assistant = { cloud: 150, recognition: 60, firstToken: 5, firstSentence: 75, firstAudio: 10, total: 240 };
  assert.equal(latencyBudget(echo).total, 260);
  assert.deepEqual([latencyBudget(assistant).cloud, latencyBudget(assistant).total], [200, 360]);
  const table = latencyTable(assistant).join('\n');
  assert.match(table, /cloud +150\.0 +< 200 +ok/);
  assert.match(table, /recognition +60\.0 +< 100 +ok/);
  assert.match(table, /total +240\.0 +< 360 +ok/);
});
