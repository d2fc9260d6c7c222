/**
 * Changes from concealment back to decoded samples: aligns the two within 8 ms and cross-fades over 10 ms.
 */
import type { SyncBuffer } from './sync-buffer.ts';

export const FADE_SAMPLES = 160;
const ALIGN_SAMPLES = 128;
/** Decoded samples that are needed to search for the best alignment. */
export const SOUND_TO_ALIGN_SAMPLES = 480;
/** Below this correlation all positions are equally good. */
const ALIKE = 0.3;
/** Every second sample is enough to compare 10 ms. */
const STRIDE = 2;

/**
 * `madeUp` continues what was played before `from`, where the decoded samples begin now. Returns how many of these were
 * left out to align them.
 */
export function merge(syncBuffer: SyncBuffer, madeUp: Float32Array, from: number): number {
  const have = syncBuffer.write - from;
  const offset = have >= SOUND_TO_ALIGN_SAMPLES - FADE_SAMPLES ? bestOffset(syncBuffer, madeUp, from, have) : 0;
  if (offset > 0) syncBuffer.removeAt(from, offset);
  syncBuffer.crossFade(madeUp, from, Math.min(FADE_SAMPLES, syncBuffer.write - from));
  return offset;
}

function bestOffset(syncBuffer: SyncBuffer, madeUp: Float32Array, from: number, have: number): number {
  const last = Math.min(ALIGN_SAMPLES, have - FADE_SAMPLES);
  let energy = 1;
  for (let i = 0; i < FADE_SAMPLES; i += STRIDE) energy += (madeUp[i] ?? 0) ** 2;
  let best = ALIKE;
  let bestOffset = 0;
  for (let offset = 0; offset < last; offset += STRIDE) {
    let product = 0;
    let otherEnergy = 1;
    for (let i = 0; i < FADE_SAMPLES; i += STRIDE) {
      const sample = syncBuffer.at(from + offset + i);
      product += (madeUp[i] ?? 0) * sample;
      otherEnergy += sample * sample;
    }
    const correlation = product / Math.sqrt(energy * otherEnergy);
    if (correlation > best) {
      best = correlation;
      bestOffset = offset;
    }
  }
  return bestOffset;
}
