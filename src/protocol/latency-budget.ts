/**
 * The targets of a turn's latency, stage by stage, in ms.
 */
import { ASSISTANT_BUDGET_MS, LATENCY_BUDGET_MS } from './format.ts';

export type LatencyBudget = Readonly<Partial<Record<string, number>>> & { total: number };

const ASSISTANT_MS = Object.values(ASSISTANT_BUDGET_MS).reduce((sum, ms) => sum + ms, 0);
const WITH_ASSISTANT: LatencyBudget = {
  ...LATENCY_BUDGET_MS,
  ...ASSISTANT_BUDGET_MS,
  cloud: ASSISTANT_MS,
  total: LATENCY_BUDGET_MS.total - LATENCY_BUDGET_MS.cloud + ASSISTANT_MS,
};

/** The specification's, and where the assistant named its stages those in place of the cloud's. */
export function latencyBudget({ recognition }: { recognition?: number | undefined }): LatencyBudget {
  return recognition === undefined ? LATENCY_BUDGET_MS : WITH_ASSISTANT;
}
