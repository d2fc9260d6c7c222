/**
 * What an evaluation found, in figures: for each voice and noise. Pure.
 */
import { STAGE_NAMES, type StageLatencies } from '../../observability/turn-report.ts';
import { percentiles } from '../latency/statistics.ts';
import type { CaseResult, EvaluatedTurn } from './evaluate.ts';
import { HALVES, type Half } from './suite.ts';
import { addWordErrors, NO_WORDS, type WordErrors, wordErrorPercent } from './words/word-errors.ts';

/** Questions that were judged, and those that were answered rightly. */
export interface Rightness {
  questions: number;
  right: number;
  /** Undefined if there were no questions. */
  rightPercent: number | undefined;
}

export interface StageDelay {
  turns: number;
  p50: number;
  p95: number;
}

type StageName = keyof StageLatencies;

export interface VoiceSummary extends Rightness {
  voice: string;
  noise: string;
  halves: Partial<Record<Half, Rightness>>;
  kinds: Record<string, Rightness>;
  /** Of the texts that were said; each counts once. */
  wordErrors: WordErrors;
  /** Word error rate, in percent. */
  werPercent: number | undefined;
  /** By stage, in ms; nothing where the line does not measure delays. */
  latencyMs: Partial<Record<StageName, StageDelay>>;
  /** Turns without an answer. */
  failedTurns: number;
}

/** In the order of the results. */
export function summarize(results: readonly CaseResult[]): VoiceSummary[] {
  const groups = groupBy(results, ({ voice, noise }) => `${voice}\n${noise}`);
  return [...groups.values()].flatMap((group) => {
    const [first] = group;
    return first ? [summarizeGroup(first, group)] : [];
  });
}

function summarizeGroup({ voice, noise }: CaseResult, group: readonly CaseResult[]): VoiceSummary {
  const turns = group.flatMap((each) => each.turns);
  const wordErrors = distinct(turns).reduce((sum, each) => addWordErrors(sum, each.wordErrors), NO_WORDS);
  const judged = group.filter(({ right }) => right !== undefined);
  const kinds = groupBy(judged, ({ kind }) => kind);
  const halves = HALVES.flatMap((half) => {
    const of = judged.filter((each) => each.half === half);
    return of.length > 0 ? [[half, rightnessOf(of)]] : [];
  });
  return {
    ...{ voice, noise, ...rightnessOf(judged) },
    halves: Object.fromEntries(halves),
    kinds: Object.fromEntries([...kinds].map(([kind, of]) => [kind, rightnessOf(of)])),
    ...{ wordErrors, werPercent: wordErrorPercent(wordErrors) },
    latencyMs: delaysOf(turns),
    failedTurns: turns.filter(({ error }) => error !== undefined).length,
  };
}

/** Many conversations begin with the same words: each text counts once, when it was first said. */
function distinct(turns: readonly EvaluatedTurn[]): EvaluatedTurn[] {
  const said = new Map<string, EvaluatedTurn>();
  for (const turn of turns) if (!said.has(turn.said)) said.set(turn.said, turn);
  return [...said.values()];
}

function rightnessOf(judged: readonly CaseResult[]): Rightness {
  const right = judged.filter((each) => each.right).length;
  return {
    questions: judged.length,
    right,
    rightPercent: judged.length === 0 ? undefined : (100 * right) / judged.length,
  };
}

function delaysOf(turns: readonly EvaluatedTurn[]): VoiceSummary['latencyMs'] {
  const stages = Object.keys(STAGE_NAMES) as StageName[];
  const delays = stages.flatMap((stage) => {
    const values = turns.flatMap(({ latencyMs }) => latencyMs?.[stage] ?? []);
    const found = percentiles(values);
    return found ? [[stage, { turns: values.length, p50: found.p50, p95: found.p95 }]] : [];
  });
  return Object.fromEntries(delays);
}

/** In the order in which the keys are found. */
function groupBy<T>(all: readonly T[], keyOf: (each: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const each of all) groups.set(keyOf(each), [...(groups.get(keyOf(each)) ?? []), each]);
  return groups;
}
