/** Conversion of signed 16-bit samples: from and to floating point, mono and interleaved channels. */

const FULL_SCALE = 32_768;

/** Rounds and clips. NaN becomes silence. */
export function toS16(samples: Float32Array): Int16Array {
  const converted = new Int16Array(samples.length);
  for (let i = 0; i < samples.length; i++) {
    const value = Math.round((samples[i] ?? 0) * FULL_SCALE);
    converted[i] = Math.min(Math.max(value, -FULL_SCALE), FULL_SCALE - 1);
  }
  return converted;
}

export function toFloat(samples: Int16Array): Float32Array {
  const converted = new Float32Array(samples.length);
  for (let i = 0; i < samples.length; i++) converted[i] = (samples[i] ?? 0) / FULL_SCALE;
  return converted;
}

/** Interleaved channels to one: their mean, so that nothing clips. */
export function downmix(interleaved: Int16Array, channels: number): Int16Array {
  if (channels === 1) return interleaved;
  const mono = new Int16Array(Math.floor(interleaved.length / channels));
  for (let frame = 0; frame < mono.length; frame++) {
    let sum = 0;
    for (let channel = 0; channel < channels; channel++) sum += interleaved[frame * channels + channel] ?? 0;
    mono[frame] = Math.round(sum / channels);
  }
  return mono;
}

/** One channel to many: the same on each. */
export function upmix(mono: Int16Array, channels: number): Int16Array {
  if (channels === 1) return mono;
  const interleaved = new Int16Array(mono.length * channels);
  for (let i = 0; i < interleaved.length; i++) interleaved[i] = mono[Math.floor(i / channels)] ?? 0;
  return interleaved;
}

export function concatenate(parts: readonly Int16Array[]): Int16Array {
  const whole = new Int16Array(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
