/**
 * Who speaks in the bench, and what: voices for tuning and voices for checking, which share no text. Speech comes trimmed, with the times of
 * its first and its last sound.
 */
import { silentLog } from '../../../src/core/log/log.ts';
import { systemClock } from '../../../src/core/time/clock.ts';
import { SAMPLES_PER_MS } from '../../../src/protocol/format.ts';
import type { Half } from '../../../src/tools/eval/suite.ts';
import { FESTIVAL_VOICE } from '../../../src/tools/eval/voices/festival.ts';
import { openVoices } from '../../../src/tools/eval/voices/open-voices.ts';
import type { Voice } from '../../../src/tools/eval/voices/voice.ts';
import { speechIn } from '../../room/activity.ts';
import { testModelsFolder } from '../../support/models.ts';
import { questionTexts } from '../assistant/questions.ts';
import { openTimedVoice, type TimedVoice } from '../pausing/timed-speech.ts';

interface VoiceSet {
  voices: readonly string[];
  /** Say sentences with pauses; those that can say any text. */
  pausing: readonly string[];
  half: Half;
}

/** Their sentences are different, too. */
const VOICE_SETS: Record<string, VoiceSet> = {
  tuning: { voices: ['rms', 'slt'], pausing: ['rms', 'slt'], half: 'tuning' },
  checking: { voices: ['awb', 'kal16', 'recorded'], pausing: ['awb', 'kal16', FESTIVAL_VOICE], half: 'held-out' },
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
  /** Their times are known, too. */
  pausing: readonly TimedVoice[];
  half: Half;
}

/** @param names of {@link VOICE_SETS}, or a list of voices */
export async function openSpeech(names: string, count: number): Promise<SpeechSource & { close(): Promise<void> }> {
  const { voices: wanted, pausing, half } = VOICE_SETS[names] ?? setOf(names.split(','));
  const context = { clock: systemClock, log: silentLog, modelsFolder: testModelsFolder, reportUsage() {} };
  const opened = await openVoices([...new Set([...wanted, ...pausing])], undefined, context);
  const { missing, close } = opened;
  const voices = opened.voices.filter(({ name }) => wanted.includes(name));
  const named = opened.voices.filter(({ name }) => pausing.includes(name));
  for (const { name, missing: why } of missing) process.stderr.write(`The voice ${name} is left out: it ${why}.\n`);
  const texts = (await questionTexts()).filter((_, i) => i % 2 === (half === 'tuning' ? 0 : 1));
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
    pausing: await Promise.all(named.map(({ name }) => openTimedVoice(name))),
    half,
    next: () => spoken[at++ % spoken.length] as Spoken,
    async say(name, text) {
      const samples = await voices.find((voice) => voice.name === name)?.speak(text);
      return samples ? trimmed(samples, 0).samples : new Int16Array(0);
    },
    close,
  };
}

function setOf(voices: readonly string[]): VoiceSet {
  return { voices, pausing: voices.filter((name) => name !== 'recorded'), half: 'held-out' };
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
