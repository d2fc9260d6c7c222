/**
 * The whole line in real time, with the gateway's part: Silero and the transcript confirm the end and refuse noise, and the embedded
 * assistant answers.
 */
import type { TurnRecord } from '../../../machines/turn-record.ts';
import { stageLatencies } from '../../../src/observability/turn-report.ts';
import { percentiles } from '../../../src/tools/latency/statistics.ts';
import type { HeardBlock } from '../../room/acoustics.ts';
import { LIVING_ROOM } from '../../room/plans.ts';
import { startRealLine } from '../../room/real-line.ts';
import { music } from '../../room/sounds.ts';
import { type BenchContext, SPEECH_DB, VOICE } from './context.ts';
import { type EndsMeasured, measureEnds, rowsOf } from './end-of-speech.ts';
import { spokenWithPauses, wholeRow } from './pauses.ts';
import type { Row } from './row.ts';
import { countedShare } from './share.ts';

const SENTENCES = 60;
const NOISE_MINUTES = 3;
/** Of full scale: the loudspeaker sounds. */
const AUDIBLE = 0.001;
const CORNER = [4.5, 3.5, 1] as const;

/** Ends of speech, and the first sample of the answer after them. */
export async function answers({ speech, isQuick, turns, seed, onProgress }: BenchContext): Promise<Row[]> {
  const list = await spokenWithPauses(speech, turns ?? (isQuick ? 6 : SENTENCES), seed + 1);
  const soundsAtMs: number[] = [];
  let wasSilent = true;
  const line = await startRealLine({
    settings: VOICE,
    seed,
    tap({ emitted }: HeardBlock, atMs: number) {
      const first = emitted.findIndex((sample) => Math.abs(sample) > AUDIBLE);
      if (first >= 0 && wasSilent) soundsAtMs.push(atMs + first / 16);
      wasSilent = first < 0;
    },
  });
  try {
    // Code that runs for the first time is compiled, and models are loaded.
    await measureEnds(line, list.slice(0, 1), () => {});
    const measured = await measureEnds(line, list, (share) => onProgress('with the assistant, in real time', share));
    const delaysMs = measured.ends.flatMap(({ toMs, nextFromMs }) => {
      const answered = soundsAtMs.find((atMs) => atMs > toMs && atMs < nextFromMs);
      return answered === undefined ? [] : [answered - toMs];
    });
    const { p50, p95 } = percentiles(delaysMs) ?? { p50: Number.NaN, p95: Number.NaN };
    return [
      wholeRow(list),
      ...rowsOf(measured, 'normal', 'with the gateway'),
      heardRow(measured, soundsAtMs),
      {
        ...{
          name: 'end of speech → first sample of the answer, p50',
          measured: p50,
          unit: 'ms',
          goal: { atMost: 800 },
        },
        detail: `p95 ${p95.toFixed(0)} ms; ${delaysMs.length} of ${list.length} answered, embedded assistant, in real time`,
      },
      ...fromEndToSample(line.records),
    ];
  } finally {
    await line.close();
  }
}

/** Who was cut off and goes on before any answer sounds hears nothing of the cut: both parts are recognised as one. */
function heardRow({ cuts, sentences }: EndsMeasured, soundsAtMs: readonly number[]): Row {
  const heard = cuts.filter(({ endedAtMs, goesOnAtMs }) =>
    soundsAtMs.some((atMs) => atMs > endedAtMs && atMs < goesOnAtMs),
  );
  const { percent, from, to } = countedShare(heard.length, sentences);
  return {
    ...{ name: 'an answer is heard before the person goes on', measured: percent, unit: '%' },
    detail: `${heard.length} of ${sentences} (95 of 100 times ${from.toFixed(1)} to ${to.toFixed(1)} %)`,
  };
}

/** What the time from the turn's end to the first sample is made of. */
function fromEndToSample(records: readonly TurnRecord[]): Row[] {
  const turns = records.filter(({ playbackStart }) => playbackStart).map(stageLatencies);
  return (
    [
      'total',
      'uplink',
      'recognition',
      'firstToken',
      'firstSentence',
      'firstAudio',
      'downlink',
      'jitterBuffer',
      'playback',
    ] as const
  ).map((stage) => {
    const { p50, p95 } = percentiles(turns.flatMap(({ [stage]: ms }) => ms ?? [])) ?? {
      p50: Number.NaN,
      p95: Number.NaN,
    };
    return {
      name: `after the turn's end: ${stage}, p50`,
      measured: p50,
      unit: 'ms',
      detail: `p95 ${p95.toFixed(0)} ms`,
    };
  });
}

/** Turns that noise begins, and that the gateway takes for speech. */
export async function refusedNoise({ isQuick, seed, onProgress }: BenchContext): Promise<Row[]> {
  const minutes = isQuick ? 0.5 : NOISE_MINUTES;
  const line = await startRealLine({ settings: VOICE, seed });
  try {
    const nowMs = line.clock.now();
    const toMs = nowMs + minutes * 60_000;
    line.room.repeat(music(60, seed), { atMs: nowMs, toMs, levelDb: SPEECH_DB - 20, from: CORNER });
    for (let share = 0; share < 1; share += 0.1) {
      await line.clock.run(minutes * 6_000);
      onProgress('music, in real time', share);
    }
    await line.clock.runUntil(() => line.state() === 'idle', 60_000, 'the last turn is over');
    const begun = line.records.length;
    const taken = line.records.filter(({ playbackStart, transcript }) => playbackStart || transcript).length;
    const bytes = line.sent.reduce((sum, each) => sum + each.bytes, 0);
    return [
      {
        ...{
          name: "false starts a minute, music 20 dB, after the gateway's Silero",
          measured: taken / minutes,
          unit: '',
          goal: { atMost: 0.2 },
        },
        detail: `${LIVING_ROOM.t60S} s room, ${minutes} min in real time: ${begun} begun, ${Math.round(bytes / minutes)} bytes a minute sent because of them`,
      },
    ];
  } finally {
    await line.close();
  }
}
