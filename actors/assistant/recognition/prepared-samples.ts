/** What helps the model: silence around the speech. Measured in docs/assistant-recognition.md. Pure. */
const BEFORE_SAMPLES = 0;
const AFTER_SAMPLES = 400 * 16;

export function preparedSamples(samples: Int16Array): Float32Array {
  const prepared = new Float32Array(BEFORE_SAMPLES + samples.length + AFTER_SAMPLES);
  for (const [index, sample] of samples.entries()) prepared[BEFORE_SAMPLES + index] = sample / 32_768;
  return prepared;
}
