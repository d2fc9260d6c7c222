/**
 * Where parts leave word how to read their queues. Nobody reads unless somebody watches: the inspector
 * (src/observability/inspect/), the monitor (src/observability/monitor/).
 */
import type { ChannelStats } from './channel.ts';

/** Depth, limit and drops of a queue; `unit` where it does not hold events. */
export interface QueueMetrics extends ChannelStats {
  unit?: 'bytes' | 'ms' | 'frames' | 'packets' | 'turns' | 'records';
}

export interface QueueRegistry {
  /** `read` is called about twice a second while somebody watches. Returns a function that takes it back. */
  watch(read: () => readonly QueueMetrics[]): () => void;
}
