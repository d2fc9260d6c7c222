/**
 * A chirp, and the matched filter that finds it in a recording. Pure.
 */
import { SAMPLE_RATE_HZ } from '../../protocol/format.ts';

/** From one to three kHz, where small speakers are loud and rooms quiet; short, and not too loud for a bedroom. */
const FROM_HZ = 1_000;
const TO_HZ = 3_000;
const SECONDS = 0.15;
const AMPLITUDE = 8_000;

export function makeChirp(seconds = SECONDS): Int16Array {
  const length = Math.round(seconds * SAMPLE_RATE_HZ);
  return Int16Array.from({ length }, (_, i) => {
    const t = i / SAMPLE_RATE_HZ;
    const phase = 2 * Math.PI * (FROM_HZ * t + ((TO_HZ - FROM_HZ) * t * t) / (2 * seconds));
    return Math.round(AMPLITUDE * Math.sin((Math.PI * i) / length) * Math.sin(phase));
  });
}

/** The position of the largest correlation with the chirp, in samples, and the correlation: 1 is identical at any volume, 0 is unrelated. */
export function findChirp(recorded: Int16Array, chirp: Int16Array): { offset: number; correlation: number } {
  let best = { offset: 0, correlation: 0 };
  const chirpEnergy = energyOf(chirp);
  let energy = energyOf(recorded.subarray(0, chirp.length));
  for (let offset = 0; offset + chirp.length <= recorded.length; offset++) {
    let product = 0;
    for (let i = 0; i < chirp.length; i++) product += (chirp[i] ?? 0) * (recorded[offset + i] ?? 0);
    // A speaker or microphone with swapped wires inverts the signal.
    const correlation = Math.abs(product) / Math.sqrt(chirpEnergy * Math.max(energy, 1));
    if (correlation > best.correlation) best = { offset, correlation };
    energy += (recorded[offset + chirp.length] ?? 0) ** 2 - (recorded[offset] ?? 0) ** 2;
  }
  return best;
}

function energyOf(samples: Int16Array): number {
  return samples.reduce((sum, sample) => sum + sample * sample, 0);
}
