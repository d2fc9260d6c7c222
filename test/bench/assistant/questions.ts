/**
 * The spoken questions of the bench: bundled ones of one turn, in the voice `rms`, as a microphone records them.
 */
import { BUNDLED_SUITE } from '../../../src/core/files/bundled.ts';
import { silentLog } from '../../../src/core/log/log.ts';
import { systemClock } from '../../../src/core/time/clock.ts';
import { casesOf, readSuite } from '../../../src/tools/eval/suite.ts';
import { placeSpeech } from '../../../src/tools/eval/utterance.ts';
import { openVoices } from '../../../src/tools/eval/voices/open-voices.ts';
import { testModelsFolder } from '../../support/models.ts';

const VOICE = 'rms';
/** Questions whose answer changes nothing that a later one could meet. */
export const STABLE_KINDS: ReadonlySet<string> = new Set([
  'time',
  'date',
  'arithmetic',
  'units',
  'help',
  'small talk',
  'out of scope',
]);

export interface SpokenQuestion {
  text: string;
  /** 16 kHz, mono. */
  utterance: Int16Array;
}

/** Spread over the whole suite. */
export async function spokenQuestions(count: number): Promise<SpokenQuestion[]> {
  const texts = await questionTexts();
  const context = { clock: systemClock, log: silentLog, modelsFolder: testModelsFolder, reportUsage() {} };
  const { voices, close } = await openVoices([VOICE], undefined, context);
  try {
    const questions: SpokenQuestion[] = [];
    for (let i = 0; i < count; i++) {
      const text = texts[Math.floor((i * texts.length) / count) % texts.length] ?? '';
      const speech = (await voices[0]?.speak(text)) ?? new Int16Array(0);
      questions.push({ text, utterance: placeSpeech(speech) });
    }
    return questions;
  } finally {
    await close();
  }
}

export async function questionTexts(): Promise<string[]> {
  const suite = await readSuite(BUNDLED_SUITE);
  return casesOf(suite).flatMap(({ kind, said }) => (said.length === 1 && STABLE_KINDS.has(kind) ? said : []));
}
