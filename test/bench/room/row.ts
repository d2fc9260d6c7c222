/** A row of the report: a figure, its goal, what was measured. */
export interface Row {
  name: string;
  measured: number;
  unit: string;
  goal?: { atMost: number } | { atLeast: number };
  /** What it was measured on, and parts of it. */
  detail: string;
}

export function passes({ measured, goal }: Row): boolean | undefined {
  if (!goal) return undefined;
  return 'atMost' in goal ? measured <= goal.atMost : measured >= goal.atLeast;
}

export function describeRows(rows: readonly Row[]): string[] {
  const head = ['figure', 'goal', 'measured', '', ''];
  const cells = rows.map((row) => {
    const passed = passes(row);
    return [row.name, goalOf(row), measuredOf(row), passed === undefined ? '' : passed ? 'pass' : 'FAIL', row.detail];
  });
  const widths = head.map((_, i) => Math.max(...[head, ...cells].map((row) => row[i]?.length ?? 0)));
  return [head, ...cells].map((row) =>
    row
      .map((cell, i) => cell.padEnd(widths[i] ?? 0))
      .join('  ')
      .trimEnd(),
  );
}

function goalOf({ goal, unit }: Row): string {
  if (!goal) return '–';
  return 'atMost' in goal ? `≤ ${goal.atMost} ${unit}` : `≥ ${goal.atLeast} ${unit}`;
}

function measuredOf({ measured, unit }: Row): string {
  const digits = Number.isInteger(measured) || Math.abs(measured) >= 100 ? 0 : Math.abs(measured) >= 10 ? 1 : 2;
  return `${measured.toFixed(digits)} ${unit}`;
}
