/** The latency bar of a turn, of any figures that a device may report. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { latencyBar, latencyInWords } from '../../../src/pages/console/conversations/latency-segments.ts';

test("the parts of the assistant's answer take the place of the cloud's stage, and what they leave is the gateway's", () => {
  const bar = latencyBar({
    capture: 10,
    uplink: 20,
    cloud: 100,
    recognition: 60,
    firstToken: 5,
    firstAudio: 25,
    playback: 10,
    total: 140,
  });
  assert.deepEqual(
    bar?.segments.map(({ stage, ms }) => [stage, ms]),
    [
      ['capture', 10],
      ['uplink', 20],
      ['recognition', 60],
      ['firstToken', 5],
      ['firstAudio', 25],
      ['gateway', 10],
      ['playback', 10],
    ],
  );
  assert.equal(bar?.totalMs, 140);
});

test('without parts the cloud is one stage', () => {
  const bar = latencyBar({ uplink: 20, cloud: 100, total: 120 });
  assert.deepEqual(
    bar?.segments.map(({ stage, ms }) => [stage, ms]),
    [
      ['uplink', 20],
      ['gateway', 100],
    ],
  );
});

test('a stage above its budget is told', () => {
  const bar = latencyBar({ uplink: 51, downlink: 50 });
  assert.deepEqual(
    bar?.segments.map(({ stage, isOver }) => [stage, isOver]),
    [
      ['uplink', true],
      ['downlink', false],
    ],
  );
});

test('there is no bar of nothing', () => {
  for (const latencyMs of [undefined, {}, { total: 0 }, { capture: 0 }, { capture: -3, uplink: Number.NaN }]) {
    assert.equal(latencyBar(latencyMs), undefined);
  }
});

test('the bar in words begins with the total', () => {
  const bar = latencyBar({ uplink: 20.4, downlink: 30, total: 50.4 });
  assert.ok(bar);
  assert.equal(
    latencyInWords(bar),
    '50 ms from the end of speech to the reply: To the gateway 20 ms, To the device 30 ms',
  );
});

test('segments fill the bar exactly, whatever a device reports', () => {
  const figure = fc.option(fc.double({ noDefaultInfinity: false }), { nil: undefined });
  const stages = ['capture', 'uplink', 'cloud', 'recognition', 'firstAudio', 'jitterBuffer', 'playback', 'total'];
  fc.assert(
    fc.property(fc.record(Object.fromEntries(stages.map((stage) => [stage, figure]))), (latencyMs) => {
      const bar = latencyBar(latencyMs as Record<string, number>);
      if (!bar || !Number.isFinite(bar.segments.reduce((sum, { ms }) => sum + ms, 0))) return;
      const shares = bar.segments.map(({ share }) => share);
      assert.ok(shares.every((share) => share > 0 || share === 0));
      assert.ok(Math.abs(shares.reduce((a, b) => a + b, 0) - 1) < 1e-9);
    }),
  );
});
