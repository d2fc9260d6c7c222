/** The sentences of `bench:room`, which are spoken part by part, with a pause after one of the parts. Seeded. */
import { concatenate } from '../../../actors/sound/s16.ts';
import { seedOf } from '../../../src/tools/eval/noise.ts';
import type { Half } from '../../../src/tools/eval/suite.ts';
import { activeRange, placeSpeech } from '../../../src/tools/eval/utterance.ts';
import { createRandom } from '../../../src/tools/simulation/random.ts';
import { speechIn } from '../../room/activity.ts';
import { SENTENCES } from '../room/pauses.ts';
import { stratifiedPausesMs } from './pause-lengths.ts';
import type { TimedVoice } from './timed-speech.ts';
import { LEAD_MS, type PausedUtterance, TAIL_MS, withPauseBetween } from './utterances.ts';

const MS = 16;
/** Between the other parts. */
const SHORT_PAUSE_MS = 150;

export async function utterancesInParts(
  voices: readonly TimedVoice[],
  half: Half,
  count: number,
  seed: string,
): Promise<PausedUtterance[]> {
  const sentences = SENTENCES[half === 'tuning' ? 0 : 1].map((text) => text.split('|').map((part) => part.trim()));
  const pauses = sentences.flatMap((parts) => parts.slice(1).map((_, i) => ({ parts, at: i + 1 })));
  const random = createRandom(seedOf(seed));
  const pausesMs = stratifiedPausesMs(count, random);
  const made: PausedUtterance[] = [];
  for (const [i, pauseMs] of pausesMs.entries()) {
    const voice = voices[i % voices.length];
    const pause = pauses[Math.floor(i / voices.length) % pauses.length];
    if (!voice || !pause) break;
    const { parts, at } = pause;
    const spoken: Int16Array[] = [];
    for (const part of parts) spoken.push(trimmed((await voice.speak(part)).samples));
    const whole = joined(spoken);
    const placed = placeSpeech(whole);
    const beforeEnds = LEAD_MS * MS - activeRange(whole).first + joined(spoken.slice(0, at)).length;
    const before = placed.slice(0, beforeEnds);
    const after = placed.slice(beforeEnds + SHORT_PAUSE_MS * MS, placed.length - TAIL_MS * MS);
    const wordsBefore = parts.slice(0, at).join(' ');
    const speech = withPauseBetween([before, after], pauseMs, random);
    made.push({ text: parts.join(' '), wordsBefore, voice: voice.name, ...speech });
  }
  return made;
}

function joined(parts: readonly Int16Array[]): Int16Array {
  return concatenate(parts.flatMap((part, i) => (i === 0 ? [part] : [new Int16Array(SHORT_PAUSE_MS * MS), part])));
}

function trimmed(samples: Int16Array): Int16Array {
  const stretches = speechIn(samples);
  return samples.slice(stretches[0]?.from ?? 0, stretches.at(-1)?.to ?? samples.length);
}
