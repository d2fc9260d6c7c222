/**
 * Who speaks in the bench, and what: voices for tuning and voices for checking, which share no text. Speech comes trimmed, with the times of
 * its first and its last sound.
 */
import { silentLog } from '../../../src/core/log/log.ts';
import { systemClock } from '../../../src/core/time/clock.ts';
import { SAMPLES_PER_MS } from '../../../src/protocol/format.ts';
import { openVoices } from '../../../src/tools/eval/voices/open-voices.ts';
import type { Voice } from '../../../src/tools/eval/voices/voice.ts';
import { speechIn } from '../../room/activity.ts';
import { testModelsFolder } from '../../support/models.ts';
import { questionTexts } from '../assistant/questions.ts';

/** Their sentences are different, too. */
export const VOICE_SETS: Record<string, { voices: string[]; half: 0 | 1 }> = {
  tuning: { voices: ['rms', 'slt'], half: 0 },
  checking: { voices: ['awb', 'kal16', 'recorded'], half: 1 },
};

/** Of the recording that is left before the first and after the last sound: soft beginnings and ends are in it. */
const MARGIN_MS = 60;

export interface Spoken {
  voice: string;
  text: string;
  samples: Int16Array;
  /** Of the first and the last sound, from the beginning of the samples. */
  fromMs: number;
  toMs: number;
}

export interface SpeechSource {
  /** The next sentence, in the next voice. */
  next(): Spoken;
  /** A part of a sentence in this voice, trimmed without a margin. */
  say(voice: string, text: string): Promise<Int16Array>;
  voices: readonly string[];
}

/** @param names of {@link VOICE_SETS}, or a list of voices */
export async function openSpeech(names: string, count: number): Promise<SpeechSource & { close(): Promise<void> }> {
  const { voices: wanted, half } = VOICE_SETS[names] ?? { voices: names.split(','), half: 1 };
  const context = { clock: systemClock, log: silentLog, modelsFolder: testModelsFolder, reportUsage() {} };
  const { voices, missing, close } = await openVoices(wanted, undefined, context);
  for (const { name, missing: why } of missing) process.stderr.write(`The voice ${name} is left out: it ${why}.\n`);
  const texts = (await questionTexts()).filter((_, i) => i % 2 === half);
  const spoken: Spoken[] = [];
  for (let i = 0; spoken.length < count; i++) {
    const voice = voices[i % voices.length];
    if (!voice) throw new Error('There is no voice');
    const said = await sentence(voice, Math.floor(i / voices.length), texts);
    if (said) spoken.push(said);
  }
  let at = 0;
  return {
    voices: voices.map(({ name }) => name),
    next: () => spoken[at++ % spoken.length] as Spoken,
    async say(name, text) {
      const samples = await voices.find((voice) => voice.name === name)?.speak(text);
      return samples ? trimmed(samples, 0).samples : new Int16Array(0);
    },
    close,
  };
}

async function sentence(voice: Voice, index: number, texts: readonly string[]): Promise<Spoken | undefined> {
  const own = voice.texts ?? texts;
  const text = own[index % own.length] ?? '';
  const samples = await voice.speak(text);
  return samples && { voice: voice.name, text, ...trimmed(samples, MARGIN_MS) };
}

function trimmed(samples: Int16Array, marginMs: number): Pick<Spoken, 'samples' | 'fromMs' | 'toMs'> {
  const stretches = speechIn(samples);
  const [first, last] = [stretches[0]?.from ?? 0, stretches.at(-1)?.to ?? samples.length];
  const from = Math.max(0, first - marginMs * SAMPLES_PER_MS);
  const to = Math.min(samples.length, last + marginMs * SAMPLES_PER_MS);
  return {
    samples: samples.slice(from, to),
    fromMs: (first - from) / SAMPLES_PER_MS,
    toMs: (last - from) / SAMPLES_PER_MS,
  };
}
