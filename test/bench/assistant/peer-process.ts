/**
 * The OpenAI-compatible peer in a process of its own, so that its work does not delay what is measured. Sends its address; then, for each
 * message, the durations of its answers since the last one, and ends when the parent disconnects.
 */

import { startPeer } from '../../assistant-peer/peer.ts';
import { createPeerSpeech } from '../../assistant-peer/speech.ts';

/** Known delays, as those of a fast provider in the same region. */
const DELAYS = { transcriptMs: 120, firstTokenMs: 150, firstAudioMs: 100 };
const ANSWER = 'Here is what I found out for you. There is more to say about it, if you like.';

export interface PeerTimes {
  /** From the request to the first piece of its answer, ms, in the order of the requests. */
  answers: { path: string; ms: number }[];
}

const speech = await createPeerSpeech();
const peer = await startPeer({ speech, delays: DELAYS, rules: [{ heard: /./, say: ANSWER }] });
process.on('message', () => {
  const answers = peer.requests
    .splice(0)
    .flatMap(({ path, receivedAtMs, firstSentAtMs }) =>
      firstSentAtMs === undefined ? [] : [{ path, ms: firstSentAtMs - receivedAtMs }],
    );
  process.send?.({ answers } satisfies PeerTimes);
});
process.on('disconnect', async () => {
  await peer.close();
  await speech.close();
});
process.send?.({ url: peer.url, key: peer.key });
