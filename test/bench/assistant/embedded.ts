/**
 * Turns through the whole line with the embedded parts, one after the other: each stage, and its floor.
 */
import { chooseResponder } from '../../../src/cli/terminal/gateway-responder.ts';
import { silentLog } from '../../../src/core/log/log.ts';
import type { StageLatencies } from '../../../src/observability/turn-report.ts';
import { openLine } from '../../../src/tools/eval/open-line.ts';
import { countWordErrors, wordErrorPercent } from '../../../src/tools/eval/words/word-errors.ts';
import { type LatencyStatistics, latencyStatistics } from '../../../src/tools/latency/statistics.ts';
import { type Floors, measureFloors } from './floors.ts';
import type { SpokenQuestion } from './questions.ts';

export interface EmbeddedResult {
  turns: number;
  answered: number;
  latencyMs: LatencyStatistics;
  floorsMs: Floors;
  /** Turns of which every word was understood. */
  understood: number;
  slowest: { text: string; latencyMs: StageLatencies } | undefined;
}

export async function measureEmbedded(
  questions: readonly SpokenQuestion[],
  onStep: (what: string) => void,
  onTurn: (share: number) => void,
): Promise<EmbeddedResult> {
  onStep('opening the line');
  const openResponder = await chooseResponder({ responder: 'assistant', assistant: 'embedded' });
  const line = await openLine({ openResponder, isFast: false, log: silentLog });
  const asked = [];
  try {
    const device = await line.converse('bench-embedded');
    const [first] = questions;
    // Code that runs for the first time is compiled in it.
    if (first) await device.ask(first.utterance);
    for (const [i, { text, utterance }] of questions.entries()) {
      asked.push({ text, ...(await device.ask(utterance)) });
      onTurn((i + 1) / questions.length);
    }
    await device.close();
  } finally {
    await line.close();
  }
  const answered = asked.filter(({ answerMs }) => answerMs > 0);
  const timed = answered.flatMap(({ text, latencyMs }) => (latencyMs ? [{ text, latencyMs }] : []));
  return {
    turns: asked.length,
    answered: answered.length,
    latencyMs: latencyStatistics(timed.map(({ latencyMs }) => latencyMs)),
    slowest: timed.toSorted((a, b) => (b.latencyMs.total ?? 0) - (a.latencyMs.total ?? 0))[0],
    floorsMs: await measureFloors(
      questions,
      answered.map(({ answer }) => answer),
      onStep,
    ),
    understood: asked.filter(({ text, heard }) => wordErrorPercent(countWordErrors(text, heard)) === 0).length,
  };
}
