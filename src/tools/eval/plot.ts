/**
 * An evaluation as a picture: right answers, word error rates and delays by voice, side by side.
 */
import { STAGE_NAMES, type StageLatencies } from '../../observability/turn-report.ts';
import { writeChart } from '../simulation/chart.ts';
import type { VoiceSummary } from './summary.ts';

/** Parts of the delay that a person waits for; the others are below 5 ms. */
const STAGES: (keyof StageLatencies)[] = [
  'packetFill',
  'recognition',
  'firstToken',
  'firstSentence',
  'firstAudio',
  'jitterBuffer',
  'playback',
];

interface Bars {
  name: string;
  /** A value for each category; undefined: none. */
  values: (number | undefined)[];
  stack?: string;
}

interface Panel {
  title: string;
  categories: string[];
  bars: Bars[];
  max?: number;
}

/** @throws EarshotError `usage` where the plotting libraries are missing, `file_unwritable` */
export async function plotEvaluation(path: string, title: string, summaries: readonly VoiceSummary[]): Promise<void> {
  const panels = [rightPanel(summaries), werPanel(summaries), delayPanel(summaries)].filter(({ bars }) =>
    bars.some(({ values }) => values.some((value) => value !== undefined)),
  );
  const left = (i: number) => `${4 + (i * 96) / panels.length}%`;
  await writeChart(path, {
    title: [
      { text: title, left: 'center', top: 4, textStyle: { fontSize: 15 } },
      ...panels.map((panel, i) => ({ text: panel.title, left: left(i), top: 82, textStyle: { fontSize: 13 } })),
    ],
    legend: { top: 32 },
    grid: panels.map((_, i) => ({ left: left(i), width: `${96 / panels.length - 5}%`, top: 120, bottom: 50 })),
    xAxis: panels.map(({ categories }, gridIndex) => ({
      ...{ type: 'category' as const, gridIndex, data: categories, axisLabel: { interval: 0 } },
    })),
    yAxis: panels.map(({ max }, gridIndex) => ({
      ...{ type: 'value' as const, gridIndex, min: 0 },
      ...(max !== undefined && { max }),
    })),
    series: panels.flatMap(({ bars }, i) =>
      bars.map(({ name, values, stack }) => ({
        ...{ type: 'bar' as const, name, xAxisIndex: i, yAxisIndex: i },
        data: values.map((value) => value ?? '-'),
        ...(stack !== undefined && { stack }),
      })),
    ),
  });
}

function rightPanel(summaries: readonly VoiceSummary[]): Panel {
  const judged = summaries.filter(({ questions }) => questions > 0);
  return byNoise('answered rightly, %', judged, ({ rightPercent }) => rightPercent, 100);
}

function werPanel(summaries: readonly VoiceSummary[]): Panel {
  return byNoise('word error rate, %', summaries, ({ werPercent }) => werPercent);
}

/** A category for each voice, a bar for each noise. */
function byNoise(
  title: string,
  summaries: readonly VoiceSummary[],
  value: (summary: VoiceSummary) => number | undefined,
  max?: number,
): Panel {
  const categories = [...new Set(summaries.map(({ voice }) => voice))];
  const bars = [...new Set(summaries.map(({ noise }) => noise))].map((name) => ({
    name,
    values: categories.map((voice) => {
      const found = summaries.find((each) => each.voice === voice && each.noise === name);
      return found && value(found);
    }),
  }));
  return { title, categories, bars, ...(max !== undefined && { max }) };
}

/** Medians of the stages, on top of each other. */
function delayPanel(summaries: readonly VoiceSummary[]): Panel {
  const measured = summaries.filter(({ noise, latencyMs }) => noise === summaries[0]?.noise && latencyMs.total);
  return {
    title: 'release of the button to first sample, p50, ms',
    categories: measured.map(({ voice }) => voice),
    bars: STAGES.map((stage) => ({
      name: STAGE_NAMES[stage],
      stack: 'delay',
      values: measured.map(({ latencyMs }) => latencyMs[stage]?.p50),
    })).filter(({ values }) => values.some((value) => value !== undefined)),
  };
}
