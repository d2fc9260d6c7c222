/** The latency of a turn by stage, as a bar against the specification's budget. All bars of a list have one scale. */
import { latencyBudget } from '../../../protocol/latency-budget.ts';
import { STAGE_NAMES, type StageLatencies, type TurnReport } from '../../turn-report.ts';
import { h } from './dom.ts';

const { total: _, ...STAGES } = STAGE_NAMES;
export interface TurnStages {
  bar: HTMLElement;
  /** The total in ms; empty when no stage is known. */
  figure: string;
  isOver: boolean;
  legend: HTMLElement;
}

/** A turn that took longer is cut off there: beside a much slower one the others could not be told apart. */
const LONGEST_BAR_OF_BUDGET = 2;

/** What a whole bar stands for, so that of two turns the slower one has the longer bar. */
export function fullBarMs(reports: readonly TurnReport[]): number {
  const budgetMs = Math.max(0, ...reports.map(({ latencyMs }) => latencyBudget(latencyMs).total));
  const slowestMs = Math.max(0, ...reports.map(({ latencyMs }) => totalOf(latencyMs)));
  return Math.max(budgetMs * 1.1, Math.min(slowestMs, budgetMs * LONGEST_BAR_OF_BUDGET));
}

type StageName = keyof typeof STAGES;

function stagesOf(latencyMs: StageLatencies): StageName[] {
  // The stages of the assistant are those of the cloud.
  const isPart = (stage: string) => stage !== 'cloud' || latencyMs.recognition === undefined;
  return (Object.keys(STAGES) as StageName[]).filter((stage) => latencyMs[stage] !== undefined && isPart(stage));
}

/** They add up to the total, if it is known. */
function totalOf(latencyMs: StageLatencies): number {
  return latencyMs.total ?? stagesOf(latencyMs).reduce((sum, stage) => sum + (latencyMs[stage] ?? 0), 0);
}

export function turnStages({ latencyMs }: TurnReport, fullMs: number): TurnStages {
  const budget = latencyBudget(latencyMs);
  const { total: budgetMs } = budget;
  const stages = stagesOf(latencyMs);
  const totalMs = totalOf(latencyMs);
  const share = (ms: number) => (ms / fullMs).toFixed(4);
  const limit = h('span', { class: 'budget', title: `budget ${budgetMs} ms` });
  limit.style.setProperty('--at', share(budgetMs));
  const bar = h('div', { class: 'stages' }, ...stages.map((stage) => segment(stage, latencyMs[stage] ?? 0)), limit);
  const legend = h(
    'ul',
    { class: 'legend' },
    ...stages.map((stage) => legendItem(stage, latencyMs[stage] ?? 0, budget[stage])),
  );
  const figure = stages.length === 0 ? '' : `${totalMs.toFixed(1)} ms`;
  return { bar, figure, isOver: totalMs > budgetMs, legend };

  function segment(stage: StageName, ms: number): HTMLElement {
    const part = h('i', { 'data-stage': stage, title: `${STAGES[stage]} ${ms} ms` });
    part.style.setProperty('--share', share(ms));
    return part;
  }
}

function legendItem(stage: StageName, ms: number, budgetMs: number | undefined): HTMLElement {
  const isOver = budgetMs !== undefined && ms > budgetMs;
  return h('li', { 'data-stage': stage, class: isOver ? 'over' : '' }, `${STAGES[stage]} ${ms.toFixed(1)}`);
}
