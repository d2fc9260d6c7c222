/**
 * Statistics of many turns. Pure.
 */

import { STAGE_NAMES, type StageLatencies } from '../../observability/turn-report.ts';
import { latencyBudget } from '../../protocol/latency-budget.ts';

export interface Percentiles {
  p50: number;
  p95: number;
  p99: number;
}

export type StageName = keyof StageLatencies;

export interface StageStatistics extends Percentiles {
  /** Number of turns in which it was measured. */
  turns: number;
  /** The specification's, where it has one; `withinBudget` is judged by p95. */
  budgetMs?: number;
  withinBudget?: boolean;
}

export type LatencyStatistics = { [Stage in StageName]?: StageStatistics };

/** The smallest value that this many percent do not exceed (nearest rank); undefined for no values. */
export function percentiles(values: readonly number[]): Percentiles | undefined {
  if (values.length === 0) return undefined;
  const sorted = values.toSorted((a, b) => a - b);
  const rank = (percent: number) => sorted[Math.max(0, Math.ceil((percent / 100) * sorted.length) - 1)] ?? Number.NaN;
  return { p50: rank(50), p95: rank(95), p99: rank(99) };
}

export function latencyStatistics(turns: readonly StageLatencies[]): LatencyStatistics {
  const statistics: LatencyStatistics = {};
  // The turns of one measurement have one responder.
  const budgets = latencyBudget(turns[0] ?? {});
  for (const stage of Object.keys(STAGE_NAMES) as StageName[]) {
    const values = turns.flatMap((turn) => turn[stage] ?? []);
    const found = percentiles(values);
    if (!found) continue;
    const budgetMs = budgets[stage];
    const judged = budgetMs === undefined ? {} : { budgetMs, withinBudget: found.p95 <= budgetMs };
    statistics[stage] = { ...found, turns: values.length, ...judged };
  }
  return statistics;
}
