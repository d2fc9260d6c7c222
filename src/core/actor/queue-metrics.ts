/**
 * The registry of queues: each part registers a reader of its queue metrics. They are read only while an observer is attached: the
 * inspector (src/observability/inspect/), the monitor (src/observability/monitor/).
 */
import type { ChannelStats } from './channel.ts';

/** Depth, limit and drops of a queue. `unit`: what it counts, if not events. */
export interface QueueMetrics extends ChannelStats {
  unit?: 'bytes' | 'ms' | 'frames' | 'packets' | 'turns' | 'records';
}

export interface QueueRegistry {
  /** `read` is called about twice a second while an observer is attached. Returns a function that unregisters it. */
  watch(read: () => readonly QueueMetrics[]): () => void;
}
