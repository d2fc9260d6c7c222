/**
 * The latency of an answer: from the last sound of the utterance to the first of the answer. Its stages are behind a click.
 */
import type { StageLatencies } from '../../../observability/turn-report.ts';
import { durationText } from '../../design/formats.ts';
import { LatencyBar } from '../../design/latency-bar.tsx';
import { turnLatency } from '../../design/turn-latency.ts';

export function Latency({ latencyMs }: { latencyMs: StageLatencies }) {
  const latency = latencyMs.total === undefined ? undefined : turnLatency(latencyMs);
  if (!latency) return null;
  return (
    <details class="turn-latency">
      <summary>
        <span class="number">{durationText(latency.totalMs)} to the answer</span>
        <LatencyBar stages={latency.stages} totalMs={latency.totalMs} legend={false} />
      </summary>
      <LatencyBar {...latency} />
    </details>
  );
}
