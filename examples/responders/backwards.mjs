/**
 * A responder that works on sound: it decodes what it heard to PCM, and says it backwards.
 *
 *     bin/earshot start --responder examples/responders/backwards.mjs
 *
 * Encoding the answer of a long turn takes some hundred ms in which the gateway's thread does nothing else: a responder for many
 * devices does such work in a worker.
 */
import opus from '@discordjs/opus';

const SAMPLE_RATE_HZ = 16_000;
const FRAME_BYTES = (SAMPLE_RATE_HZ / 50) * 2; // 20 ms of s16, mono

/**
 * Called once a turn.
 * @param {{ number: number, id: string }} _turn
 * @param {import('earshot').Answer} answer
 */
export default function backwards(_turn, answer) {
  const codec = new opus.OpusEncoder(SAMPLE_RATE_HZ, 1);
  const heard = [];
  return {
    /** Packets as they come: `frames` are Opus, 20 ms each; `final` is set on the last one. */
    hear({ frames, final }) {
      for (const frame of frames) heard.push(codec.decode(Buffer.from(frame)));
      if (!final) return;
      answer.processing();
      const samples = new Int16Array(Uint8Array.from(Buffer.concat(heard)).buffer).reverse();
      const pcm = Buffer.from(samples.buffer);
      for (let at = 0; at < pcm.length; at += FRAME_BYTES) {
        answer.say([codec.encode(pcm.subarray(at, at + FRAME_BYTES))]);
      }
      answer.finish();
    },
    /** The person speaks again, or is gone: nobody waits for the answer. */
    abort() {},
  };
}
