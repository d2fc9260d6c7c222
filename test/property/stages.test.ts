/**
 * The stages of a turn are parts of its total: for any measurements, and any error of a clock, they add up to it.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { TurnRecord } from '../../machines/turn-record.ts';
import { latencyTable, type StageLatencies, stageLatencies } from '../../src/observability/turn-report.ts';
import fc from '../support/fast-check.ts';

const ms = (max: number) => fc.double({ min: 0, max, noNaN: true });
const maybe = <T>(of: fc.Arbitrary<T>) => fc.option(of, { nil: undefined });
const at = ms(100_000);

const record: fc.Arbitrary<TurnRecord> = fc
  .record({
    capture: maybe(fc.record({ firstSampleAtMs: at, lastSampleAtMs: at, captureMs: ms(100) })),
    encoder: maybe(fc.record({ encodeMs: ms(20), packetFillMs: ms(300) })),
    uplink: maybe(fc.record({ firstSentAtMs: maybe(at), finalSentAtMs: maybe(at) })),
    timing: maybe(
      fc.record({ firstReceivedAtMs: maybe(at), finalReceivedAtMs: maybe(at), firstReplySentAtMs: maybe(at) }),
    ),
    playbackStart: maybe(fc.record({ atMs: at, bufferedMs: ms(500), decodeMs: ms(20), outputLatencyMs: ms(200) })),
    offline: fc.boolean(),
  })
  .map((known) => {
    const defined = Object.entries(known).filter(([, value]) => value !== undefined);
    return {
      turn: 1,
      id: '',
      trigger: 'key',
      startedAtMs: 0,
      states: [],
      roundTripMs: 0,
      ...Object.fromEntries(defined),
    };
  });

const tenthsOf = ({ total: _, ...stages }: StageLatencies) =>
  Object.values(stages).reduce((sum, stage) => sum + Math.round(stage * 10), 0);

test('when the total is known the stages add up to it, to the displayed tenth', () => {
  let totals = 0;
  fc.assert(
    fc.property(record, (turn) => {
      const stages = stageLatencies(turn);
      for (const stage of Object.values(stages))
        assert.ok(stage >= 0 && Number(stage.toFixed(1)) === stage, `${stage}`);
      if (stages.total === undefined) return;
      totals += 1;
      assert.equal(tenthsOf(stages), Math.round(stages.total * 10), JSON.stringify(stages));
      const shown = latencyTable(stages)
        .slice(1)
        .map((row) => Number(/ (\d+\.\d) /.exec(row)?.[1]));
      const total = shown.pop() ?? 0;
      assert.ok(Math.abs(shown.reduce((sum, stage) => sum + stage, 0) - total) < 0.05, latencyTable(stages).join('\n'));
    }),
    { numRuns: 2_000 },
  );
  assert.ok(totals > 100, `${totals} of them had a total`);
});

test('a cached reply has no total: it is not an answer', () => {
  fc.assert(
    fc.property(record, (turn) => {
      assert.equal(stageLatencies({ ...turn, offline: true }).total, undefined);
    }),
  );
});

/** A turn with all measurements, on the device's clock. */
const MEASURED = {
  turn: 1,
  id: '',
  trigger: 'key',
  startedAtMs: 0,
  states: [],
  roundTripMs: 10,
  capture: { frames: 150, firstSampleAtMs: 1_000, lastSampleAtMs: 4_000, captureMs: 12, overflows: 0 },
  encoder: { frames: 150, packets: 50, bytes: 1, encodeMs: 1.5, packetFillMs: 33.5, droppedFrames: 0 },
  uplink: { firstSentAtMs: 1_075, finalSentAtMs: 4_014, packets: 50, bytes: 1 },
  timing: {
    firstReceivedAtMs: 1_082,
    finalReceivedAtMs: 4_022,
    firstReplySentAtMs: 4_025,
    firstReplyArrivedAtMs: 4_034,
  },
  playbackStart: { atMs: 4_094.4, bufferedMs: 60.4, decodeMs: 0.4, outputLatencyMs: 15 },
} satisfies TurnRecord;

test('the path of the last sample: the last packet does not wait until it is full', () => {
  assert.deepEqual(stageLatencies(MEASURED), {
    capture: 12,
    packetFill: 0.5,
    encode: 1.5,
    uplink: 8,
    cloud: 3,
    downlink: 9,
    jitterBuffer: 60,
    decode: 0.4,
    playback: 15,
    total: 109.4,
  });
});

test('with a reply that begins before the end, the path of the first sample: it waits for the whole packet', () => {
  const timing = { ...MEASURED.timing, firstReplySentAtMs: 1_083 };
  const playbackStart = { ...MEASURED.playbackStart, atMs: 1_152.4 };
  const { packetFill, total } = stageLatencies({ ...MEASURED, timing, playbackStart });
  assert.deepEqual([packetFill, total], [61.5, 167.4]);
});

test('where the gateway finds the end of speech, the reply may begin before FINAL is there: the path of the last sample', () => {
  const timing = { ...MEASURED.timing, firstReplySentAtMs: (MEASURED.timing?.finalReceivedAtMs ?? 0) - 1 };
  assert.equal(stageLatencies({ ...MEASURED, patience: 'normal', timing }).total, 109.4);
  assert.ok(
    (stageLatencies({ ...MEASURED, timing }).total ?? 0) > 1_000,
    'without listening it is the one of the first',
  );
});

test('where the gateway finds the end of speech, the reply may sound before the microphone ends; an echo is earlier by far', () => {
  const playbackStart = { ...MEASURED.playbackStart, atMs: 3_994, bufferedMs: 1 };
  const timing = { ...MEASURED.timing, firstReplySentAtMs: 3_990 };
  const measured = { ...MEASURED, patience: 'normal', timing } as const;
  assert.equal(stageLatencies({ ...measured, playbackStart }).total, 9);
  assert.ok((stageLatencies({ ...measured, playbackStart: { ...playbackStart, atMs: 1_152 } }).total ?? 0) > 100);
});

test('an error of the clock offset moves time from one stage to the next, and adds none', () => {
  const early = { ...MEASURED.timing, finalReceivedAtMs: 4_010, firstReplySentAtMs: 4_013 };
  const stages = stageLatencies({ ...MEASURED, timing: early });
  assert.deepEqual([stages.uplink, stages.cloud, stages.downlink, stages.total], [0, 0, 20, 109.4]);
});

test('without times of the gateway there is one stage', () => {
  const { timing: _, ...untimed } = MEASURED;
  const stages = stageLatencies(untimed);
  assert.deepEqual([stages.uplink, stages.cloud, stages.downlink, stages.total], [undefined, 20, undefined, 109.4]);
});
