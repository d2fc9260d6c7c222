/**
 * A responder that works on sound: it decodes the utterance to PCM, and answers with it backwards.
 *
 *     bin/earshot start --responder examples/responders/backwards.mjs
 *
 * To encode the answer of a long turn takes some hundred ms, in which the thread of the gateway does nothing else. A responder for
 * many devices does such work in a worker.
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
  const received = [];
  return {
    /** Packets as they come: `frames` are Opus, 20 ms each; `final` is set on the last one. */
    hear({ frames, final }) {
      for (const frame of frames) received.push(codec.decode(Buffer.from(frame)));
      if (!final) return;
      answer.processing();
      const samples = new Int16Array(Uint8Array.from(Buffer.concat(received)).buffer).reverse();
      const pcm = Buffer.from(samples.buffer);
      for (let at = 0; at < pcm.length; at += FRAME_BYTES) {
        answer.say([codec.encode(pcm.subarray(at, at + FRAME_BYTES))]);
      }
      answer.finish();
    },
    /** The answer is not needed any more: the person speaks again, or the device has gone. */
    abort() {},
  };
}
