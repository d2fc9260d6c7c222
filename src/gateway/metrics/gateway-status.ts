/**
 * What one process of a gateway tells of itself: for programs that ask, and for the other processes, which add it up.
 */
import type { EndpointingCounts } from '../../../actors/assistant/endpointing/endpointing.ts';
import type { ProviderStats } from '../../../actors/assistant/providers/provider-guard.ts';
import type { MetricFamily } from '../../core/metrics/metric-family.ts';

export interface GatewayStatus {
  health: {
    connections: number;
    handshakes: number;
    /** Those that wait for the cloud, did not fit into the queue, or were rejected by the cloud. */
    records: { waiting: number; dropped: number; refused: number; deadLetters: number };
    providers?: readonly ProviderStats[];
    endpointing?: EndpointingCounts | undefined;
  };
  /** Why no further devices should be sent here. */
  reasons: string[];
  isCloudConnected: boolean;
  metrics: MetricFamily[];
}
