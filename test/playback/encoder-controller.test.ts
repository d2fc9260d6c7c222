import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createEncoderController } from '../../actors/codec/encoder-controller.ts';
import { SPECIFIED_SETTINGS } from '../../actors/codec/encoder-settings.ts';
import type { ReceiverReport } from '../../src/core/actor/data-plane.ts';
import fc from '../support/fast-check.ts';

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

test('on a link without loss FEC is switched off within ten seconds, and the bitrate stays', () => {
  const { run, changes } = controller();
  assert.equal(run(8, {}).fec, true);
  assert.equal(run(2, {}).fec, false);
  const { fec, packetLossPercent, bitrate } = run(60, {});
  assert.deepEqual({ fec, packetLossPercent, bitrate }, { fec: false, packetLossPercent: 0, bitrate: 24_000 });
  assert.equal(changes.length, 1);
});

test('loss switches FEC on within seconds, with an expected loss for which libopus writes it', () => {
  const { run } = controller();
  run(30, {});
  const { fec, packetLossPercent } = run(3, { lossPercent: 8 });
  assert.equal(fec, true);
  assert.ok(packetLossPercent >= 10);
  assert.equal(run(20, { lossPercent: 22 }).packetLossPercent, 25);
  assert.equal(run(20, { lossPercent: 90 }).packetLossPercent, 30);
});

test('a single lost packet does not make a link lossy', () => {
  const { run } = controller();
  run(30, {});
  assert.equal(run(60, (second) => ({ lossPercent: second === 5 ? 6 : 0 })).fec, false);
});

test('loss between the two thresholds changes nothing', () => {
  const { run, changes } = controller();
  run(120, { lossPercent: 1 });
  assert.deepEqual(changes, []);
});

test('a backlog reduces the bitrate in steps, and a clear link increases it again', () => {
  const { run } = controller();
  assert.equal(run(2, { backlogMs: 500 }).bitrate, 24_000);
  assert.equal(run(1, { backlogMs: 500 }).bitrate, 20_000);
  assert.equal(run(6, { backlogMs: 500 }).bitrate, 12_000);
  assert.equal(run(20, { backlogMs: 500 }).bitrate, 12_000);
  assert.equal(run(10, {}).bitrate, 12_000);
  assert.equal(run(40, {}).bitrate, 24_000);
});

test('a queue that grows fast reduces the bitrate to the capacity of the link at once', () => {
  const { run } = controller();
  assert.equal(run(4, (second) => ({ latenessMs: 400 * (second + 1) })).bitrate, 12_000);
});

test('a queue that shrinks causes no further step', () => {
  const { run } = controller();
  assert.equal(run(6, (second) => ({ latenessMs: 1_200 - 120 * second })).bitrate, 24_000);
});

test('a stall every other second is not a queue', () => {
  const { run } = controller();
  assert.equal(run(120, (second) => ({ latenessMs: second % 2 ? 900 : 30 })).bitrate, 24_000);
});

test('on a link with a capacity of 20 kbit/s, higher bitrates are tried less and less often', () => {
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

test('for any reports, the settings are valid for the encoder', () => {
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

test('FEC is switched off at most every eight seconds', () => {
  fc.assert(
    fc.property(fc.array(fc.double({ min: 0, max: 12, noNaN: true }), { minLength: 100, maxLength: 300 }), (losses) => {
      const { run, changes } = controller();
      run(losses.length, (second) => ({ lossPercent: losses[second] ?? 0 }));
      const offs = changes.filter(({ fec }) => !fec).map(({ atMs }) => atMs);
      for (let i = 1; i < offs.length; i++) assert.ok((offs[i] ?? 0) - (offs[i - 1] ?? 0) >= 8_000);
    }),
  );
});
