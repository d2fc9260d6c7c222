/**
 * Memory of devices that run turns in both directions without a pause, in real time: a sample every few seconds of each
 * variant, of a control without Earshot (memory-control.ts), and of bare Node, all in the same period.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { writeChart } from '../../src/tools/simulation/chart.ts';
import { bareNode, here, script, startTogether, talker } from './children.ts';
import { MEMORY_PARTS, type MemoryParts, memoryByPart, memoryOf, sum } from './counters.ts';
import { launchedBy } from './launcher.ts';
import type { PlainCards } from './plain-cards.ts';
import type { SecureGateway } from './secure-gateway.ts';
import { trend } from './trend.ts';
import type { Variant } from './variants.ts';

const SAMPLE_SECONDS = 5;
/** How often the results so far are reported: an interrupted long run is not lost. */
const SAVE_SECONDS = 300;
/** Time of the result after a quarter of an hour, and the time from which the slope should be zero. */
const FIRST_SECONDS = 100;
const THEN_SECONDS = 600;
/** The slope is that of means of so long a time: memory grows until the next collection between turns, which is 4 minutes away at most, so single samples say little. */
const MEAN_SECONDS = 300;
/** Fewer means have no slope. */
const LEAST_MEANS = 4;

/** A process that asks the same of Node and the libraries, without Earshot; run from source, so only its slope compares. */
const CONTROL = 'control';

export interface Curve {
  variant: string;
  /** From 1: the same program, several times at once. */
  copy: number;
  /** MB over bare Node. */
  samples: { seconds: number; anonymousMb: number; residentMb: number; parts: MemoryParts }[];
}

export interface CurveFigures {
  variant: string;
  copies: number;
  /** Duration in which it was measured. */
  seconds: number;
  /** At the end of the first ten minutes, or of the whole run. */
  anonymousMb: number;
  residentMb: number;
  /** Anonymous memory from 100 s to 600 s. */
  grownMb: number;
  /** Afterwards, MB an hour with its standard error; undefined for a shorter run. */
  slope?: Slope;
  /** The same of each part. */
  slopes?: Record<keyof MemoryParts, Slope>;
}

export interface Slope {
  mbPerHour: number;
  error: number;
}

export interface CurveOptions {
  variants: readonly Variant[];
  gateway: SecureGateway;
  folder: string;
  cards: PlainCards;
  minutes: number;
  /** Of each variant and of the control: how much one process differs from the next. */
  copies: number;
  onProgress(share: number): void;
  onSave(curves: readonly Curve[]): Promise<void>;
}

export async function recordMemory(options: CurveOptions): Promise<Curve[]> {
  const { variants, gateway, folder, cards, minutes, copies, onProgress, onSave } = options;
  const numbers = Array.from({ length: copies }, (_, i) => i + 1);
  const { start, stopAll } = startTogether();
  try {
    await start(script('./play-speech.ts', ['mouth'], cards.env)).says(/speaking/);
    const bare = start(bareNode());
    const talking = variants.flatMap(({ name, program, args }) =>
      numbers.map((copy) =>
        start(
          talker({
            ...gateway,
            ...{ folder, program, env: cards.env },
            name: `hour-${name.replaceAll(' ', '-')}-${copy}`,
            args: ['--device', 'line', ...args],
          }),
        ),
      ),
    );
    const launched = launchedBy(here('../../'), 'run', folder);
    const environment = { ...launched.env, NODE_EXTRA_CA_CERTS: gateway.certificate };
    const controls = numbers.map((copy) =>
      start(script('./memory-control.ts', [gateway.url, folder, `${copy}`], environment, launched.options)),
    );
    await Promise.all(talking.map((each) => each.says(/ connected/)));
    await Promise.all(controls.map((each) => each.says(/connected/)));
    const measured = [...talking, ...controls];
    const curves: Curve[] = [...variants.map(({ name }) => name), CONTROL].flatMap((variant) =>
      numbers.map((copy) => ({ variant, copy, samples: [] })),
    );
    const startedMs = performance.now();
    for (let sample = 1; ; sample++) {
      await sleep(startedMs + sample * SAMPLE_SECONDS * 1_000 - performance.now());
      const floor = memoryOf(bare.pid);
      const seconds = (performance.now() - startedMs) / 1_000;
      for (const [i, { pid, hasEnded }] of measured.entries()) {
        // Its curve ends there; the others continue.
        if (hasEnded()) continue;
        const { anonymousMb, residentMb } = memoryOf(pid);
        const over = { anonymousMb: anonymousMb - floor.anonymousMb, residentMb: residentMb - floor.residentMb };
        curves[i]?.samples.push({ seconds, ...over, parts: memoryByPart(pid) });
      }
      onProgress(seconds / 60 / minutes);
      if (sample % (SAVE_SECONDS / SAMPLE_SECONDS) === 0) await onSave(curves);
      if (seconds >= minutes * 60) return curves;
    }
  } finally {
    await stopAll();
  }
}

/** Of all copies of a variant: their means. */
export function curveFigures(copies: readonly Curve[]): CurveFigures {
  const each = copies.map(figuresOf);
  const mean = (of: (figures: (typeof each)[number]) => number) => sum(each.map(of)) / each.length;
  const slope = meanSlope(each.map((figures) => figures.slope));
  const slopes = MEMORY_PARTS.map((part) => [part, meanSlope(each.map(({ partSlopes }) => partSlopes[part]))] as const);
  return {
    ...{ variant: copies[0]?.variant ?? '', copies: copies.length },
    // The one that ended first.
    seconds: Math.min(...each.map(({ seconds }) => seconds)),
    anonymousMb: mean(({ anonymousMb }) => anonymousMb),
    residentMb: mean(({ residentMb }) => residentMb),
    grownMb: mean(({ grownMb }) => grownMb),
    ...(slope && { slope, slopes: Object.fromEntries(slopes) as Record<keyof MemoryParts, Slope> }),
  };
}

/** Its error is the larger one of two: by the samples of each process, and by how much the processes differ. */
function meanSlope(slopes: readonly (Slope | undefined)[]): Slope | undefined {
  const known = slopes.flatMap((slope) => slope ?? []);
  const n = known.length;
  if (n < slopes.length) return undefined;
  const mbPerHour = sum(known.map((slope) => slope.mbPerHour)) / n;
  const bySamples = Math.sqrt(sum(known.map(({ error }) => error ** 2))) / n;
  const deviations = sum(known.map((slope) => (slope.mbPerHour - mbPerHour) ** 2));
  const byProcesses = n > 1 ? Math.sqrt(deviations / (n - 1) / n) : 0;
  return { mbPerHour, error: Math.max(bySamples, byProcesses) };
}

function figuresOf({ samples }: Curve) {
  const upTo = (seconds: number) => samples.findLast((each) => each.seconds <= seconds) ?? samples[0];
  const { anonymousMb = Number.NaN, residentMb = Number.NaN } = upTo(THEN_SECONDS) ?? {};
  const grownMb = anonymousMb - (upTo(FIRST_SECONDS)?.anonymousMb ?? Number.NaN);
  const partSlopes = Object.fromEntries(
    MEMORY_PARTS.map((part) => [part, slopeOf(samples, ({ parts }) => parts[part])]),
  ) as Record<keyof MemoryParts, Slope | undefined>;
  const slope = slopeOf(samples, (each) => each.anonymousMb);
  return { seconds: samples.at(-1)?.seconds ?? 0, anonymousMb, residentMb, grownMb, slope, partSlopes };
}

function slopeOf(samples: Curve['samples'], mbOf: (sample: Curve['samples'][number]) => number): Slope | undefined {
  const means = meansOf(samples, THEN_SECONDS, mbOf);
  if (means.length < LEAST_MEANS) return undefined;
  const { slope, error } = trend(means);
  return { mbPerHour: slope, error };
}

/** Of whole periods: hours, and MB. */
function meansOf(
  samples: Curve['samples'],
  fromSeconds: number,
  mbOf: (sample: Curve['samples'][number]) => number,
): [hours: number, mb: number][] {
  const last = samples.at(-1)?.seconds ?? 0;
  const count = Math.max(0, Math.floor((last - fromSeconds) / MEAN_SECONDS));
  return Array.from({ length: count }, (_, i) => {
    const from = fromSeconds + i * MEAN_SECONDS;
    const within = samples.filter(({ seconds }) => seconds > from && seconds <= from + MEAN_SECONDS);
    const mb = within.reduce((sum, each) => sum + mbOf(each), 0) / within.length;
    return [(from + MEAN_SECONDS / 2) / 3_600, mb];
  });
}

export async function drawMemory(path: string, curves: readonly Curve[]): Promise<void> {
  await writeChart(path, {
    title: {
      text: 'memory over bare Node with turns in both directions (dashed: resident)',
      left: 'center',
      top: 4,
      textStyle: { fontSize: 15 },
    },
    legend: { top: 34 },
    xAxis: { type: 'value', name: 'minutes', nameLocation: 'middle', nameGap: 26, max: 'dataMax' },
    yAxis: { type: 'value', name: 'MB', min: 0 },
    series: curves.flatMap(({ variant, samples }) =>
      (['anonymousMb', 'residentMb'] as const).map((kind) => ({
        type: 'line' as const,
        // Series of the same name have one colour, and one place in the legend.
        name: variant,
        showSymbol: false,
        lineStyle: { width: 1.5, type: kind === 'anonymousMb' ? ('solid' as const) : ('dashed' as const) },
        data: samples.map((each) => [each.seconds / 60, each[kind]]),
      })),
    ),
  });
}
