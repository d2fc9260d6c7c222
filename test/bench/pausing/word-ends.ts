/**
 * Where the words of a sentence end, from the phones of the sentence, which have times, and those of each word said alone. A word has other
 * phones in a sentence (“the”, “a”), so they are aligned by the least number of changes. Pure.
 */
export interface TimedPhone {
  symbol: string;
  endsAtMs: number;
}

export interface WordPhones {
  word: string;
  phones: readonly string[];
}

/** Of a changed phone, and of one that is there in one of both only. Integers, because costs are compared. */
const CHANGED = 10;
const GAP = 9;

export function wordEnds(
  sentence: readonly TimedPhone[],
  words: readonly WordPhones[],
): { word: string; endsAtMs: number }[] {
  const spoken = sentence.filter(({ symbol }) => symbol !== 'pau');
  const expected = words.flatMap(({ phones }) => phones);
  const costs = alignmentCosts(spoken, expected);
  const at = (i: number, j: number) => costs[i]?.[j] ?? Number.POSITIVE_INFINITY;
  /** For each expected phone: how many of the sentence are over with it. */
  const over: number[] = [];
  let [i, j] = [spoken.length, expected.length];
  while (j > 0) {
    over[j - 1] ??= i;
    if (i > 0 && at(i, j) === at(i - 1, j - 1) + changed(spoken[i - 1], expected[j - 1])) [i, j] = [i - 1, j - 1];
    else if (at(i, j) === at(i, j - 1) + GAP) j -= 1;
    else i -= 1;
  }
  let count = 0;
  return words.map(({ word, phones }) => {
    count += phones.length;
    return { word, endsAtMs: spoken[(over[count - 1] ?? 0) - 1]?.endsAtMs ?? 0 };
  });
}

/** Of the first i phones of the sentence and the first j that are expected. */
function alignmentCosts(spoken: readonly TimedPhone[], expected: readonly string[]): number[][] {
  const costs = [expected.map((_, j) => j * GAP).concat(expected.length * GAP)];
  for (const [i, phone] of spoken.entries()) {
    const above = costs[i] as number[];
    const row = [(i + 1) * GAP];
    for (const [j, symbol] of expected.entries()) {
      const diagonal = (above[j] as number) + changed(phone, symbol);
      row.push(Math.min(diagonal, (above[j + 1] as number) + GAP, (row[j] as number) + GAP));
    }
    costs.push(row);
  }
  return costs;
}

function changed(phone: TimedPhone | undefined, symbol: string | undefined): number {
  return phone?.symbol === symbol ? 0 : CHANGED;
}
