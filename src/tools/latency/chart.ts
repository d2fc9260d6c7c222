/**
 * Statistics as a bar chart: how far each stage reaches in half of the turns, in 95 and in 99 of a hundred. Pure.
 */
import { STAGE_NAMES } from '../../observability/turn-report.ts';
import type { LatencyStatistics, StageName } from './statistics.ts';

const BAR_CELLS = 32;
const EIGHTHS = ['', '▏', '▎', '▍', '▌', '▋', '▊', '▉'];

export function chart(statistics: LatencyStatistics): string[] {
  const stages = Object.entries(statistics).filter(([stage]) => stage !== 'total');
  const scaleMs = Math.max(1, ...stages.map(([, { p99 }]) => p99));
  const head = `${'stage'.padEnd(14)}${cells(['p50', 'p95', 'p99', 'budget'])}`;
  const rows = Object.entries(statistics).map(([stage, { p50, p95, p99, budgetMs, withinBudget }]) => {
    const budget = budgetMs === undefined ? '–' : `< ${budgetMs}`;
    const verdict = withinBudget === undefined ? '' : withinBudget ? 'ok' : 'over';
    const figures = cells([p50.toFixed(1), p95.toFixed(1), p99.toFixed(1), budget]);
    // The total is so much larger that it would leave no room for the stages.
    const drawn = stage === 'total' ? '' : bar(p50 / scaleMs, p95 / scaleMs, p99 / scaleMs);
    return `${STAGE_NAMES[stage as StageName].padEnd(14)}${figures}  ${verdict.padEnd(4)}  ${drawn}`.trimEnd();
  });
  return [head, ...rows];
}

function cells(texts: string[]): string {
  return texts.map((text) => text.padStart(9)).join('');
}

/** Solid up to p50, shaded to p95, dotted to p99. */
function bar(p50: number, p95: number, p99: number): string {
  const solid = Math.round(p50 * BAR_CELLS * 8);
  const whole = Math.floor(solid / 8);
  const drawn = '█'.repeat(whole) + (EIGHTHS[solid % 8] ?? '');
  const shaded = '▒'.repeat(Math.max(0, Math.round(p95 * BAR_CELLS) - drawn.length));
  const dotted = '░'.repeat(Math.max(0, Math.round(p99 * BAR_CELLS) - drawn.length - shaded.length));
  return drawn + shaded + dotted;
}
