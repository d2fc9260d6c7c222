/**
 * All queues: depth, rate and drops. The most important are first.
 */
import type { QueueMetrics } from '../../../core/actor/queue-metrics.ts';
import { byId, h, setClass, setText } from './dom.ts';
import type { QueueRate } from './signals.ts';

/** Labels of queues, in this order; other queues follow with their own names. */
const QUEUES: Record<string, [label: string, holds: string]> = {
  speech: ['codec in flight', 'recorded frames that wait for the encoder'],
  'jitter buffer': ['jitter buffer', 'audio of the reply that is not played yet'],
  'socket backlog': ['socket backlog', 'bytes that the network has not taken yet'],
  'offline store': ['offline store', 'turns that the cloud does not have yet'],
  outbox: ['outbox', 'packets of the turn that are not sent yet'],
  encoded: ['encoder → store', 'packets that are not stored yet'],
  uplink: ['store → network', 'packets before the outbox'],
  'offline backlog': ['stored turn → network', 'stored turns that are about to be delivered'],
  downlink: ['network → player', 'packets of the reply'],
  'cloud records': ['gateway → cloud', 'turns and sessions that the cloud does not have yet'],
  'encoder tuning': ['network → encoder', 'reports of the gateway about the link, and settings'],
};
const ORDER = Object.keys(QUEUES);
const LAST = ['inspector history', 'flight recorder'];

function rankOf({ name }: QueueMetrics): number {
  const [rank, last] = [ORDER.indexOf(name), LAST.indexOf(name)];
  if (last !== -1) return 1_000 + last;
  return rank === -1 ? 100 : rank;
}

/** So long after its last use an empty queue is still shown: rows that come and go cannot be read. */
const SHOWN_AFTER_USE_MS = 10_000;

export interface QueuesView {
  /** `nowMs` on any clock that does not jump. */
  show(queues: readonly QueueRate[], nowMs: number): void;
}

export function createQueuesView(): QueuesView {
  const container = byId('queues');
  const rows = new Map<
    string,
    { row: HTMLElement; rate: HTMLElement; depth: HTMLElement; dropped: HTMLElement; bar: HTMLElement }
  >();

  const emptyCount = h('summary');
  const emptyRows = h('div');
  const empty = h('details', {}, emptyCount, emptyRows);
  const usedAtMs = new Map<string, number>();
  let order = '';

  /** Queues in use are in sight, empty ones are folded. */
  function arrange(sorted: readonly QueueRate[], nowMs: number): void {
    for (const { name, depth, dropped, perSecond } of sorted) {
      if (depth > 0 || dropped > 0 || perSecond >= 0.5) usedAtMs.set(name, nowMs);
    }
    const isUsed = ({ name }: QueueRate) => nowMs - (usedAtMs.get(name) ?? -Infinity) < SHOWN_AFTER_USE_MS;
    const [used, unused] = [sorted.filter(isUsed), sorted.filter((queue) => !isUsed(queue))];
    const next = [used, unused].map((part) => part.map(({ name }) => name).join()).join('|');
    if (next === order) return;
    order = next;
    setText(emptyCount, `${unused.length} empty ${unused.length === 1 ? 'queue' : 'queues'}`);
    emptyRows.replaceChildren(...unused.map(({ name }) => rowOf(name).row));
    container.replaceChildren(...used.map(({ name }) => rowOf(name).row), ...(unused.length > 0 ? [empty] : []));
  }

  function rowOf(name: string) {
    const before = rows.get(name);
    if (before) return before;
    const depth = h('span', { class: 'depth' });
    const rate = h('span', { class: 'rate' });
    const dropped = h('span', { class: 'dropped' });
    const bar = h('i');
    const [label, holds] = QUEUES[name] ?? [name, ''];
    const row = h(
      'div',
      { class: 'queue', title: holds },
      h('span', { class: 'name' }, label),
      rate,
      depth,
      dropped,
      h('b', {}, bar),
    );
    const made = { row, rate, depth, dropped, bar };
    rows.set(name, made);
    return made;
  }

  return {
    show(queues, nowMs) {
      const seen = new Set<string>();
      const sorted = [...queues].sort((a, b) => rankOf(a) - rankOf(b));
      arrange(sorted, nowMs);
      for (const { name, depth, limit, dropped, unit, perSecond } of sorted) {
        seen.add(name);
        const row = rowOf(name);
        const share = limit > 0 ? Math.min(1, depth / limit) : 0;
        setText(row.depth, `${amount(depth, unit)} of ${amount(limit, unit)}`);
        // Queues in bytes or ms are plotted.
        setText(row.rate, unit === undefined && perSecond >= 0.5 ? `${Math.round(perSecond)}/s` : '');
        setText(row.dropped, dropped > 0 ? `${dropped} dropped` : '');
        row.bar.style.setProperty('--share', share.toFixed(3));
        setClass(row.row, 'high', share > 0.7);
        setClass(row.row, 'lossy', dropped > 0);
      }
      for (const [name, { row }] of rows) {
        if (seen.has(name)) continue;
        row.remove();
        rows.delete(name);
        usedAtMs.delete(name);
      }
    },
  };
}

function amount(value: number, unit: QueueMetrics['unit']): string {
  switch (unit) {
    case 'bytes':
      return value >= 1_048_576 ? `${(value / 1_048_576).toFixed(1)} MB` : `${Math.round(value / 1_024)} kB`;
    case 'ms':
      return `${Math.round(value)} ms`;
    default:
      return String(Math.round(value));
  }
}
