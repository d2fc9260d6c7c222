/** Speech that begins is found, and noise is not taken for it: the device alone. */
import { createRandom } from '../../../src/tools/simulation/random.ts';
import type { AcousticsOptions } from '../../room/acoustics.ts';
import { anyRoom } from '../../room/plans.ts';
import { music } from '../../room/sounds.ts';
import { startVirtualLine, type VirtualLine } from '../../room/virtual-line.ts';
import { type BenchContext, SPEECH_DB, silent, VOICE } from './context.ts';
import type { Row } from './row.ts';
import { falseStarts, sayAll, turnOf } from './scene.ts';

interface Condition {
  name: string;
  noise?: AcousticsOptions['noise'];
  musicDb?: number;
  falseStartsAMinute: number;
}

const CONDITIONS: Condition[] = [
  { name: 'clean', falseStartsAMinute: 1 },
  { name: 'white 10 dB', noise: { colour: 'white', levelDb: SPEECH_DB - 10 }, falseStartsAMinute: 1 },
  { name: 'music 20 dB', musicDb: SPEECH_DB - 20, falseStartsAMinute: 15 },
];
const UTTERANCES = 60;
/** Nobody speaks. */
const SILENT_MINUTES = 4;
const CORNER_M = 0.5;

export async function speechStarts(context: BenchContext): Promise<Row[]> {
  const rows: Row[] = [];
  for (const [i, condition] of CONDITIONS.entries()) {
    rows.push(
      ...(await measure(context, condition, (share) =>
        context.onProgress(condition.name, (i + share) / CONDITIONS.length),
      )),
    );
  }
  return rows;
}

async function measure(
  { seed, isQuick, speech }: BenchContext,
  condition: Condition,
  onShare: (share: number) => void,
): Promise<Row[]> {
  const { name, noise, musicDb, falseStartsAMinute } = condition;
  const plan = anyRoom(seed + 20);
  const line = await startVirtualLine({ settings: VOICE, responder: silent, plan, seed, ...(noise && { noise }) });
  if (musicDb !== undefined) {
    const from = [plan.sizeM[0] - CORNER_M, plan.sizeM[1] - CORNER_M, 1] as const;
    const song = music(60, Math.floor(createRandom(seed)() * 1e6));
    line.room.repeat(song, { atMs: line.clock.now(), toMs: Number.MAX_SAFE_INTEGER, levelDb: musicDb, from });
  }
  const minutes = isQuick ? 1 : SILENT_MINUTES;
  await line.clock.run(minutes * 60_000);
  const [silentStarts, bytes] = [line.records.length, bytesOf(line)];
  const list = Array.from({ length: isQuick ? 8 : UTTERANCES }, () => speech.next());
  const options = { plan, levelDb: SPEECH_DB, seed, gapMs: [1_500, 3_000] } as const;
  const utterances = await sayAll(line, list, options, onShare);
  const found = utterances.filter((utterance) => turnOf(utterance, line.records)).length;
  const between = falseStarts(line, utterances).length - silentStarts;
  line.stop();
  return [
    {
      ...{
        name: `speech found, ${name}`,
        measured: (100 * found) / utterances.length,
        unit: '%',
        goal: { atLeast: 97 },
      },
      detail: `${utterances.length} utterances, device alone`,
    },
    {
      ...{
        name: `false starts a minute, ${name}`,
        measured: silentStarts / minutes,
        unit: '',
        goal: { atMost: falseStartsAMinute },
      },
      detail: `in ${minutes} min without speech, device alone, ${Math.round(bytes / minutes)} bytes sent a minute; ${between} more between utterances`,
    },
  ];
}

function bytesOf(line: VirtualLine): number {
  return line.sent.reduce((sum, { bytes }) => sum + bytes, 0);
}
