/**
 * What a page's heap consists of: bytes by constructor, and which of them have grown between two looks.
 */
import type { Page } from 'playwright-core';
import { withDebugger } from './observer.ts';

/** Bytes by constructor, or by kind for what has none. */
export type HeapParts = ReadonlyMap<string, number>;

/** The parts of a heap snapshot that are read here (V8's format: rows of numbers, and the strings they refer to). */
interface Snapshot {
  snapshot: { meta: { node_fields: string[]; node_types: [string[], ...unknown[]] } };
  nodes: number[];
  strings: string[];
}

/** Without garbage: the browser collects before it takes a snapshot. */
export async function heapParts(page: Page): Promise<HeapParts> {
  const pieces: string[] = [];
  await withDebugger(page, async (session) => {
    session.on('HeapProfiler.addHeapSnapshotChunk', ({ chunk }) => pieces.push(chunk));
    await session.send('HeapProfiler.takeHeapSnapshot', { reportProgress: false });
  });
  return partsOf(JSON.parse(pieces.join('')) as Snapshot);
}

function partsOf({ snapshot: { meta }, nodes, strings }: Snapshot): HeapParts {
  const [type, name, bytes] = ['type', 'name', 'self_size'].map((field) => meta.node_fields.indexOf(field));
  const parts = new Map<string, number>();
  for (let at = 0; at < nodes.length; at += meta.node_fields.length) {
    const field = (offset: number | undefined) => nodes[at + (offset ?? 0)] ?? 0;
    const kind = meta.node_types[0][field(type)] ?? '';
    const part = kind === 'object' ? (strings[field(name)] ?? '') : `(${kind})`;
    parts.set(part, (parts.get(part) ?? 0) + field(bytes));
  }
  return parts;
}

/** Those that have grown most, one a line. */
export function growthOf(before: HeapParts, after: HeapParts, most: number): string[] {
  return [...after]
    .map(([part, bytes]) => ({ part, bytes, grownBy: bytes - (before.get(part) ?? 0) }))
    .sort((a, b) => b.grownBy - a.grownBy)
    .slice(0, most)
    .map(({ part, bytes, grownBy }) => `${kilobytes(grownBy)} of ${kilobytes(bytes)} KB  ${part}`);
}

function kilobytes(bytes: number): string {
  return (bytes / 1_000).toFixed(0).padStart(6);
}
