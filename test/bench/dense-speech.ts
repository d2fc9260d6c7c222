/**
 * Speech without its pauses: the most expensive input for codec and network. Read from the bundled recordings.
 */
import { LONG_SPEECH, readSamples } from '../support/speech.ts';

const WINDOW_SAMPLES = 320;
/** About −36 dB of full scale. */
const LEAST_RMS = 500;

export function denseSpeech(): Int16Array {
  const speech = readSamples(LONG_SPEECH);
  const dense = new Int16Array(speech.length);
  let length = 0;
  for (let at = 0; at + WINDOW_SAMPLES <= speech.length; at += WINDOW_SAMPLES) {
    const window = speech.subarray(at, at + WINDOW_SAMPLES);
    const rms = Math.sqrt(window.reduce((squares, sample) => squares + sample * sample, 0) / WINDOW_SAMPLES);
    if (rms < LEAST_RMS) continue;
    dense.set(window, length);
    length += WINDOW_SAMPLES;
  }
  return dense.subarray(0, length);
}
