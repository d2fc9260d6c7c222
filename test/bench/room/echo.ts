/** How much of the loudspeaker's echo is removed, in rooms that nobody has tuned for; and what that costs. */

import { concatenate } from '../../../actors/sound/s16.ts';
import { SAMPLE_RATE_HZ } from '../../../src/protocol/format.ts';
import { speechLevel } from '../../../src/tools/eval/utterance.ts';
import { erleInRoom } from '../../echo/erle.ts';
import type { BenchContext } from './context.ts';
import type { Row } from './row.ts';
import type { SpeechSource } from './speech.ts';

const ROOMS = 10;
/** Of reply, the first part of which teaches the canceller. */
const SECONDS = 30;
const LEARNT_S = 15;
/** Of the reply as it is played, 0 to 1: −20 dB. */
const REPLY_LEVEL = 0.1;

export async function echo(context: BenchContext): Promise<Row[]> {
  const { seed, isQuick, speech, onProgress } = context;
  const rooms = isQuick ? 2 : ROOMS;
  const reductionsDb: number[] = [];
  const costsMs: number[] = [];
  for (let i = 0; i < rooms; i++) {
    const reply = replyOf(speech, SECONDS);
    const options = { room: seed + 100 + i, reply, learntS: LEARNT_S };
    const withIt = await erleInRoom({ canceller: 'speex', ...options });
    const without = await erleInRoom({ canceller: 'none', ...options });
    reductionsDb.push(withIt.erleDb);
    costsMs.push(withIt.cpuMsPerSecond - without.cpuMsPerSecond);
    onProgress('echo', (i + 1) / rooms);
  }
  const sorted = reductionsDb.toSorted((a, b) => a - b);
  const detail = `${rooms} rooms, T60 0.2 to 0.6 s, one clock, after ${LEARNT_S} s of reply, with the suppressor of what is left, a loudspeaker that does not distort: ${sorted.map((db) => db.toFixed(0)).join(' ')} dB`;
  return [
    {
      name: 'ERLE, median',
      measured: sorted[Math.floor(rooms / 2)] ?? Number.NaN,
      unit: 'dB',
      goal: { atLeast: 22 },
      detail,
    },
    { name: 'ERLE, worst', measured: sorted[0] ?? Number.NaN, unit: 'dB', goal: { atLeast: 15 }, detail: '' },
    {
      ...{ name: 'echo canceller', unit: 'ms CPU a second', goal: { atMost: 6 } },
      measured: costsMs.toSorted((a, b) => a - b)[Math.floor(rooms / 2)] ?? Number.NaN,
      detail: 'median; the same replies without it are subtracted',
    },
  ];
}

/** Sentences of one level, with short pauses. */
export function replyOf(speech: SpeechSource, seconds: number): Int16Array {
  const parts: Int16Array[] = [];
  for (let length = 0; length < seconds * SAMPLE_RATE_HZ; ) {
    const { samples } = speech.next();
    const gain = REPLY_LEVEL / (speechLevel(samples) || 1);
    parts.push(
      samples.map((sample) => Math.max(-32_768, Math.min(32_767, Math.round(gain * sample)))),
      new Int16Array(4_000),
    );
    length += samples.length + 4_000;
  }
  return concatenate(parts).slice(0, seconds * SAMPLE_RATE_HZ);
}
