/**
 * The OpenAI-compatible peer in a process of its own, so that its work does not delay what is measured. Sends its address; then, for each
 * message, the requests since the last one, and ends when the parent disconnects.
 */

import { type PeerRequest, startPeer } from '../../assistant-peer/peer.ts';
import { createPeerSpeech } from '../../assistant-peer/speech.ts';

/** Known delays, as those of a fast provider in the same region. */
const DELAYS = { transcriptMs: 120, firstTokenMs: 150, firstAudioMs: 100 };
const ANSWER = 'Here is what I found out for you. There is more to say about it, if you like.';

export interface PeerTimes {
  /** In the order of their arrival. */
  requests: TimedRequest[];
}

export interface TimedRequest {
  path: string;
  /** Wall clock, ms since 1970, with fractions. */
  atMs: number;
  /** From the request to the first piece of its answer; undefined: the client closed it before. */
  ms?: number;
}

const speech = await createPeerSpeech();
const peer = await startPeer({ speech, delays: DELAYS, rules: [{ heard: /./, say: ANSWER }] });
process.on('message', () => {
  const ofTurns = peer.requests.splice(0).filter((request) => !isSummary(request));
  const requests = ofTurns.map(({ path, receivedAtMs, firstSentAtMs }) => ({
    path,
    atMs: performance.timeOrigin + receivedAtMs,
    ...(firstSentAtMs !== undefined && { ms: firstSentAtMs - receivedAtMs }),
  }));
  process.send?.({ requests } satisfies PeerTimes);
});

/** No turn waits for it. It is the only request to the model that offers no tools. */
function isSummary({ path, body }: PeerRequest): boolean {
  return path.endsWith('/chat/completions') && !Array.isArray(body.tools);
}

process.on('disconnect', async () => {
  await peer.close();
  await speech.close();
});
process.send?.({ url: peer.url, key: peer.key });
