/**
 * A responder that asks a service over HTTP: it posts the utterance as 16 kHz mono s16 PCM, and answers with the PCM that comes back.
 *
 *     SERVICE_URL=http://127.0.0.1:8080/answer bin/earshot start --responder examples/responders/http-service.mjs
 */
import opus from '@discordjs/opus';

const SAMPLE_RATE_HZ = 16_000;
const FRAME_BYTES = (SAMPLE_RATE_HZ / 50) * 2;
const TIMEOUT_MS = 10_000;
const url = process.env.SERVICE_URL;
if (!url) throw new Error('set SERVICE_URL to the address of the service');

/**
 * @param {{ number: number, id: string }} turn
 * @param {import('earshot').Answer} answer
 */
export default function httpService(turn, answer) {
  const codec = new opus.OpusEncoder(SAMPLE_RATE_HZ, 1);
  const received = [];
  const aborted = new AbortController();

  async function ask() {
    answer.processing();
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/octet-stream', 'x-turn': turn.id },
      body: Buffer.concat(received),
      signal: AbortSignal.any([aborted.signal, AbortSignal.timeout(TIMEOUT_MS)]),
    });
    // What is thrown here fails this turn only.
    if (!response.ok) throw new Error(`the service answered ${response.status}`);
    // Sent as it comes: the person hears the first words while the service makes the last ones.
    let rest = Buffer.alloc(0);
    for await (const piece of response.body) {
      rest = Buffer.concat([rest, piece]);
      for (; rest.length >= FRAME_BYTES; rest = rest.subarray(FRAME_BYTES)) {
        answer.say([codec.encode(rest.subarray(0, FRAME_BYTES))]);
      }
    }
    if (rest.length > 0) answer.say([codec.encode(Buffer.concat([rest, Buffer.alloc(FRAME_BYTES - rest.length)]))]);
    answer.finish();
  }

  return {
    hear({ frames, final }) {
      for (const frame of frames) received.push(codec.decode(Buffer.from(frame)));
      // Run by the scope: if it fails, the turn fails.
      if (final) answer.scope.run(ask);
    },
    abort: () => aborted.abort(),
  };
}
