/**
 * Trains a wake word of one's own with synthetic and recorded speech, and finds out what it is worth with voices that it was not
 * trained with.
 */
import { headOf, type TrainedHead } from '../../../actors/wake/trained-head.ts';
import { createWakeDetector, DEFAULT_RULE } from '../../../actors/wake/wake-detector.ts';
import { EarshotError } from '../../core/errors.ts';
import { modelFiles } from '../../models/model-files.ts';
import { SAMPLE_RATE_HZ, SAMPLES_PER_MS } from '../../protocol/format.ts';
import { mostExpected } from './confidence.ts';
import type { Example, Regression } from './regression.ts';
import { embeddedSounds, type Sound, type TrainOptions } from './training-sounds.ts';
import { openTrainingThreads } from './training-threads.ts';

/** A window that ends so long after the phrase is an example of it; around these it is an example of nothing. */
const POSITIVE_MS = 320;
const UNCLEAR_MS = 480;
const HIGHEST_THRESHOLD = 0.98;
const THRESHOLDS = [0.5, 0.6, 0.7, 0.8, 0.9, 0.95, HIGHEST_THRESHOLD];
const SEED = 17;

export interface Recall {
  voice: string;
  isHeldOut: boolean;
  /** For each noise of the material. */
  found: { noiseDb: number | null; said: number; found: number }[];
}

export interface TrainingReport {
  recall: Recall[];
  /** In the held-out speech, of which no part chose the threshold. */
  falseAccepts: { count: number; heardMinutes: number; mostPerHour: number };
  /** Half of that speech chose the threshold; so often it was still taken for the phrase. Not 0: no threshold suffices. */
  falseAcceptsWhenChosen: number;
  missingVoices: string[];
  notHeard: string[];
}

/** @throws EarshotError `models_missing`, `wake_unavailable`, `usage`, `file_not_found` */
export async function trainWakeWord(options: TrainOptions): Promise<{ head: TrainedHead; report: TrainingReport }> {
  const { phrase, context, onProgress } = options;
  const threads = await openTrainingThreads(await modelFiles('wake:features', context.modelsFolder), context);
  try {
    const { sounds, missing } = await embeddedSounds(threads, options);
    onProgress('training', 0);
    const examples = sounds.filter(({ isHeldOut }) => !isHeldOut).flatMap(examplesOf);
    if (!examples.some(({ isPositive }) => isPositive)) {
      throw new EarshotError('usage', `No voice can say ${JSON.stringify(phrase)}`, 'Write it in letters a to z.');
    }
    const regression = await threads.learn(examples, SEED);
    return judged(rounded(regression), sounds, missing, options, examples.length);
  } finally {
    await threads.close();
  }
}

function rounded({ bias, weights }: Regression): Regression {
  return { bias, weights: weights.map((weight) => Number(weight.toPrecision(6))) };
}

function examplesOf({ isPhrase, windows, to }: Sound): Example[] {
  return windows.flatMap(({ input, end }) => {
    const afterMs = (end - to) / SAMPLES_PER_MS;
    if (isPhrase && afterMs >= 0 && afterMs <= POSITIVE_MS) return { input, isPositive: true };
    if (isPhrase && Math.abs(afterMs) <= UNCLEAR_MS) return [];
    return { input, isPositive: false };
  });
}

/** The threshold, chosen with one half of the held-out speech that is not the phrase; what it reaches, with the rest. */
function judged(
  regression: Pick<TrainedHead, 'bias' | 'weights'>,
  sounds: readonly Sound[],
  missingVoices: string[],
  { phrase, recordings, material }: TrainOptions,
  examples: number,
): { head: TrainedHead; report: TrainingReport } {
  const { score } = headOf(regression);
  const scored = sounds.map((sound) => ({ ...sound, scores: sound.windows.map(({ input }) => score(input)) }));
  const isFound = (scores: readonly number[], threshold: number): number => {
    const detector = createWakeDetector({ ...DEFAULT_RULE, threshold });
    return scores.filter((each, step) => detector.push(each, step * 80)).length;
  };
  const others = scored.filter(({ isPhrase, isHeldOut }) => isHeldOut && !isPhrase);
  const [choosing, judging] = [0, 1].map((half) => others.filter((_, index) => index % 2 === half)) as [
    typeof others,
    typeof others,
  ];
  const accepts = (list: typeof others, threshold: number) =>
    list.reduce((sum, { scores }) => sum + isFound(scores, threshold), 0);
  const threshold = THRESHOLDS.find((each) => accepts(choosing, each) === 0) ?? HIGHEST_THRESHOLD;
  const heardHours = judging.reduce((sum, { heardMs }) => sum + heardMs, 0) / 3_600_000;
  const count = accepts(judging, threshold);
  const phrases = scored.filter(({ isPhrase }) => isPhrase);
  const groups = new Map(phrases.map((sound) => [`${sound.voice} ${sound.isHeldOut}`, sound]));
  const recall = [...groups.values()].map(({ voice, isHeldOut }) => {
    const said = phrases.filter((sound) => sound.voice === voice && sound.isHeldOut === isHeldOut);
    return {
      ...{ voice, isHeldOut },
      found: material.noisesDb.map((noiseDb) => {
        const these = said.filter((sound) => sound.noiseDb === noiseDb);
        const found = these.filter(({ scores }) => isFound(scores, threshold) > 0).length;
        return { noiseDb: noiseDb ?? null, said: these.length, found };
      }),
    };
  });
  const report: TrainingReport = {
    recall,
    falseAccepts: {
      count,
      heardMinutes: Math.round(heardHours * 600) / 10,
      mostPerHour: Math.ceil((mostExpected(count) / heardHours) * 10) / 10,
    },
    falseAcceptsWhenChosen: accepts(choosing, threshold),
    missingVoices,
    notHeard: [
      ...(recordings === undefined ? ['a person: all voices were synthetic'] : []),
      ...['children', 'other languages and accents', 'a room, and distance', 'music, television and other noise'],
    ],
  };
  const phraseMs = sounds
    .filter(({ isPhrase }) => isPhrase)
    .map((sound) => sound.phraseMs)
    .toSorted((a, b) => a - b);
  const head: TrainedHead = {
    ...{ format: 'earshot wake word', version: 1, phrase, threshold, ...regression },
    phraseMs: Math.round(phraseMs[Math.floor(phraseMs.length / 2)] ?? 0),
    training: { examples, sampleRateHz: SAMPLE_RATE_HZ, seed: SEED, report },
  };
  return { head, report };
}
