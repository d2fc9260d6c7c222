/**
 * What the sessions of a gateway count: turns, packets, and how often devices connect.
 */
import { createTraffic } from '../../../actors/session/traffic.ts';
import type { SessionNotification, TurnEnding } from '../../../machines/session-context.ts';
import { createLatencyHistogram } from '../../core/metrics/latency-histogram.ts';
import { byLabel, counter, type MetricFamily } from '../../core/metrics/metric-family.ts';

export function createSessionMetrics() {
  const traffic = createTraffic();
  const turns: Record<TurnEnding, number> = { done: 0, aborted: 0, failed: 0 };
  const connections = { opened: 0, resumed: 0 };
  const latencies = createLatencyHistogram('earshot_gateway_turn_latency_seconds');
  return {
    traffic,
    /** What a device has measured of one of its turns. */
    noteLatencies: latencies.note,
    note(notification: SessionNotification): void {
      if (notification.type === 'turn.ended') turns[notification.outcome] += 1;
      if (notification.type === 'session.opened') connections.opened += 1;
      if (notification.type === 'session.resumed') connections.resumed += 1;
    },
    read(): MetricFamily[] {
      const { received, sent } = traffic;
      const direction = (of: 'packets' | 'bytes') =>
        byLabel('direction', [
          ['received', received[of]],
          ['sent', sent[of]],
        ]);
      return [
        counter('earshot_gateway_turns_total', 'Turns that have ended.', byLabel('outcome', Object.entries(turns))),
        counter(
          'earshot_gateway_connections_total',
          'Connections that were welcomed, with a new session or with that of before.',
          byLabel('session', Object.entries(connections)),
        ),
        counter('earshot_gateway_packets_total', 'Audio packets, repeated ones included.', direction('packets')),
        counter('earshot_gateway_packet_bytes_total', 'Bytes of audio packets.', direction('bytes')),
        latencies.read(),
      ];
    },
  };
}
