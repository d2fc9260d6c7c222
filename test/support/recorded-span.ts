/** A span that remembers the calls that were made in it. */
import type { OutgoingCall, RunningSpan } from '../../src/core/process/running-span.ts';

export interface RecordedSpan extends RunningSpan {
  calls: OutgoingCall[];
}

export function recordedSpan(): RecordedSpan {
  let ids = 0;
  const calls: OutgoingCall[] = [];
  return {
    calls,
    traceId: 'a'.repeat(32),
    newSpanId: () => String(++ids).padStart(16, '0'),
    wallNow: Date.now,
    add: (call) => void calls.push(call),
  };
}
