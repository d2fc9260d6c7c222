/**
 * The assistant's delays: each stage with its floor, and the first audio of one conversation and of many.
 */
import { STAGE_NAMES } from '../../../src/observability/turn-report.ts';
import { writeChart } from '../../../src/tools/simulation/chart.ts';
import type { AssistantResults } from './results.ts';

const STAGES = ['recognition', 'firstToken', 'firstSentence', 'firstAudio', 'total'] as const;

export async function plot(path: string, { embedded, atOnce }: AssistantResults): Promise<void> {
  if (!embedded) throw new Error('--plot needs the part embedded');
  const { latencyMs, floorsMs } = embedded;
  const floors = { recognition: floorsMs.recognition, firstSentence: floorsMs.synthesis, total: floorsMs.line };
  const stages = STAGES.filter((stage) => latencyMs[stage]);
  const categories = [...stages.map((stage) => STAGE_NAMES[stage]), ...(atOnce ? ['ten at once'] : [])];
  const bar = (name: string, color: string, values: (number | undefined)[]) => ({
    ...{ type: 'bar' as const, name, itemStyle: { color } },
    data: values.map((value) => value ?? '-'),
  });
  await writeChart(path, {
    title: { text: 'The embedded assistant: release of the button to the first sample, ms', left: 'center', top: 4 },
    legend: { top: 34 },
    xAxis: { type: 'category', data: categories },
    yAxis: { type: 'value', min: 0 },
    series: [
      bar(
        'floor, p50',
        '#b8c4d0',
        stages.map((stage) => floors[stage as keyof typeof floors]?.p50),
      ),
      bar('p50', '#1f5fa8', [...stages.map((stage) => latencyMs[stage]?.p50), atOnce?.firstAudioMs.p50]),
      bar('p95', '#d9821b', [...stages.map((stage) => latencyMs[stage]?.p95), atOnce?.firstAudioMs.p95]),
    ],
  });
}
