/** The latency of a turn by stage, as a bar against the specification's budget. */
import { latencyBudget } from '../../../protocol/latency-budget.ts';
import { STAGE_NAMES, type TurnReport } from '../../turn-report.ts';
import { h } from './dom.ts';

const { total: _, ...STAGES } = STAGE_NAMES;
export interface TurnStages {
  bar: HTMLElement;
  /** The total in ms; empty when no stage is known. */
  figure: string;
  isOver: boolean;
  legend: HTMLElement;
}

export function turnStages({ latencyMs }: TurnReport): TurnStages {
  const budget = latencyBudget(latencyMs);
  // The stages of the assistant are those of the cloud.
  const isPart = (stage: string) => stage !== 'cloud' || latencyMs.recognition === undefined;
  const stages = (Object.keys(STAGES) as (keyof typeof STAGES)[]).filter(
    (stage) => latencyMs[stage] !== undefined && isPart(stage),
  );
  // They add up to the total, if it is known.
  const totalMs = latencyMs.total ?? stages.reduce((sum, stage) => sum + (latencyMs[stage] ?? 0), 0);
  const budgetMs = budget.total ?? 260;
  const fullMs = Math.max(budgetMs * 1.1, totalMs);
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

  function segment(stage: keyof typeof STAGES, ms: number): HTMLElement {
    const part = h('i', { 'data-stage': stage, title: `${STAGES[stage]} ${ms} ms` });
    part.style.setProperty('--share', share(ms));
    return part;
  }
}

function legendItem(stage: keyof typeof STAGES, ms: number, budgetMs: number | undefined): HTMLElement {
  const isOver = budgetMs !== undefined && ms > budgetMs;
  return h('li', { 'data-stage': stage, class: isOver ? 'over' : '' }, `${STAGES[stage]} ${ms.toFixed(1)}`);
}
