/**
 * An evaluation for people: a table with a row for each voice and noise, the delays by stage, and the wrong answers. Pure.
 */
import { STAGE_NAMES } from '../../observability/turn-report.ts';
import type { CaseResult } from './evaluate.ts';
import type { Rightness, VoiceSummary } from './summary.ts';

const LABEL_CELLS = 14;

export function table(summaries: readonly VoiceSummary[]): string[] {
  const head = cells(['voice', 'noise'], ['questions', 'right', 'tuning', 'held out', 'WER']);
  return [head, ...summaries.map(row)];
}

function row({ voice, noise, questions, halves, werPercent, ...all }: VoiceSummary): string {
  const right = [percent(all.rightPercent), half(halves.tuning), half(halves['held-out'])];
  return cells([voice, noise], [questions === 0 ? '–' : String(questions), ...right, percent(werPercent)]);
}

/** Delays from the release of the button, each stage and the sum; empty where they were not measured. */
export function delayTable(summaries: readonly VoiceSummary[]): string[] {
  const measured = summaries.filter(({ latencyMs }) => latencyMs.total !== undefined);
  if (measured.length === 0) return [];
  const stages = Object.entries(STAGE_NAMES).filter(([stage]) => measured.some(({ latencyMs }) => stage in latencyMs));
  const head = cells(
    ['delay in ms', 'p50 / p95'],
    measured.map(({ voice, noise }) => short(voice, noise)),
  );
  const rows = stages.map(([stage, name]) =>
    cells(
      [name, ''],
      measured.map(({ latencyMs }) => {
        const delay = latencyMs[stage as keyof typeof latencyMs];
        return delay ? `${delay.p50.toFixed(0)} / ${delay.p95.toFixed(0)}` : '–';
      }),
    ),
  );
  return ['', head, ...rows];
}

/** What was understood, what was answered, and what is wrong with it. */
export function wrongAnswers(results: readonly CaseResult[]): string[] {
  return results.flatMap(({ id, voice, noise, turns, right, missing, forbidden }) => {
    if (right !== false) return [];
    const conversation = turns.flatMap(({ said, heard, answer, error }) => [
      `  said   ${said}`,
      `  heard  ${heard || '–'}`,
      `  answer ${error ? `${error.code}: ${error.message}` : answer || '–'}`,
    ]);
    const reasons = [
      ...missing.map((pattern) => `  missing ${pattern}`),
      ...forbidden.map((pattern) => `  forbidden ${pattern}`),
    ];
    return ['', `${id}, ${voice}, ${noise}`, ...conversation, ...reasons];
  });
}

export interface Thresholds {
  minRight?: number;
  maxWer?: number;
  maxDelay?: number;
}

/** What misses a threshold, for each voice and noise. */
export function belowThresholds(
  summaries: readonly VoiceSummary[],
  { minRight, maxWer, maxDelay }: Thresholds,
): string[] {
  return summaries.flatMap(({ voice, noise, rightPercent, werPercent, latencyMs }) => {
    const who = `${voice}, ${noise}`;
    const delayMs = latencyMs.total?.p95;
    return [
      ...(minRight !== undefined && rightPercent !== undefined && rightPercent < minRight
        ? [`${who}: ${percent(rightPercent)} right, less than ${minRight} %`]
        : []),
      ...(maxWer !== undefined && werPercent !== undefined && werPercent > maxWer
        ? [`${who}: word error rate ${percent(werPercent)}, more than ${maxWer} %`]
        : []),
      ...(maxDelay !== undefined && delayMs !== undefined && delayMs > maxDelay
        ? [`${who}: p95 of the delay ${delayMs.toFixed(0)} ms, more than ${maxDelay} ms`]
        : []),
    ];
  });
}

function half(rightness: Rightness | undefined): string {
  return percent(rightness?.rightPercent);
}

function percent(value: number | undefined): string {
  return value === undefined ? '–' : `${value.toFixed(1)} %`;
}

function short(voice: string, noise: string): string {
  return noise === 'clean' ? voice : `${voice}, ${noise}`;
}

function cells([first, second]: [string, string], rest: string[]): string {
  const width = Math.max(10, ...rest.map((text) => text.length + 2));
  return `${first.padEnd(LABEL_CELLS)}${second.padEnd(LABEL_CELLS)}${rest.map((text) => text.padStart(width)).join('')}`.trimEnd();
}
