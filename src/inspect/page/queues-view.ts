/**
 * Every queue: how full it is, and what it has dropped. A drop is worth seeing; a queue that was never used is not.
 */
import type { QueueReading } from '../../probe.ts';
import { byId, h, setClass, setText } from './dom.ts';

export interface QueuesView {
  show(queues: readonly QueueReading[]): void;
}

export function createQueuesView(): QueuesView {
  const container = byId('queues');
  const rows = new Map<string, { row: HTMLElement; depth: HTMLElement; dropped: HTMLElement; bar: HTMLElement }>();

  function rowOf(name: string) {
    const before = rows.get(name);
    if (before) return before;
    const depth = h('span', { class: 'depth' });
    const dropped = h('span', { class: 'dropped' });
    const bar = h('i');
    const row = h('div', { class: 'queue' }, h('span', { class: 'name' }, name), depth, dropped, h('b', {}, bar));
    container.append(row);
    const made = { row, depth, dropped, bar };
    rows.set(name, made);
    return made;
  }

  return {
    show(queues) {
      const seen = new Set<string>();
      for (const { name, depth, limit, dropped, unit } of queues) {
        seen.add(name);
        const row = rowOf(name);
        const share = limit > 0 ? Math.min(1, depth / limit) : 0;
        setText(row.depth, `${amount(depth, unit)} of ${amount(limit, unit)}`);
        setText(row.dropped, dropped > 0 ? `${dropped} dropped` : '');
        row.bar.style.setProperty('--share', share.toFixed(3));
        setClass(row.row, 'high', share > 0.7);
        setClass(row.row, 'lossy', dropped > 0);
      }
      for (const [name, { row }] of rows) {
        if (seen.has(name)) continue;
        row.remove();
        rows.delete(name);
      }
    },
  };
}

function amount(value: number, unit: QueueReading['unit']): string {
  switch (unit) {
    case 'bytes':
      return value >= 1_048_576 ? `${(value / 1_048_576).toFixed(1)} MB` : `${Math.round(value / 1_024)} kB`;
    case 'ms':
      return `${Math.round(value)} ms`;
    default:
      return String(Math.round(value));
  }
}
