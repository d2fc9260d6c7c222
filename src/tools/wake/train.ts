/**
 * Trains a wake word of one's own with synthetic and recorded speech, and finds out what it is worth with voices that it was not
 * trained with.
 */
import type { PartContext } from '../../../actors/assistant/parts/provider.ts';
import { headOf, type TrainedHead } from '../../../actors/wake/trained-head.ts';
import { createWakeDetector, DEFAULT_RULE } from '../../../actors/wake/wake-detector.ts';
import { EarshotError } from '../../core/errors.ts';
import { modelFiles } from '../../models/model-files.ts';
import { SAMPLE_RATE_HZ, SAMPLES_PER_MS } from '../../protocol/format.ts';
import { openVoices } from '../eval/voices/open-voices.ts';
import type { Voice } from '../eval/voices/voice.ts';
import { openEmbedder } from './embedded-sound.ts';
import { contentOf, type OwnRecording, plainWords, readOwnRecordings } from './own-recordings.ts';
import { type Example, trainRegression } from './regression.ts';
import { atSpeed, inNoise, type NoiseDb } from './sound-conditions.ts';
import { phraseTexts, SENTENCES, similarTexts } from './texts.ts';

/** Those of Earshot's voices that are trained, and those that are only asked afterwards. */
const TRAINED_VOICES = ['rms', 'awb', 'kal'];
/** One speaker, by two synthesizers; no speaker of a trained voice. */
const HELD_OUT_VOICES = ['slt', 'slt-hts'];
const SPEEDS = [0.87, 1, 1.15];
export const NOISES: readonly NoiseDb[] = [undefined, 20, 10];
/** A window that ends so long after the phrase is an example of it; around these it is an example of nothing. */
const POSITIVE_MS = 320;
const UNCLEAR_MS = 480;
const HIGHEST_THRESHOLD = 0.98;
const THRESHOLDS = [0.5, 0.6, 0.7, 0.8, 0.9, 0.95, HIGHEST_THRESHOLD];
const SEED = 17;
/** About so many sounds there are of each voice; for the progress. */
const SOUNDS_OF_VOICE = 70;
/** The name of the person's recordings in the report. */
const OWN = 'recordings';

interface Sound {
  voice: string;
  noiseDb: NoiseDb;
  isPhrase: boolean;
  isHeldOut: boolean;
  /** Of the speech itself. */
  phraseMs: number;
  heardMs: number;
  windows: { input: Float32Array; end: number }[];
  /** The samples after the phrase. */
  to: number;
}

export interface Recall {
  voice: string;
  isHeldOut: boolean;
  /** For each of NOISES. */
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

export interface TrainOptions {
  phrase: string;
  /** Folder of a person's recordings, with their texts. */
  recordings?: string | undefined;
  context: PartContext;
  onProgress(what: string, share: number): void;
}

/** @throws EarshotError `models_missing`, `wake_unavailable`, `usage`, `file_not_found` */
export async function trainWakeWord(options: TrainOptions): Promise<{ head: TrainedHead; report: TrainingReport }> {
  const { phrase, recordings, context, onProgress } = options;
  const embedder = await openEmbedder(await modelFiles('wake:features', context.modelsFolder));
  const names = [...TRAINED_VOICES, ...HELD_OUT_VOICES, 'recorded'];
  const { voices, missing, close } = await openVoices(names, undefined, context);
  const own = recordings === undefined ? [] : await readOwnRecordings(recordings);
  const sounds: Sound[] = [];
  try {
    const sources = [
      ...voices.map((voice) => ({ name: voice.name, said: (): AsyncGenerator<Said> => soundsOf(voice, phrase) })),
    ];
    if (own.length > 0) sources.push({ name: OWN, said: () => ownSounds(own, phrase) });
    for (const [index, { name: voice, said }] of sources.entries()) {
      const before = sounds.length;
      for await (const { speech, ...sound } of said()) {
        const { samples, from, to } = inNoise(speech, sound.noiseDb, `${sound.key} ${sound.noiseDb}`);
        const windows = await embedder.embed(samples);
        sounds.push({
          ...{
            voice,
            noiseDb: sound.noiseDb,
            isPhrase: sound.isPhrase,
            isHeldOut: sound.isHeldOut,
            windows,
          },
          ...{ to: sound.phraseSamples === undefined ? to : from + sound.phraseSamples },
          phraseMs: (sound.phraseSamples ?? to - from) / SAMPLES_PER_MS,
          heardMs: samples.length / SAMPLES_PER_MS,
        });
        onProgress('speech', (index + Math.min(1, (sounds.length - before) / SOUNDS_OF_VOICE)) / sources.length);
      }
    }
  } finally {
    await close();
    embedder.close();
  }
  onProgress('training', 0);
  const examples = sounds.filter(({ isHeldOut }) => !isHeldOut).flatMap(examplesOf);
  if (!examples.some(({ isPositive }) => isPositive)) {
    throw new EarshotError('usage', `No voice can say ${JSON.stringify(phrase)}`, 'Write it in letters a to z.');
  }
  const regression = trainRegression(examples, SEED);
  const rounded = { bias: regression.bias, weights: regression.weights.map((weight) => Number(weight.toPrecision(6))) };
  return judged(
    rounded,
    sounds,
    missing.map(({ name }) => name),
    options,
    examples.length,
  );
}

interface Said {
  speech: Int16Array;
  key: string;
  noiseDb: NoiseDb;
  isPhrase: boolean;
  isHeldOut: boolean;
  /** Where the phrase ends in a longer sentence. */
  phraseSamples?: number;
}

/** The phrase alone, in sentences, and what is not it, in all conditions. */
async function* soundsOf(voice: Voice, phrase: string): AsyncGenerator<Said> {
  const isSynthetic = voice.texts === undefined;
  const texts = isSynthetic ? [...phraseTexts(phrase), ...similarTexts(phrase), ...SENTENCES] : (voice.texts ?? []);
  const alone = isSynthetic ? await voice.speak(phrase) : undefined;
  for (const [index, text] of texts.entries()) {
    const speech = await voice.speak(text);
    if (!speech) continue;
    const isPhrase = isSynthetic && index < phraseTexts(phrase).length;
    const isLonger = isPhrase && plainWords(text) !== plainWords(phrase);
    // Of recordings every third one is held out.
    const isHeldOut = isSynthetic ? !TRAINED_VOICES.includes(voice.name) : index % 3 === 2;
    for (const speed of isPhrase ? SPEEDS : [1]) {
      const changed = await atSpeed(speech, speed);
      for (const noiseDb of isPhrase ? NOISES : [index % 2 === 0 ? undefined : 10]) {
        yield {
          ...{ speech: changed, key: `${voice.name} ${text} ${speed}`, noiseDb, isPhrase, isHeldOut },
          ...(isLonger && alone && { phraseSamples: Math.round(spokenSamples(alone) / speed) }),
        };
      }
    }
  }
}

/** Each as it is, and with noise. */
async function* ownSounds(own: readonly OwnRecording[], phrase: string): AsyncGenerator<Said> {
  for (const [index, recording] of own.entries()) {
    const { speech, name } = recording;
    const content = contentOf(recording, phrase);
    if (content === 'unclear') continue;
    const isPhrase = content === 'phrase';
    for (const noiseDb of isPhrase ? NOISES : [undefined, 10]) {
      yield { speech, key: name, noiseDb, isPhrase, isHeldOut: index % 3 === 2 };
    }
  }
}

function spokenSamples(speech: Int16Array): number {
  const { from, to } = inNoise(speech, undefined, '');
  return to - from;
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
  { phrase, recordings }: TrainOptions,
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
      found: NOISES.map((noiseDb) => {
        const these = said.filter((sound) => sound.noiseDb === noiseDb);
        const found = these.filter(({ scores }) => isFound(scores, threshold) > 0).length;
        return { noiseDb: noiseDb ?? null, said: these.length, found };
      }),
    };
  });
  const report: TrainingReport = {
    recall,
    // With 95 % confidence (Poisson, for a small count).
    falseAccepts: {
      count,
      heardMinutes: Math.round(heardHours * 600) / 10,
      mostPerHour: Math.round(((count + 3) / heardHours) * 10) / 10,
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
