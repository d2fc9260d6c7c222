/**
 * What a loudspeaker and a room make of a signal until it is in the microphone: the loudspeaker's distortion, the room, a delay, and
 * another clock. Pure. Samples are from −1 to 1.
 */
import { convolve } from './convolve.ts';

export interface EchoPath {
  /** Of the room, from loudspeaker to microphone. */
  response: Float32Array;
  /** How far the loudspeaker is overdriven: 0 is linear, 1 is clipped at a quarter of full scale. */
  overdrive?: number;
  /** Of the buffers of the card. */
  delayMs?: number;
  /** How much faster the clock of the microphone is. */
  driftPpm?: number;
}

export function throughEchoPath(played: Float32Array, path: EchoPath): Float32Array {
  const { response, overdrive = 0, delayMs = 0, driftPpm = 0 } = path;
  const heard = convolve(distorted(played, overdrive), response);
  return delayed(heard, delayMs * 16, driftPpm);
}

/** A loudspeaker that saturates. The gain for small samples is 1. */
function distorted(samples: Float32Array, overdrive: number): Float32Array {
  if (overdrive === 0) return samples;
  const knee = 0.25 / overdrive;
  return samples.map((sample) => knee * Math.tanh(sample / knee));
}

/** Reads at a slightly different rate, with linear interpolation. */
function delayed(samples: Float32Array, delaySamples: number, driftPpm: number): Float32Array {
  const rate = 1 / (1 + driftPpm / 1e6);
  return samples.map((_, i) => {
    const at = (i - delaySamples) * rate;
    const whole = Math.floor(at);
    const part = at - whole;
    return (samples[whole] ?? 0) * (1 - part) + (samples[whole + 1] ?? 0) * part;
  });
}
