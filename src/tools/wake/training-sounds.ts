/** The sounds of a training: what the voices say, and the person's recordings, in all conditions, as the wake word model sees them. */
import type { PartContext } from '../../../actors/assistant/parts/provider.ts';
import { SAMPLES_PER_MS } from '../../protocol/format.ts';
import { openVoices } from '../eval/voices/open-voices.ts';
import type { Voice } from '../eval/voices/voice.ts';
import type { EmbeddedWindow } from './embedded-sound.ts';
import { contentOf, type OwnRecording, plainWords, readOwnRecordings } from './own-recordings.ts';
import { atSpeed, inNoise, type NoiseDb } from './sound-conditions.ts';
import type { TrainingMaterial } from './training-material.ts';
import type { TrainingThreads } from './training-threads.ts';

/** About so many sounds there are of each voice; for the progress. */
const SOUNDS_OF_VOICE = 70;
/** The name of the person's recordings in the report. */
const OWN = 'recordings';

export interface Sound {
  voice: string;
  noiseDb: NoiseDb;
  isPhrase: boolean;
  isHeldOut: boolean;
  /** Of the speech itself. */
  phraseMs: number;
  heardMs: number;
  windows: EmbeddedWindow[];
  /** The samples after the phrase. */
  to: number;
}

export interface TrainOptions {
  phrase: string;
  /** Folder of a person's recordings, with their texts. */
  recordings?: string | undefined;
  material: TrainingMaterial;
  context: PartContext;
  onProgress(what: string, share: number): void;
}

/** @throws EarshotError `models_missing`, `usage`, `file_not_found` */
export async function embeddedSounds(
  threads: TrainingThreads,
  { phrase, recordings, material, context, onProgress }: TrainOptions,
): Promise<{ sounds: Sound[]; missing: string[] }> {
  const { trainedVoices, heldOutVoices, recordedVoices } = material;
  const names = [...trainedVoices, ...heldOutVoices, ...recordedVoices];
  const { voices, missing, close } = await openVoices(names, undefined, context);
  try {
    const own = recordings === undefined ? [] : await readOwnRecordings(recordings);
    const sources = voices.map((voice) => ({ name: voice.name, said: () => soundsOf(voice, phrase, material) }));
    if (own.length > 0) sources.push({ name: OWN, said: () => ownSounds(own, phrase, material) });
    const sounds: Sound[] = [];
    for (const [index, { name, said }] of sources.entries()) {
      const before = sounds.length;
      for await (const sound of inParallel(said(), threads.atOnce, (each) => embedded(name, each, threads))) {
        sounds.push(sound);
        onProgress('speech', (index + Math.min(1, (sounds.length - before) / SOUNDS_OF_VOICE)) / sources.length);
      }
    }
    return { sounds, missing: missing.map(({ name }) => name) };
  } finally {
    await close();
  }
}

async function embedded(voice: string, said: Said, threads: TrainingThreads): Promise<Sound> {
  const { speech, key, noiseDb, isPhrase, isHeldOut, phraseSamples } = said;
  const { samples, from, to } = inNoise(speech, noiseDb, `${key} ${noiseDb}`);
  return {
    ...{ voice, noiseDb, isPhrase, isHeldOut },
    to: phraseSamples === undefined ? to : from + phraseSamples,
    phraseMs: (phraseSamples ?? to - from) / SAMPLES_PER_MS,
    heardMs: samples.length / SAMPLES_PER_MS,
    windows: await threads.embed(samples),
  };
}

/** The results in the order of the items, of which so many are worked on at a time. */
async function* inParallel<Item, Result>(
  items: AsyncIterable<Item>,
  atOnce: number,
  work: (item: Item) => Promise<Result>,
): AsyncGenerator<Result> {
  const begun: Promise<Result>[] = [];
  for await (const item of items) {
    const result = work(item);
    // It is awaited later.
    result.catch(() => {});
    begun.push(result);
    const oldest = begun.length >= atOnce ? begun.shift() : undefined;
    if (oldest) yield await oldest;
  }
  for (const each of begun) yield await each;
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
async function* soundsOf(voice: Voice, phrase: string, material: TrainingMaterial): AsyncGenerator<Said> {
  const isSynthetic = voice.texts === undefined;
  const phraseTexts = isSynthetic ? material.phraseTexts(phrase) : [];
  const texts = [...phraseTexts, ...(voice.texts ?? material.otherTexts(phrase))];
  const alone = isSynthetic ? await voice.speak(phrase) : undefined;
  for (const [index, text] of texts.entries()) {
    const speech = await voice.speak(text);
    if (!speech) continue;
    const isHeldOut = isSynthetic ? material.heldOutVoices.includes(voice.name) : index % 3 === 2;
    const isPhrase = index < phraseTexts.length;
    const isLonger = isPhrase && plainWords(text) !== plainWords(phrase);
    for (const speed of isPhrase ? material.speeds : [1]) {
      const changed = await atSpeed(speech, speed);
      for (const noiseDb of isPhrase ? material.noisesDb : [index % 2 === 0 ? undefined : 10]) {
        yield {
          ...{ speech: changed, key: `${voice.name} ${text} ${speed}`, noiseDb, isPhrase, isHeldOut },
          ...(isLonger && alone && { phraseSamples: Math.round(spokenSamples(alone) / speed) }),
        };
      }
    }
  }
}

/** Each as it is, and with noise. Every third one is held out. */
async function* ownSounds(
  own: readonly OwnRecording[],
  phrase: string,
  { noisesDb }: TrainingMaterial,
): AsyncGenerator<Said> {
  for (const [index, recording] of own.entries()) {
    const { speech, name } = recording;
    const content = contentOf(recording, phrase);
    if (content === 'unclear') continue;
    const isPhrase = content === 'phrase';
    for (const noiseDb of isPhrase ? noisesDb : [undefined, 10]) {
      yield { speech, key: name, noiseDb, isPhrase, isHeldOut: index % 3 === 2 };
    }
  }
}

function spokenSamples(speech: Int16Array): number {
  const { from, to } = inNoise(speech, undefined, '');
  return to - from;
}
