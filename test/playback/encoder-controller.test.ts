import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { createEncoderController } from '../../actors/codec/encoder-controller.ts';
import { SPECIFIED_SETTINGS } from '../../actors/codec/opus.ts';
import type { ReceiverReport } from '../../src/core/actor/data-plane.ts';

const CLEAN: ReceiverReport = { lossPercent: 0, latenessMs: 20, roundTripMs: 50, backlogMs: 0 };

function controller() {
  const control = createEncoderController();
  let nowMs = 0;
  const changes: { atMs: number; fec: boolean; bitrate: number; packetLossPercent: number }[] = [];
  return {
    changes,
    run(seconds: number, report: Partial<ReceiverReport> | ((second: number) => Partial<ReceiverReport>)) {
      for (let second = 0; second < seconds; second++) {
        nowMs += 1_000;
        const before = control.settings;
        const over = typeof report === 'function' ? report(second) : report;
        const { fec, bitrate, packetLossPercent } = control.report({ ...CLEAN, ...over }, nowMs);
        if (control.settings !== before) changes.push({ atMs: nowMs, fec, bitrate, packetLossPercent });
      }
      return control.settings;
    },
  };
}

test("starts with the specification's settings", () => {
  assert.deepEqual(createEncoderController().settings, SPECIFIED_SETTINGS);
});

test('a link that loses nothing gets no FEC within ten seconds, and keeps its bitrate', () => {
  const { run, changes } = controller();
  assert.equal(run(8, {}).fec, true);
  assert.equal(run(2, {}).fec, false);
  const { fec, packetLossPercent, bitrate } = run(60, {});
  assert.deepEqual({ fec, packetLossPercent, bitrate }, { fec: false, packetLossPercent: 0, bitrate: 24_000 });
  assert.equal(changes.length, 1);
});

test('loss brings FEC back within seconds, with an expectation that libopus acts on', () => {
  const { run } = controller();
  run(30, {});
  const { fec, packetLossPercent } = run(3, { lossPercent: 8 });
  assert.equal(fec, true);
  assert.ok(packetLossPercent >= 10);
  assert.equal(run(20, { lossPercent: 22 }).packetLossPercent, 25);
  assert.equal(run(20, { lossPercent: 90 }).packetLossPercent, 30);
});

test('a single lost packet is no lossy link', () => {
  const { run } = controller();
  run(30, {});
  assert.equal(run(60, (second) => ({ lossPercent: second === 5 ? 6 : 0 })).fec, false);
});

test('loss between the two thresholds changes nothing', () => {
  const { run, changes } = controller();
  run(120, { lossPercent: 1 });
  assert.deepEqual(changes, []);
});

test('what piles up takes the bitrate down by steps, and a clear link takes it up again', () => {
  const { run } = controller();
  assert.equal(run(2, { backlogMs: 500 }).bitrate, 24_000);
  assert.equal(run(1, { backlogMs: 500 }).bitrate, 20_000);
  assert.equal(run(6, { backlogMs: 500 }).bitrate, 12_000);
  assert.equal(run(20, { backlogMs: 500 }).bitrate, 12_000);
  assert.equal(run(10, {}).bitrate, 12_000);
  assert.equal(run(40, {}).bitrate, 24_000);
});

test('a queue that grows fast takes the bitrate to what the link carries at once', () => {
  const { run } = controller();
  assert.equal(run(4, (second) => ({ latenessMs: 400 * (second + 1) })).bitrate, 12_000);
});

test('a queue that drains is left to drain', () => {
  const { run } = controller();
  assert.equal(run(6, (second) => ({ latenessMs: 1_200 - 120 * second })).bitrate, 24_000);
});

test('a stall every other second is no queue', () => {
  const { run } = controller();
  assert.equal(run(120, (second) => ({ latenessMs: second % 2 ? 900 : 30 })).bitrate, 24_000);
});

test('a link that carries 20 kbit/s and no more is tried less and less often', () => {
  const { run, changes } = controller();
  let bitrate = 24_000;
  for (let second = 0; second < 600; second++) bitrate = run(1, { backlogMs: bitrate > 20_000 ? 400 : 0 }).bitrate;
  const ups = changes.filter(({ bitrate: to }) => to === 24_000).length;
  assert.ok(ups <= 8, `${ups} tries in ten minutes`);
});

const reports = fc.array(
  fc.record({
    lossPercent: fc.oneof(fc.double(), fc.double({ min: 0, max: 100, noNaN: true })),
    latenessMs: fc.double({ min: 0, max: 5_000, noNaN: true }),
    roundTripMs: fc.double({ min: 0, max: 2_000, noNaN: true }),
    backlogMs: fc.double({ min: 0, max: 5_000, noNaN: true }),
    gapMs: fc.integer({ min: 0, max: 5_000 }),
  }),
  { maxLength: 200 },
);

test('whatever is reported, the settings are ones that the encoder takes', () => {
  fc.assert(
    fc.property(reports, (list) => {
      const control = createEncoderController();
      let nowMs = 0;
      for (const { gapMs, ...report } of list) {
        nowMs += gapMs;
        const { bitrate, packetLossPercent, fec, dtx, complexity } = control.report(report, nowMs);
        assert.ok(bitrate >= 12_000 && bitrate <= 24_000);
        assert.ok(fec ? packetLossPercent >= 10 && packetLossPercent <= 30 : packetLossPercent === 0);
        assert.ok(dtx && complexity === 5);
      }
    }),
  );
});

test('FEC does not flutter: it goes at most every eight seconds', () => {
  fc.assert(
    fc.property(fc.array(fc.double({ min: 0, max: 12, noNaN: true }), { minLength: 100, maxLength: 300 }), (losses) => {
      const { run, changes } = controller();
      run(losses.length, (second) => ({ lossPercent: losses[second] ?? 0 }));
      const offs = changes.filter(({ fec }) => !fec).map(({ atMs }) => atMs);
      for (let i = 1; i < offs.length; i++) assert.ok((offs[i] ?? 0) - (offs[i - 1] ?? 0) >= 8_000);
    }),
  );
});
