/**
 * Warnings that anybody can cause as often as he likes: the first is logged at once, those that follow are counted and logged
 * as a number, once a minute.
 */
import type { Log, LogFields } from './log.ts';

const INTERVAL_MS = 60_000;

/** `fields` are those of the warning that is logged; `count` is how many there were since the last one, this one included. */
export function createOccasionalLog(log: Log, nowMs: () => number = () => performance.now()) {
  const kinds = new Map<string, { atMs: number; count: number }>();
  return (message: string, fields: LogFields = {}, level: 'warn' | 'error' = 'warn'): void => {
    const kind = kinds.get(message) ?? { atMs: Number.NEGATIVE_INFINITY, count: 0 };
    kinds.set(message, kind);
    kind.count += 1;
    if (nowMs() - kind.atMs < INTERVAL_MS) return;
    log[level](message, { ...fields, ...(kind.count > 1 && { count: kind.count }) });
    kind.atMs = nowMs();
    kind.count = 0;
  };
}
