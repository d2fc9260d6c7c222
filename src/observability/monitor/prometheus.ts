/**
 * The metrics of a daemon in Prometheus' text format. Pure.
 */
import {
  byLabel,
  counter,
  gauge,
  type MetricFamily,
  type MetricSample,
  type MetricValue,
  prometheusLines,
} from '../../core/metrics/metric-family.ts';
import type { MonitorMetrics } from './metrics.ts';

export function toPrometheus(metrics: MonitorMetrics): string[] {
  return prometheusLines(deviceFamilies(metrics));
}

export function deviceFamilies(metrics: MonitorMetrics): MetricFamily[] {
  const { totals, buffers } = metrics;
  const families: MetricFamily[] = [];
  const add = (name: string, kind: MetricFamily['kind'], help: string, value: MetricValue) => {
    const samples: readonly MetricSample[] = typeof value === 'number' ? [{ value }] : value;
    families.push({ name: `earshot_${name}`, kind, help, samples });
  };
  add('info', 'gauge', 'Version and settings of the daemon.', [
    { labels: { version: metrics.version, threads: metrics.threads }, value: 1 },
  ]);
  add('up_seconds', 'gauge', 'Since the daemon was started.', metrics.upSeconds);
  add('connected', 'gauge', 'Whether there is a link to the gateway.', Number(metrics.connected));
  add('state', 'gauge', 'State of the conversation.', byLabel('state', [[metrics.state, 1]]));
  add('microphone', 'gauge', 'State of the microphone.', byLabel('state', [[metrics.microphone, 1]]));
  add('attention', 'gauge', 'What is looked for in its sound.', byLabel('to', [[metrics.attention, 1]]));
  families.push(
    counter('process_cpu_seconds_total', 'CPU time of all threads.', metrics.cpuSeconds),
    gauge('process_resident_memory_bytes', 'Resident memory.', Math.round(metrics.memoryMb * 1_048_576)),
  );
  add('cpu_percent', 'gauge', 'Of one core, all threads.', metrics.cpuPercent);
  add('memory_bytes', 'gauge', 'Resident memory.', Math.round(metrics.memoryMb * 1_048_576));
  add('network_latency_seconds', 'gauge', 'Last round trip to the gateway.', metrics.networkLatencyMs / 1_000);
  add('sent_bytes_total', 'counter', 'Bytes of messages to the gateway.', metrics.sent.bytes);
  add('received_bytes_total', 'counter', 'Bytes of messages from the gateway.', metrics.received.bytes);
  if (metrics.guardMs !== undefined) {
    add(
      'card_guard_seconds',
      'gauge',
      'Time before an underrun at which the card gets more samples.',
      metrics.guardMs / 1_000,
    );
  }
  if (metrics.echo) {
    add('echo_converged', 'gauge', 'Whether the echo canceller has converged.', Number(metrics.echo.isConverged));
    add('echo_reduction_db', 'gauge', 'By how much the echo is reduced.', metrics.echo.erleDb);
  }
  const ofBuffers = (what: 'depth' | 'limit' | 'dropped') =>
    byLabel(
      'buffer',
      buffers.map((buffer) => [buffer.name, buffer[what]] as const),
    );
  add('buffer_depth', 'gauge', 'Buffered units.', ofBuffers('depth'));
  add('buffer_limit', 'gauge', 'Limit of the buffer.', ofBuffers('limit'));
  add('buffer_dropped_total', 'counter', 'Units dropped because the buffer was full.', ofBuffers('dropped'));
  add('turns_total', 'counter', 'Turns.', totals.turns);
  add('failed_turns_total', 'counter', 'Turns that were not answered.', totals.failedTurns);
  add('frames_sent_total', 'counter', 'Frames of 20 ms that were encoded.', totals.framesSent);
  add('frames_dropped_total', 'counter', 'Frames dropped before the encoder.', totals.framesDropped);
  add('frames_played_total', 'counter', 'Frames of replies that were played.', totals.framesPlayed);
  add('frames_lost_total', 'counter', 'Frames of replies that were late or dropped.', totals.framesLost);
  add('concealed_seconds_total', 'counter', 'Concealed audio of replies.', Math.round(totals.concealedMs) / 1_000);
  add('underruns_total', 'counter', 'Underruns of the jitter buffer.', totals.underruns);
  add('capture_overflows_total', 'counter', 'Times that the card dropped samples.', totals.captureOverflows);
  add('link_losses_total', 'counter', 'Times that the link was lost.', totals.linkLosses);
  add('actor_crashes_total', 'counter', 'Actors that were restarted.', totals.actorCrashes);
  return families;
}
