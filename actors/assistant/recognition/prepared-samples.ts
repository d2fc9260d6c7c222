/**
 * What the model gets of the speech: silence after it, without which it often mishears the last word. Silence before it, another level, and
 * more silence make it mishear more (docs/recognition.md). Pure.
 */
import { atPace } from './pace.ts';

const MS = 16;

/** Silence after the speech: the first choice, and another one for speech that is not understood with it. */
export const SILENCE_AFTER_MS = [300, 120] as const;

/** @param pace see `RecognitionTask` */
export function preparedSamples(samples: Int16Array, silenceAfterMs: number, pace: number): Float32Array {
  const prepared = new Float32Array(samples.length + silenceAfterMs * MS);
  for (let index = 0; index < samples.length; index++) prepared[index] = (samples[index] ?? 0) / 32_768;
  return atPace(prepared, pace);
}
