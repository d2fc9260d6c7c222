/**
 * Results of two or more programs that were measured in parallel, several times: on a shared machine only the ratio
 * within one pair is meaningful, its median over the pairs and its range.
 */
import { median } from './counters.ts';

/** The results of one round, by variant and name. */
export type Round = Record<string, Record<string, number>>;

export interface Spread {
  median: number;
  least: number;
  most: number;
  values: number[];
}

export interface PairedFigure {
  figure: string;
  variant: string;
  measured: Spread;
  /** Relative to the base of the same round; undefined for the base itself, and where the base has no such result. */
  ofBase?: Spread;
}

export function compareRounds(rounds: readonly Round[], base: string): PairedFigure[] {
  const variants = [...new Set(rounds.flatMap((round) => Object.keys(round)))];
  const figures = [...new Set(rounds.flatMap((round) => Object.values(round).flatMap((each) => Object.keys(each))))];
  return figures.flatMap((figure) =>
    variants.flatMap((variant) => {
      const values = rounds.flatMap((round) => round[variant]?.[figure] ?? []);
      if (values.length === 0) return [];
      const ratios = rounds.flatMap((round) => ratio(round[variant]?.[figure], round[base]?.[figure]) ?? []);
      const ofBase = variant === base || ratios.length === 0 ? {} : { ofBase: spread(ratios) };
      return [{ figure, variant, measured: spread(values), ...ofBase }];
    }),
  );
}

/** Of a difference, which may be below zero, there is none. */
function ratio(value: number | undefined, base: number | undefined): number | undefined {
  return value === undefined || base === undefined || base <= 0 || value < 0 ? undefined : value / base;
}

function spread(values: number[]): Spread {
  return { median: median(values), least: Math.min(...values), most: Math.max(...values), values };
}

export function pairedTable(figures: readonly PairedFigure[]): string[] {
  const rows = figures.map(({ figure, variant, measured, ofBase }) => [
    figure,
    variant,
    text(measured),
    ofBase ? text(ofBase) : '',
  ]);
  const head = ['figure', '', 'median (least to most)', 'of the base, in pairs'];
  const widths = head.map((_, i) => Math.max(...[head, ...rows].map((row) => row[i]?.length ?? 0)));
  return [head, ...rows].map((row) =>
    row
      .map((cell, i) => cell.padEnd(widths[i] ?? 0))
      .join('  ')
      .trimEnd(),
  );
}

function text({ median: middle, least, most }: Spread): string {
  return `${digits(middle)} (${digits(least)} to ${digits(most)})`;
}

function digits(value: number): string {
  return Math.abs(value) >= 100 ? value.toFixed(0) : Math.abs(value) >= 10 ? value.toFixed(1) : value.toFixed(2);
}
