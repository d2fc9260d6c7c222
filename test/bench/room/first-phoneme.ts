/** The first phoneme of each utterance is in its turn. */
import { firstSoundCorrelation, KEPT } from '../../room/first-sound.ts';
import { anyRoom } from '../../room/plans.ts';
import { startVirtualLine } from '../../room/virtual-line.ts';
import { type BenchContext, SPEECH_DB, silent, VOICE } from './context.ts';
import type { Row } from './row.ts';
import { sayAll, turnOf } from './scene.ts';

const ROOMS = 6;
const UTTERANCES = 20;

export async function firstPhoneme({ seed, isQuick, speech, onProgress }: BenchContext): Promise<Row[]> {
  const rooms = isQuick ? 1 : ROOMS;
  const correlations: number[] = [];
  let lost = 0;
  for (let i = 0; i < rooms; i++) {
    const plan = anyRoom(seed + i);
    const line = await startVirtualLine({ settings: VOICE, responder: silent, plan, seed: seed + i });
    const list = Array.from({ length: isQuick ? 6 : UTTERANCES }, () => speech.next());
    const options = { plan, levelDb: SPEECH_DB, seed: seed + i, gapMs: [2_500, 4_000] } as const;
    for (const utterance of await sayAll(line, list, options, (share) =>
      onProgress('first phoneme', (i + share) / rooms),
    )) {
      const record = turnOf(utterance, line.records);
      if (!record?.capture) {
        lost += 1;
        continue;
      }
      correlations.push(
        firstSoundCorrelation({
          recording: line.heardIn(record.turn),
          recordedFromMs: record.capture.firstSampleAtMs,
          said: utterance.said.samples(),
          saidFromMs: utterance.said.fromMs,
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
