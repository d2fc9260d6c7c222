/**
 * Sentences with stated pauses inside: parts that are spoken one by one, and silence between them, which the room fills with its noise.
 * The pauses have a median of 300 ms and a 95th percentile of 900 ms. Seeded.
 */
import { concatenate } from '../../../actors/sound/s16.ts';
import { SAMPLES_PER_MS } from '../../../src/protocol/format.ts';
import { createRandom } from '../../../src/tools/simulation/random.ts';
import type { SpeechSource, Spoken } from './speech.ts';

/** `|`: where a person may pause to think. Nothing that rings later. */
export const SENTENCES: [tuning: string[], checking: string[]] = [
  [
    'what is the distance from | London to Paris',
    'what is the weather | in the north of England',
    'can you tell me how many days | are left | in this year',
    'how many ounces | are in a pound',
    'I would like to know | what time it is',
    'what is seventeen | times twenty four',
    'please tell me the date | of next Friday',
    'how much is fifteen percent | of two hundred | and forty',
  ],
  [
    'how long does it take | to boil an egg',
    'what is twelve times | one hundred and five',
    'what is the square root of | two hundred and fifty six',
    'how many seconds are in | a day | and a half',
    'can you tell me | which day it is',
    'how many kilometers | are in | twelve miles',
    'please tell me | what the date is | next Sunday',
    'what do you know | about the moon',
  ],
];

/** Log-normal: the logarithm of the ratio of 95th percentile and median is 1.645 standard deviations. */
const MEDIAN_MS = 300;
const SIGMA = Math.log(900 / MEDIAN_MS) / 1.645;
const SHORTEST_MS = 80;
const LONGEST_MS = 1_500;

export interface SpokenWithPauses extends Spoken {
  pausesMs: number[];
  /** When each ends, from the beginning of the samples. */
  parts: { text: string; endsAtMs: number }[];
}

export async function spokenWithPauses(speech: SpeechSource, isTuning: boolean, count: number, seed: number) {
  const random = createRandom(seed);
  const sentences = SENTENCES[isTuning ? 0 : 1];
  const voices = speech.voices.filter((voice) => voice !== 'recorded');
  const spoken: SpokenWithPauses[] = [];
  for (let i = 0; i < count; i++) {
    const voice = voices[i % voices.length] ?? '';
    const text = sentences[Math.floor(i / voices.length) % sentences.length] ?? '';
    const sound: Int16Array[] = [];
    const pausesMs: number[] = [];
    const parts: SpokenWithPauses['parts'] = [];
    for (const part of text.split('|').map((each) => each.trim())) {
      if (parts.length > 0) {
        const pauseMs = pause(random);
        pausesMs.push(pauseMs);
        sound.push(new Int16Array(pauseMs * SAMPLES_PER_MS));
      }
      sound.push(await speech.say(voice, part));
      const length = sound.reduce((sum, each) => sum + each.length, 0);
      parts.push({ text: part, endsAtMs: length / SAMPLES_PER_MS });
    }
    const samples = concatenate(sound);
    spoken.push({
      ...{
        voice,
        text: text.replaceAll(' |', ''),
        samples,
        fromMs: 0,
        toMs: samples.length / SAMPLES_PER_MS,
        ...{ pausesMs, parts },
      },
    });
  }
  return spoken;
}

function pause(random: () => number): number {
  const normal = Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
  return Math.round(Math.min(LONGEST_MS, Math.max(SHORTEST_MS, MEDIAN_MS * Math.exp(SIGMA * normal))));
}
