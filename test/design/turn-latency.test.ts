/** The latency of a turn by stage, of any figures that a device may report. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { turnLatency } from '../../src/pages/design/turn-latency.ts';
import fc from '../support/fast-check.ts';

const stagesOf = (latencyMs: Record<string, number>) =>
  turnLatency(latencyMs)?.stages.map(({ stage, ms }) => [stage, ms]);

test("the parts of the assistant's answer take the place of the cloud's stage, which has what they leave", () => {
  const latencyMs = { capture: 10, uplink: 20, cloud: 100, recognition: 60, firstToken: 5, firstAudio: 25, total: 130 };
  assert.deepEqual(stagesOf(latencyMs), [
    ['capture', 10],
    ['uplink', 20],
    ['recognition', 60],
    ['firstToken', 5],
    ['firstAudio', 25],
    ['cloud', 10],
  ]);
  assert.deepEqual([turnLatency(latencyMs)?.totalMs, turnLatency(latencyMs)?.budgetMs], [130, 360]);
});

test('without parts the cloud is one stage', () => {
  assert.deepEqual(stagesOf({ uplink: 20, cloud: 100, total: 120 }), [
    ['uplink', 20],
    ['cloud', 100],
  ]);
  assert.equal(turnLatency({ cloud: 100 })?.budgetMs, 260);
});

test('a stage above its budget is told', () => {
  const stages = turnLatency({ uplink: 51, downlink: 50, jitterBuffer: 900 })?.stages;
  assert.deepEqual(
    stages?.filter(({ isOver }) => isOver).map(({ stage }) => stage),
    ['uplink'],
  );
});

test('what was not measured is no bar', () => {
  for (const latencyMs of [undefined, {}, { total: 9 }, { capture: 0 }, { capture: -3, uplink: Number.NaN }]) {
    assert.equal(turnLatency(latencyMs), undefined);
  }
});

test('stages are positive, and in the order of the audio path, whatever a device reports', () => {
  const figure = fc.option(fc.double(), { nil: undefined });
  const names = ['playback', 'uplink', 'cloud', 'recognition', 'firstAudio', 'jitterBuffer', 'total'];
  const order = ['uplink', 'recognition', 'firstAudio', 'cloud', 'jitterBuffer', 'playback'];
  fc.assert(
    fc.property(fc.record(Object.fromEntries(names.map((name) => [name, figure]))), (latencyMs) => {
      const latency = turnLatency(latencyMs as Record<string, number>);
      const places = latency?.stages.map(({ stage }) => order.indexOf(stage)) ?? [];
      assert.deepEqual(places, places.toSorted());
      for (const { ms } of latency?.stages ?? []) assert.ok(ms > 0 && Number.isFinite(ms));
      assert.ok(latency === undefined || latency.totalMs > 0);
    }),
  );
});
