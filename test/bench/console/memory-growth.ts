/**
 * How the memory of a page depends on what it has seen, apart from what its list has at that moment: least squares of
 * `heap = constant + byRow × rows + byTurn × turns`. A list that grows and begins anew moves the heap up and down; what grows with each turn is lost.
 */
export interface MemorySample {
  heapMb: number;
  /** That the list has. */
  rows: number;
  /** That have come so far. */
  turns: number;
}

export interface MemoryGrowth {
  mbByRow: number;
  mbByTurn: number;
}

export function memoryGrowth(samples: readonly MemorySample[]): MemoryGrowth {
  const mean = (of: (sample: MemorySample) => number) =>
    samples.reduce((sum, each) => sum + of(each), 0) / samples.length;
  const [heap, rows, turns] = [mean((s) => s.heapMb), mean((s) => s.rows), mean((s) => s.turns)];
  const sum = (of: (h: number, r: number, t: number) => number) =>
    samples.reduce((all, s) => all + of(s.heapMb - heap, s.rows - rows, s.turns - turns), 0);
  const [rr, tt, rt] = [sum((_, r) => r * r), sum((_, __, t) => t * t), sum((_, r, t) => r * t)];
  const [hr, ht] = [sum((h, r) => h * r), sum((h, _, t) => h * t)];
  const determinant = rr * tt - rt * rt;
  return { mbByRow: (hr * tt - ht * rt) / determinant, mbByTurn: (ht * rr - hr * rt) / determinant };
}
