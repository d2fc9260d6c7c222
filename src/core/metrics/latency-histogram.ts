/**
 * The stages of turns as a histogram: `total` is the reply delay, from the end of the utterance to the first sound of the reply.
 */
import { createHistogram } from './histogram.ts';
import type { MetricFamily } from './metric-family.ts';

const BUCKETS_SECONDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.2, 0.3, 0.5, 0.75, 1, 1.5, 2.5, 5, 10];
const STAGES = [
  ...['capture', 'packetFill', 'encode', 'uplink', 'cloud', 'recognition', 'firstToken', 'firstSentence'],
  ...['firstAudio', 'downlink', 'jitterBuffer', 'decode', 'playback', 'total'],
];

export function createLatencyHistogram(name: string) {
  const help = 'Delay of the stages of turns; total: from the end of the utterance to the first sound of the reply.';
  const histogram = createHistogram(name, help, BUCKETS_SECONDS, 'stage');
  return {
    /** Other stages are not counted: a device may name any. */
    note(latencyMs: Readonly<Record<string, number | undefined>>): void {
      for (const stage of STAGES) {
        const ms = latencyMs[stage];
        if (ms !== undefined) histogram.note(stage, ms / 1_000);
      }
    },
    read: (): MetricFamily => histogram.read(),
  };
}
