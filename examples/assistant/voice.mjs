/**
 * A voice of your own: it makes samples of a sentence. This one beeps once for each word; a real one calls a program or a service.
 *
 *     earshot gateway --assistant synthesizer=./examples/assistant/voice.mjs
 */

const SAMPLE_RATE_HZ = 16_000;
const BEEP_MS = 120;
const PAUSE_MS = 60;

export default function createVoice() {
  return {
    async *speak(text, { signal }) {
      const words = text.split(/\s+/).filter((word) => word !== '');
      for (const word of words) {
        if (signal.aborted) return;
        yield { samples: beep(word), sampleRateHz: SAMPLE_RATE_HZ };
      }
    },
    async close() {},
  };
}

/** Signed 16 bit, mono; longer words are lower. */
function beep(word) {
  const toneHz = 880 / Math.min(4, 1 + word.length / 8);
  const samples = new Int16Array(((BEEP_MS + PAUSE_MS) * SAMPLE_RATE_HZ) / 1_000);
  const sounding = (BEEP_MS * SAMPLE_RATE_HZ) / 1_000;
  for (let i = 0; i < sounding; i += 1) {
    const fade = Math.sin((Math.PI * i) / sounding);
    samples[i] = 8_000 * fade * Math.sin((2 * Math.PI * toneHz * i) / SAMPLE_RATE_HZ);
  }
  return samples;
}
