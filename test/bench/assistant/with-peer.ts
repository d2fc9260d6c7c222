/**
 * Turns with an OpenAI-compatible provider whose own delays are known: what this project adds to them.
 */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { chooseResponder } from '../../../src/cli/terminal/gateway-responder.ts';
import { silentLog } from '../../../src/core/log/log.ts';
import { openLine } from '../../../src/tools/eval/open-line.ts';
import { type Percentiles, percentiles } from '../../../src/tools/latency/statistics.ts';
import { here } from '../children.ts';
import type { PeerTimes } from './peer-process.ts';
import type { SpokenQuestion } from './questions.ts';

export interface PeerResult {
  turns: number;
  /** Release of the button to the first sample of the reply. */
  totalMs: Percentiles;
  /** Of each turn: its last transcription, its last first token, and the first speech, one after the other. */
  peerMs: Percentiles;
  /** The total less those, turn by turn. */
  addedMs: Percentiles;
}

const WARM_UP = 2;

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
  const turns: { totalMs: number; peerMs: number }[] = [];
  try {
    const device = await line.converse('bench-peer');
    for (const [i, { utterance }] of questions.entries()) {
      const { latencyMs, error } = await device.ask(utterance);
      peer.send('times');
      const [times] = (await once(peer, 'message')) as [PeerTimes];
      if (latencyMs?.total === undefined) throw new Error(`a turn was not answered: ${error?.message ?? 'no reply'}`);
      if (i >= WARM_UP) turns.push({ totalMs: latencyMs.total, peerMs: delayOf(times) });
      onTurn((i + 1) / questions.length);
    }
    await device.close();
  } finally {
    await line.close();
    peer.disconnect();
  }
  return {
    turns: turns.length,
    totalMs: statistics(turns.map(({ totalMs }) => totalMs)),
    peerMs: statistics(turns.map(({ peerMs }) => peerMs)),
    addedMs: statistics(turns.map(({ totalMs, peerMs }) => totalMs - peerMs)),
  };
}

/** Requests whose answer was thrown away, because the person went on speaking, do not delay the reply. */
function delayOf({ answers }: PeerTimes): number {
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
