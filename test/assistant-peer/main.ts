/**
 * The peer as a program, for trying a gateway with it and for measurements: `npm run assistant-peer`. Delays as arguments:
 * `firstTokenMs=200 tokenMs=20 transcriptMs=100 firstAudioMs=80`. It prints what to set in the environment.
 */
import { NO_DELAYS, type PeerDelays } from './delays.ts';
import { PEER_KEY, startPeer } from './peer.ts';
import { createPeerSpeech } from './speech.ts';

const delays: PeerDelays = { ...NO_DELAYS };
for (const argument of process.argv.slice(2)) {
  const [name = '', value] = argument.split('=');
  if (!(name in delays) || !Number.isFinite(Number(value))) throw new Error(`Not one of its delays: ${argument}`);
  delays[name as keyof PeerDelays] = Number(value);
}
const speech = await createPeerSpeech();
// Its models are loaded now: later this would be a delay that is not known.
await speech.recognise(await speech.speak('Hello.'));
const peer = await startPeer({ speech, delays });
// It takes every name of a model.
const models = ['TRANSCRIBER', 'BRAIN', 'SYNTHESIZER', 'REALTIME'].map((part) => `EARSHOT_${part}_MODEL=peer`);
process.stdout.write(`OPENAI_BASE_URL=${peer.url} OPENAI_API_KEY=${PEER_KEY} ${models.join(' ')}\n`);
process.on('SIGINT', () => process.exit(0));
