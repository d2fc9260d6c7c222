/**
 * One result of the report: the measured value, its target, and the floor that was measured in the same run.
 */
export interface Result {
  name: string;
  unit: string;
  /** The specification's target, in words. */
  specification: string;
  /** Upper limit; undefined when there is none. */
  goal?: number;
  measured: number;
  /** The lowest possible value, and its meaning. */
  floor?: { value: number; of: string };
  /** The parts of the value. */
  detail?: string;
}

export function table(figures: readonly Result[]): string[] {
  const head = ['figure', 'seed', 'goal', 'measured', 'floor', ''];
  const rows = figures.map(({ name, unit, specification, goal, measured, floor }) => [
    unit ? `${name}, ${unit}` : name,
    specification || '–',
    goal === undefined ? '–' : String(goal),
    digits(measured),
    floor ? `${digits(floor.value)} (${floor.of})` : '–',
    goal === undefined ? '' : measured <= goal ? 'ok' : 'over',
  ]);
  const widths = head.map((_, i) => Math.max(...[head, ...rows].map((row) => row[i]?.length ?? 0)));
  return [head, ...rows].map((row) =>
    row
      .map((cell, i) => cell.padEnd(widths[i] ?? 0))
      .join('  ')
      .trimEnd(),
  );
}

function digits(value: number): string {
  return value >= 100 ? value.toFixed(0) : value >= 10 ? value.toFixed(1) : value.toFixed(2);
}
