/**
 * Sentences with stated pauses inside, which the room fills with its noise: the suite's questions, with a pause at the end of any word, and
 * sentences that are spoken part by part, with a pause between all parts. The pauses have a median of 300 ms and a 95th percentile of 900 ms.
 * Seeded.
 */
import { SAMPLES_PER_MS } from '../../../src/protocol/format.ts';
import { createRandom, shuffle } from '../../../src/tools/simulation/random.ts';
import { STABLE_KINDS } from '../assistant/questions.ts';
import { cutSentence, LEAD_MS, type PausableSentence, sentenceInParts, withPauses } from '../pausing/pausable.ts';
import { stratifiedPausesMs } from '../pausing/pause-lengths.ts';
import { IN_PARTS, suiteSentences } from '../pausing/sentences.ts';
import type { TimedVoice } from '../pausing/timed-speech.ts';
import { isWhole } from '../pausing/whole-before.ts';
import type { Row } from './row.ts';
import { countedShare } from './share.ts';
import type { SpeechSource, Spoken } from './speech.ts';

/** Each fourth sentence is spoken part by part. */
const PARTS_EACH = 4;

export interface SpokenWithPauses extends Spoken {
  /** From the beginning of the samples. */
  pauses: { fromMs: number; ms: number; wordsBefore: string; isWhole: boolean }[];
}

export async function spokenWithPauses(
  { pausing, half }: Pick<SpeechSource, 'pausing' | 'half'>,
  count: number,
  seed: number,
): Promise<SpokenWithPauses[]> {
  const random = createRandom(seed);
  const texts = shuffle(await suiteSentences(half, STABLE_KINDS), random);
  const inParts = shuffle([...IN_PARTS[half]], random);
  const sentences: PausableSentence[] = [];
  for (let i = 0; i < count; i++) {
    const voice = pausing[i % pausing.length] as TimedVoice;
    const rounds = Math.floor(i / PARTS_EACH);
    sentences.push(
      i % PARTS_EACH === PARTS_EACH - 1
        ? await sentenceInParts(voice, inParts[rounds % inParts.length] ?? '')
        : await cutSentence(voice, texts[(i - rounds) % texts.length] ?? '', 'words', random),
    );
  }
  const places = sentences.reduce((sum, { wordsBefore }) => sum + wordsBefore.length, 0);
  const pausesMs = stratifiedPausesMs(places, random);
  return Promise.all(sentences.map((each) => paused(each, pausesMs.splice(0, each.wordsBefore.length))));
}

async function paused(
  { text, voice, sections, wordsBefore }: PausableSentence,
  pausesMs: readonly number[],
): Promise<SpokenWithPauses> {
  const samples = withPauses(sections, pausesMs);
  const pauses: SpokenWithPauses['pauses'] = [];
  for (const [i, ms] of pausesMs.entries()) {
    const fromMs = withPauses(sections.slice(0, i + 1), pausesMs).length / SAMPLES_PER_MS;
    const words = wordsBefore[i] ?? '';
    pauses.push({ fromMs, ms, wordsBefore: words, isWhole: await isWhole(words) });
  }
  return { text, voice, samples, fromMs: LEAD_MS, toMs: samples.length / SAMPLES_PER_MS, pauses };
}

/** How many pauses nobody could tell from an end by the words before them. */
export function wholeRow(list: readonly SpokenWithPauses[]): Row {
  const pauses = list.flatMap((spoken) => spoken.pauses);
  const whole = pauses.filter((pause) => pause.isWhole).length;
  return {
    ...{ name: 'whole sentences before a pause', measured: countedShare(whole, pauses.length).percent, unit: '%' },
    detail: `${whole} of ${pauses.length}, as typed`,
  };
}
