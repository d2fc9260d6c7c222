/** A wake word that is said is found: at a normal distance, in noise, and with a television that runs. */
import type { RoomPlan } from '../../room/acoustics.ts';
import { anyRoom } from '../../room/plans.ts';
import { television } from '../../room/sounds.ts';
import { startVirtualLine } from '../../room/virtual-line.ts';
import { loadWakeEngine } from '../../room/wake-engine.ts';
import { testModelsFolder } from '../../support/models.ts';
import { type BenchContext, SPEECH_DB, silent, WAKE } from './context.ts';
import type { Row } from './row.ts';
import { sayAll, type Utterance } from './scene.ts';
import type { Spoken } from './speech.ts';

interface Condition {
  name: string;
  whiteDb?: number;
  televisionDb?: number;
}

const CONDITIONS: Condition[] = [
  { name: 'clean' },
  { name: 'white 10 dB', whiteDb: SPEECH_DB - 10 },
  { name: 'television 10 dB', televisionDb: SPEECH_DB - 10 },
];
const SAID_IN_EACH_VOICE = 10;
/** From the end of the word to the trigger. */
const SOON_MS = 1_000;

export async function wakeWords(context: BenchContext): Promise<Row[]> {
  const list = await spokenWords(context);
  const engine = await loadWakeEngine(context.wakeWord, testModelsFolder);
  const rows: Row[] = [];
  for (const [i, condition] of CONDITIONS.entries()) {
    const plan = anyRoom(context.seed + 30 + i);
    const line = await startVirtualLine({
      ...{ settings: WAKE, responder: silent, plan, seed: context.seed, openWakeEngine: engine.open },
      ...(condition.whiteDb !== undefined && { noise: { colour: 'white', levelDb: condition.whiteDb } as const }),
    });
    if (condition.televisionDb !== undefined) watchTelevision(line.room, plan, condition.televisionDb, context);
    const options = { plan, levelDb: SPEECH_DB, seed: context.seed, gapMs: [9_000, 11_000] } as const;
    const said = await sayAll(line, list, options, (share) =>
      context.onProgress(`wake word, ${condition.name}`, (i + share) / CONDITIONS.length),
    );
    line.stop();
    const wakes = line.told.filter(({ is }) => is === 'recording').map(({ atMs }) => atMs);
    const delays = said.flatMap((utterance) => delayMs(utterance, wakes) ?? []);
    const byVoice = context.speech.voices.map((voice) => foundOf(voice, said, wakes)).filter((text) => text !== '');
    rows.push({
      ...{ name: `wake word found, ${condition.name}`, measured: (100 * delays.length) / said.length, unit: '%' },
      detail: `${said.length} times ${context.wakeWord} (${byVoice.join(', ')}); p50 ${Math.round(median(delays))} ms after its end; ${line.records.length} turns`,
    });
  }
  engine.close();
  return rows;
}

async function spokenWords({ speech, wakeWord, isQuick }: BenchContext): Promise<Spoken[]> {
  const text = `${wakeWord.replaceAll('_', ' ')}.`;
  const list: Spoken[] = [];
  for (const voice of speech.voices) {
    const samples = await speech.say(voice, text);
    if (samples.length === 0) continue;
    const spoken = { voice, text, samples, fromMs: 0, toMs: samples.length / 16 };
    list.push(...Array.from({ length: isQuick ? 2 : SAID_IN_EACH_VOICE }, () => spoken));
  }
  return list;
}

function watchTelevision(
  room: Awaited<ReturnType<typeof startVirtualLine>>['room'],
  plan: RoomPlan,
  levelDb: number,
  { speech, seed }: BenchContext,
): void {
  const sentences = Array.from({ length: 30 }, () => speech.next().samples);
  const from = [plan.sizeM[0] - 0.5, plan.sizeM[1] - 0.5, 1] as const;
  room.repeat(television(sentences, seed), { atMs: 0, toMs: Number.MAX_SAFE_INTEGER, levelDb, from });
}

function foundOf(voice: string, said: readonly Utterance[], wakes: readonly number[]): string {
  const own = said.filter(({ spoken }) => spoken.voice === voice);
  const found = own.filter((utterance) => delayMs(utterance, wakes) !== undefined).length;
  return own.length === 0 ? '' : `${voice} ${found} of ${own.length}`;
}

function delayMs({ fromMs, toMs }: Utterance, wakes: readonly number[]): number | undefined {
  const wake = wakes.find((atMs) => atMs > fromMs && atMs < toMs + SOON_MS);
  return wake === undefined ? undefined : wake - toMs;
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}
