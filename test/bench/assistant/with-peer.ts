/**
 * Turns with an OpenAI-compatible provider whose own delays are known: what this project adds to them.
 */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { chooseResponder } from '../../../src/cli/terminal/gateway-responder.ts';
import { silentLog } from '../../../src/core/log/log.ts';
import type { StageLatencies } from '../../../src/observability/turn-report.ts';
import { openLine } from '../../../src/tools/eval/open-line.ts';
import { type Percentiles, percentiles } from '../../../src/tools/latency/statistics.ts';
import { here } from '../children.ts';
import type { PeerTimes, TimedRequest } from './peer-process.ts';
import type { SpokenQuestion } from './questions.ts';

export interface PeerResult {
  turns: number;
  /** Release of the button to the first sample of the reply. */
  totalMs: Percentiles;
  /** Of each turn: its last transcription, its last first token, and the first speech, one after the other. */
  peerMs: Percentiles;
  /** The total less those, turn by turn. */
  addedMs: Percentiles;
  /** The turn to which the most was added. */
  slowest: PeerTurn;
}

export interface PeerTurn {
  text: string;
  latencyMs: StageLatencies;
  /** All of the turn, also those whose answer was thrown away. */
  requests: TimedRequest[];
  peerMs: number;
  addedMs: number;
}

/** Connections are opened and code is compiled in these. */
export const WARM_UP_TURNS = 2;

export async function measureWithPeer(
  questions: readonly SpokenQuestion[],
  onTurn: (share: number) => void,
): Promise<PeerResult> {
  const peer = fork(here('assistant/peer-process.ts'), { execArgv: ['--import', 'tsx'] });
  const [{ url, key }] = (await once(peer, 'message')) as [{ url: string; key: string }];
  const parts = ['BRAIN', 'TRANSCRIBER', 'SYNTHESIZER'];
  const models = Object.fromEntries(parts.map((part) => [`EARSHOT_${part}_MODEL`, 'peer']));
  Object.assign(process.env, { OPENAI_BASE_URL: url, OPENAI_API_KEY: key, ...models });
  const openResponder = await chooseResponder({ responder: 'assistant', assistant: 'openai' });
  const line = await openLine({ openResponder, isFast: false, log: silentLog });
  const turns: PeerTurn[] = [];
  try {
    const device = await line.converse('bench-peer');
    for (const [i, { text, utterance }] of questions.entries()) {
      const { latencyMs, error } = await device.ask(utterance);
      peer.send('times');
      const [{ requests }] = (await once(peer, 'message')) as [PeerTimes];
      if (latencyMs?.total === undefined) throw new Error(`a turn was not answered: ${error?.message ?? 'no reply'}`);
      const peerMs = delayOf(requests);
      if (i >= WARM_UP_TURNS) turns.push({ text, latencyMs, requests, peerMs, addedMs: latencyMs.total - peerMs });
      onTurn((i + 1) / questions.length);
    }
    await device.close();
  } finally {
    await line.close();
    peer.disconnect();
  }
  return {
    turns: turns.length,
    totalMs: statistics(turns.flatMap(({ latencyMs }) => latencyMs.total ?? [])),
    peerMs: statistics(turns.map(({ peerMs }) => peerMs)),
    addedMs: statistics(turns.map(({ addedMs }) => addedMs)),
    slowest: turns.reduce((slowest, turn) => (turn.addedMs > slowest.addedMs ? turn : slowest)),
  };
}

/** Requests whose answer was thrown away, because the person went on speaking, do not delay the reply. */
function delayOf(requests: readonly TimedRequest[]): number {
  const answers = requests.filter(({ ms }) => ms !== undefined);
  const chat = answers.findLastIndex(({ path }) => path.endsWith('/chat/completions'));
  const transcription = answers.findLast(({ path }) => path.endsWith('/audio/transcriptions'));
  const speech = answers.slice(chat + 1).find(({ path }) => path.endsWith('/audio/speech'));
  return (transcription?.ms ?? 0) + (answers[chat]?.ms ?? 0) + (speech?.ms ?? 0);
}

function statistics(values: readonly number[]): Percentiles {
  const found = percentiles(values);
  if (!found) throw new Error('nothing was measured');
  return found;
}
