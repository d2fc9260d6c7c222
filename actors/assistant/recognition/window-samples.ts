/**
 * The samples of a window, and what of them is heard: the speech, with a little of what is around it.
 */
import type { HearingVariant } from './hearing-again.ts';
import type { Hearing } from './recogniser-worker.ts';
import { createSpeechActivity, type SpeechActivity } from './speech-activity.ts';

const MS = 16;
/** Silence before the speech makes the model mishear more; in noise the begin of the speech is found late, however. */
const KEPT_BEFORE_SAMPLES = { clear: 60 * MS, noisy: 200 * MS };
const KEPT_AFTER_SAMPLES = 100 * MS;
const FIRST_CAPACITY_SAMPLES = 8_000 * MS;

export interface WindowSamples {
  readonly activity: Omit<SpeechActivity, 'add'>;
  add(samples: Int16Array): void;
  length(): number;
  /** The speech of the first samples. All of them, if nobody speaks in them. */
  hearing(end: number, variant?: HearingVariant): Hearing;
}

/** @param isDistant see `UtteranceOptions` */
export function createWindowSamples(isDistant: boolean): WindowSamples {
  let buffer = new Int16Array(FIRST_CAPACITY_SAMPLES);
  let length = 0;
  let cut = { from: 0, to: 0, samples: new Int16Array(0) };
  const activity = createSpeechActivity();

  return {
    activity,
    add(samples) {
      if (length + samples.length > buffer.length) {
        const larger = new Int16Array(Math.max(length + samples.length, 2 * buffer.length));
        larger.set(buffer.subarray(0, length));
        buffer = larger;
      }
      buffer.set(samples, length);
      length += samples.length;
      activity.add(samples);
    },
    length: () => length,
    hearing(end, { pace = 1, keptBefore } = {}) {
      if (activity.speechEnd() === 0) return { samples: buffer.slice(0, end), pace, isDistant };
      const before =
        keptBefore ?? (activity.noise() === 'none' ? KEPT_BEFORE_SAMPLES.clear : KEPT_BEFORE_SAMPLES.noisy);
      const from = Math.max(0, activity.speechStart() - before);
      const to = Math.min(end, activity.speechEnd() + KEPT_AFTER_SAMPLES);
      // Hearings of the same samples share what is done to them first.
      if (from !== cut.from || to !== cut.to) cut = { from, to, samples: buffer.slice(from, to) };
      return { samples: cut.samples, pace, isDistant };
    },
  };
}
