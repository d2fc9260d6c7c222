/**
 * The latencies of the last turns by stage, against the specification's budget; the newest first.
 */
import { latencyBudget } from '../../../protocol/latency-budget.ts';
import { STAGE_NAMES, type TurnReport } from '../../turn-report.ts';
import type { Entry } from '../entries.ts';
import { byId, h } from './dom.ts';
import type { Timeline } from './timeline.ts';

const { total: _, ...STAGES } = STAGE_NAMES;
const TURNS_SHOWN = 3;

export interface LatencyView {
  show(timeline: Timeline): void;
}

export function createLatencyView(): LatencyView {
  const container = byId('latency');
  let shown = '';
  return {
    show(timeline) {
      const turns = lastTurns(timeline);
      const key = turns.map(({ turnId }) => turnId).join();
      if (key === shown && shown !== '') return;
      shown = key;
      container.replaceChildren(
        ...(turns.length > 0 ? turns.map(turnRow) : [h('p', { class: 'quiet' }, 'No turn has ended yet.')]),
      );
    },
  };
}

function lastTurns({ entries, shown }: Timeline): TurnReport[] {
  const reports: TurnReport[] = [];
  for (let i = shown - 1; i >= 0 && reports.length < TURNS_SHOWN; i--) {
    const entry = entries[i] as Entry;
    if (entry.k === 'turn') reports.push(entry.report);
  }
  return reports;
}

function turnRow({ latencyMs, outcome, offline }: TurnReport): HTMLElement {
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
  const over = totalMs > budgetMs;
  const figure = stages.length === 0 ? '' : `${totalMs.toFixed(1)} ms`;
  return h(
    'div',
    { class: over ? 'turn over' : 'turn' },
    h('span', { class: 'outcome' }, offline ? `${outcome}, offline` : outcome),
    bar,
    h('b', {}, figure),
    h('ul', { class: 'legend' }, ...stages.map((stage) => legendItem(stage, latencyMs[stage] ?? 0, budget[stage]))),
  );

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
