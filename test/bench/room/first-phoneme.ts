/**
 * The first phoneme of each utterance is in its turn: what the microphone recorded at that time, with the noise of the room, is in the recording.
 * Speech alone would not do as the reference: a soft first sound, as of “what” at −53 dB, is another wave after the codec when noise is added.
 */

import { concatenate, toS16 } from '../../../actors/sound/s16.ts';
import { SAMPLES_PER_MS } from '../../../src/protocol/format.ts';
import type { HeardBlock } from '../../room/acoustics.ts';
import { firstSoundCorrelation, KEPT } from '../../room/first-sound.ts';
import { anyRoom } from '../../room/plans.ts';
import { startVirtualLine } from '../../room/virtual-line.ts';
import { type BenchContext, SPEECH_DB, silent, VOICE } from './context.ts';
import type { Row } from './row.ts';
import { sayAll, turnOf } from './scene.ts';

/** What is compared begins so much before the sound, and ends so much after it. */
const BEFORE_MS = 300;
const AFTER_MS = 800;
const ROOMS = 6;
const UTTERANCES = 20;

export async function firstPhoneme({ seed, isQuick, speech, onProgress }: BenchContext): Promise<Row[]> {
  const rooms = isQuick ? 1 : ROOMS;
  const correlations: number[] = [];
  let lost = 0;
  for (let i = 0; i < rooms; i++) {
    const plan = anyRoom(seed + i);
    const microphone = recordMicrophone();
    const options = { settings: VOICE, responder: silent, plan, seed: seed + i, tap: microphone.tap };
    const line = await startVirtualLine(options);
    const list = Array.from({ length: isQuick ? 6 : UTTERANCES }, () => speech.next());
    const schedule = { plan, levelDb: SPEECH_DB, seed: seed + i, gapMs: [2_500, 4_000] } as const;
    for (const utterance of await sayAll(line, list, schedule, (share) =>
      onProgress('first phoneme', (i + share) / rooms),
    )) {
      const record = turnOf(utterance, line.records);
      if (!record?.capture) {
        lost += 1;
        continue;
      }
      const recordedFromMs = record.capture.firstSampleAtMs;
      correlations.push(
        firstSoundCorrelation({
          ...{ recording: line.heardIn(record.turn), recordedFromMs },
          ...microphone.between(Math.max(recordedFromMs, utterance.fromMs - BEFORE_MS), utterance.fromMs + AFTER_MS),
          soundFromMs: utterance.fromMs,
        }),
      );
    }
    line.stop();
  }
  const kept = correlations.filter((correlation) => correlation >= KEPT).length;
  const all = correlations.length + lost;
  const least = Math.min(...correlations);
  return [
    {
      name: 'first phoneme kept',
      measured: (100 * kept) / all,
      unit: '%',
      goal: { atLeast: 100 },
      detail: `${all} utterances in ${rooms} rooms; least correlation of the first 200 ms ${least.toFixed(2)}; ${lost} without a turn`,
    },
  ];
}

/** All that the microphone of a room recorded. */
function recordMicrophone() {
  const blocks: { atMs: number; samples: Int16Array }[] = [];
  return {
    tap: ({ microphone }: HeardBlock, atMs: number) => {
      blocks.push({ atMs, samples: toS16(Float32Array.from(microphone)) });
    },
    between(fromMs: number, toMs: number): { said: Int16Array; saidFromMs: number } {
      const found = blocks.filter(
        ({ atMs, samples }) => atMs + samples.length / SAMPLES_PER_MS > fromMs && atMs < toMs,
      );
      return { said: concatenate(found.map(({ samples }) => samples)), saidFromMs: found[0]?.atMs ?? 0 };
    },
  };
}
