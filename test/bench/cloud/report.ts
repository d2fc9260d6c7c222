/**
 * The figures of the embedded cloud with their goals, as a table.
 */
export interface Figure {
  what: string;
  value: number;
  unit: string;
  /** At most, or for `≥` at least. Without: told only. */
  goal?: number;
  isLeast?: boolean;
  /** What nothing can be faster than, measured in the same run. */
  floor?: number;
}

export function isMissed({ value, goal, isLeast = false }: Figure): boolean {
  if (goal === undefined) return false;
  return !(isLeast ? value >= goal : value <= goal);
}

export function table(figures: readonly Figure[]): string[] {
  const width = Math.max(...figures.map(({ what }) => what.length)) + 2;
  const head = `${'figure'.padEnd(width)}${'measured'.padStart(16)}${'goal'.padStart(16)}${'floor'.padStart(14)}  `;
  const rows = figures.map((figure) => {
    const { what, value, unit, goal, isLeast, floor } = figure;
    const cells = [
      `${shown(value)} ${unit}`.padStart(16),
      (goal === undefined ? '–' : `${isLeast ? '≥' : '≤'} ${shown(goal)} ${unit}`).padStart(16),
      (floor === undefined ? '–' : `${shown(floor)} ${unit}`).padStart(14),
    ];
    const verdict = goal === undefined ? '' : isMissed(figure) ? 'MISSED' : 'pass';
    return `${what.padEnd(width)}${cells.join('')}  ${verdict}`;
  });
  return [head, ...rows];
}

function shown(value: number): string {
  if (value === 0) return '0';
  if (Math.abs(value) >= 100) return value.toFixed(0);
  return value.toPrecision(3).replace(/\.0+$/, '');
}
