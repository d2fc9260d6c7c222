/**
 * Who has read what a commit wrote. All ranges of an index are in one interval tree: a range of equal fields and one with bounds are found
 * alike, and thousands of watchers of other keys cost a commit some comparisons.
 */
import type { ReadIndex, ReadRange } from './database.ts';
import { IntervalTree } from './interval-tree.ts';

interface TextRange {
  index: string;
  low: string;
  high: string;
}

export function createReadIndex<Watcher>(): ReadIndex<Watcher> {
  const trees = new Map<string, IntervalTree<Watcher>>();
  const rangesOf = new Map<Watcher, TextRange[]>();

  function remove(watcher: Watcher): void {
    for (const { index, low, high } of rangesOf.get(watcher) ?? []) {
      const tree = trees.get(index);
      tree?.remove(low, high, watcher);
      if (tree?.isEmpty) trees.delete(index);
    }
    rangesOf.delete(watcher);
  }

  return {
    add(watcher, reads) {
      remove(watcher);
      const ranges = reads.map(textRange);
      rangesOf.set(watcher, ranges);
      for (const { index, low, high } of ranges) {
        const tree = trees.get(index) ?? new IntervalTree<Watcher>();
        trees.set(index, tree);
        tree.add(low, high, watcher);
      }
    },
    remove,
    affectedBy(written) {
      const affected = new Set<Watcher>();
      for (const { index, key } of written) trees.get(index)?.collect(textOfKey(key), affected);
      return affected;
    },
  };
}

function textRange({ index, low, high }: ReadRange): TextRange {
  return { index, low: textOfKey(low), high: textOfKey(high) };
}

/** One character a byte: it sorts alike, and takes less memory than a buffer, which may hold on to a larger one. */
function textOfKey(key: Uint8Array): string {
  return Buffer.from(key.buffer, key.byteOffset, key.byteLength).toString('latin1');
}
