/** What is said to train a wake word, by whom, and in which conditions. */
import type { NoiseDb } from './sound-conditions.ts';
import { phraseTexts, SENTENCES, similarTexts } from './texts.ts';

export interface TrainingMaterial {
  trainedVoices: readonly string[];
  /** They are only asked afterwards. */
  heldOutVoices: readonly string[];
  /** Recordings that say something else than the phrase; every third one is held out. */
  recordedVoices: readonly string[];
  /** Of the phrase. */
  speeds: readonly number[];
  noisesDb: readonly NoiseDb[];
  /** With the phrase in them, and without it. */
  phraseTexts(phrase: string): readonly string[];
  otherTexts(phrase: string): readonly string[];
}

export const TRAINING_MATERIAL: TrainingMaterial = {
  trainedVoices: ['rms', 'awb', 'kal'],
  // One speaker, by two synthesizers; no speaker of a trained voice.
  heldOutVoices: ['slt', 'slt-hts'],
  recordedVoices: ['recorded'],
  speeds: [0.87, 1, 1.15],
  noisesDb: [undefined, 20, 10],
  phraseTexts,
  otherTexts: (phrase) => [...similarTexts(phrase), ...SENTENCES],
};
