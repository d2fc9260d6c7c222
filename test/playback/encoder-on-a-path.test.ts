/** The encoder controller on simulated paths, with the reports of a receiver every 500 ms. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createEncoderController } from '../../actors/codec/encoder-controller.ts';
import type { EncoderSettings } from '../../actors/codec/encoder-settings.ts';
import { createTransitStatistics } from '../../actors/session/transit-statistics.ts';
import { LOST } from '../../src/tools/simulation/delay-trace.ts';
import { RECORDED, recordedTrace, SYNTHETIC } from '../support/traces.ts';

const REPORT_MS = 500;
const HEADER_BITS = 8 * 90;

interface Path {
  packetMs: number;
  /** When a packet of this many bits, sent at this time, arrives; packets stay in order. */
  arrivalMs(packet: number, sentAtMs: number, bits: number): number;
}

function traced(trace: readonly number[], packetMs: number): Path {
  return {
    packetMs,
    arrivalMs(packet, sentAtMs) {
      const delayMs = trace[packet % trace.length] ?? LOST;
      return delayMs === LOST ? Number.POSITIVE_INFINITY : sentAtMs + delayMs;
    },
  };
}

/** `headers`: whether they use the link, too. */
function narrow(kbps: number, packetMs: number, headers: boolean): Path {
  let freeAtMs = 0;
  return {
    packetMs,
    arrivalMs(_, sentAtMs, bits) {
      freeAtMs = Math.max(freeAtMs, sentAtMs) + (bits + (headers ? HEADER_BITS : 0)) / kbps;
      return freeAtMs + 25;
    },
  };
}

/** Settings after each report. */
function talk({ packetMs, arrivalMs }: Path, seconds: number): { atMs: number; settings: EncoderSettings }[] {
  const control = createEncoderController();
  const onTheWay: { packet: number; atMs: number }[] = [];
  const arrivals = createTransitStatistics();
  const history: { atMs: number; settings: EncoderSettings }[] = [];
  let packet = 0;
  for (let nowMs = 0; nowMs <= seconds * 1_000; nowMs += REPORT_MS) {
    for (; packet * packetMs <= nowMs; packet++) {
      const sentAtMs = packet * packetMs;
      const atMs = arrivalMs(packet, sentAtMs, (control.settings.bitrate * packetMs) / 1_000);
      if (Number.isFinite(atMs)) onTheWay.push({ packet, atMs });
    }
    for (; onTheWay[0] && onTheWay[0].atMs <= nowMs; onTheWay.shift()) {
      const { packet: number, atMs } = onTheWay[0];
      const frames = Array.from({ length: packetMs / 20 }, () => new Uint8Array(60));
      const timestamp = number * packetMs * 16;
      const base = { final: false, discontinuity: false, pcm: false, turn: 1, sequence: (number * packetMs) / 20 };
      arrivals.observe({ ...base, timestamp, frames }, 0, atMs);
    }
    const report = arrivals.take();
    if (!report) continue;
    control.report({ lossPercent: 0, latenessMs: report.lateMs, roundTripMs: 50, backlogMs: 0 }, nowMs);
    history.push({ atMs: nowMs, settings: control.settings });
  }
  return history;
}

const wide: [string, Path][] = [
  ...(Object.keys(RECORDED) as (keyof typeof RECORDED)[]).map((name): [string, Path] => [
    name,
    traced(recordedTrace(name), RECORDED[name].packetMs),
  ]),
  ...['lte', 'wifi', 'jitter', 'uniform'].flatMap((name) =>
    [20, 60].map((packetMs): [string, Path] => [
      `${name}, ${packetMs} ms`,
      traced(SYNTHETIC[name]?.(120_000 / packetMs, packetMs, 41) ?? [], packetMs),
    ]),
  ),
];

for (const [name, path] of wide) {
  test(`on a wide path with stalls the full bitrate stays, and FEC is switched off within ten seconds: ${name}`, () => {
    const history = talk(path, 120);
    const lowest = Math.min(...history.map(({ settings }) => settings.bitrate));
    assert.equal(lowest, 24_000);
    const withoutFec = history.find(({ settings }) => !settings.fec);
    assert.ok(withoutFec && withoutFec.atMs <= 10_000, `FEC off at ${withoutFec?.atMs} ms`);
  });
}

for (const packetMs of [20, 60]) {
  for (const headers of [true, false]) {
    const what = headers ? 'with headers' : 'without headers';
    test(`a path of 16 kbit/s is detected within three seconds (${packetMs} ms packets, ${what})`, () => {
      const history = talk(narrow(16, packetMs, headers), 60);
      const below = history.find(({ settings }) => settings.bitrate < 16_000);
      assert.ok(below && below.atMs <= 3_000, `below 16 kbit/s at ${below?.atMs} ms`);
      if (headers) return;
      const late = history.filter(({ atMs }) => atMs > 20_000);
      const mean = late.reduce((sum, { settings }) => sum + settings.bitrate, 0) / late.length;
      assert.ok(mean < 16_000, `${mean} bit/s in the long run`);
    });
  }
}

test('on a path of 22 kbit/s the bitrate fits, and is not lower than necessary', () => {
  const history = talk(narrow(22, 60, false), 300);
  const settled = history.filter(({ atMs }) => atMs > 60_000);
  assert.ok(settled.every(({ settings }) => settings.bitrate >= 16_000));
  const atTwenty = settled.filter(({ settings }) => settings.bitrate === 20_000).length;
  assert.ok(atTwenty / settled.length > 0.6, `${atTwenty} of ${settled.length}`);
});
