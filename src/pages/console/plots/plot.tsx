/**
 * Lines or bars over time, by uPlot: in the colours of the theme, as wide as there is room, with the values under the pointer in the legend.
 */
import { useEffect, useRef, useState } from 'preact/hooks';
import uPlot from 'uplot';
import { momentText, timeText } from '../../design/formats.ts';
import { gatewayNow } from '../shell/now.ts';
import { useThemeChanges } from './theme-changes.ts';

/** A longer axis has days. */
const MAX_HOURS_S = 49 * 60 * 60;
const DAY_S = 24 * 60 * 60;

export interface PlotLine {
  label: string;
  /** Name of a token of the design language: `--series-1`. */
  color: string;
  /** One for each time; null: nothing was measured. */
  values: readonly (number | null)[];
  kind?: 'line' | 'bars';
}

export interface PlotProps {
  title: string;
  /** Of the columns, in ms since 1970, in order. */
  timesMs: readonly number[];
  lines: readonly PlotLine[];
  /** How a value is written. */
  format: (value: number) => string;
  /** What the axis of values reaches at least. */
  atLeast: number;
  /** The ends of the axis of time; without them, the first and the last of the times. */
  fromMs?: number;
  toMs?: number;
  /** The times are days, which begin at midnight UTC. */
  areDays?: boolean;
  heightPx?: number;
}

export function Plot(props: PlotProps) {
  const { title, timesMs, lines, format, areDays = false, heightPx = 150 } = props;
  const box = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | undefined>(undefined);
  const [pointed, setPointed] = useState<number>();
  const theme = useThemeChanges();
  /** Lines that are drawn in another way are another plot; other values are not. */
  const shape = JSON.stringify([theme, heightPx, areDays, lines.map(({ label, color, kind }) => [label, color, kind])]);
  const latest = useRef(props);
  latest.current = props;

  useEffect(() => {
    const target = box.current;
    if (!target) return undefined;
    const made = new uPlot(optionsOf(latest, target.clientWidth, heightPx, setPointed), dataOf(latest.current), target);
    plot.current = made;
    const observer = new ResizeObserver(() => made.setSize({ width: target.clientWidth, height: heightPx }));
    observer.observe(target);
    return () => {
      observer.disconnect();
      made.destroy();
    };
    // Values are set below, without building the plot anew.
  }, [shape]);
  useEffect(() => plot.current?.setData(dataOf(latest.current)), [timesMs, lines]);

  const at = pointed !== undefined && pointed < timesMs.length ? pointed : newestOf(props);
  const atMs = timesMs[at];
  return (
    <figure class="plot">
      <figcaption class="row">
        <b class="plot-title">{title}</b>
        <span class="quiet number">
          {atMs !== undefined && (areDays ? utcDay.format(atMs) : momentText(atMs, gatewayNow()))}
        </span>
        <span class="space" />
        <ul class="legend">
          {lines.map(({ label, color, values }) => (
            <li key={label} style={{ '--stage': `var(${color})` }}>
              {label} <b class="number">{textOf(values[at], format)}</b>
            </li>
          ))}
        </ul>
      </figcaption>
      <div ref={box} class="plot-box" role="img" aria-label={`${title}: ${summaryOf(lines, format)}`} />
    </figure>
  );
}

/** The column of the newest value: an hour that has just begun may have none. */
function newestOf({ timesMs, lines }: PlotProps): number {
  const newest = timesMs.findLastIndex((_, i) => lines.some(({ values }) => (values[i] ?? null) !== null));
  return newest < 0 ? timesMs.length - 1 : newest;
}

function textOf(value: number | null | undefined, format: (value: number) => string): string {
  return value === null || value === undefined ? '–' : format(value);
}

/** For who does not see it: the last value and the highest of each line. */
function summaryOf(lines: readonly PlotLine[], format: (value: number) => string): string {
  return lines
    .map(({ label, values }) => {
      const known = values.filter((value): value is number => value !== null);
      if (known.length === 0) return `${label} not measured`;
      return `${label} ${textOf(known.at(-1), format)}, at most ${format(Math.max(...known))}`;
    })
    .join('; ');
}

function dataOf({ timesMs, lines }: PlotProps): uPlot.AlignedData {
  return [timesMs.map((ms) => ms / 1_000), ...lines.map(({ values }) => [...values])];
}

type Latest = { current: PlotProps };

function optionsOf(latest: Latest, width: number, height: number, point: (index?: number) => void): uPlot.Options {
  const style = getComputedStyle(document.documentElement);
  const color = (name: string) => style.getPropertyValue(name).trim();
  const font = `11px ${style.getPropertyValue('--font')}`;
  const axis = { stroke: color('--quiet'), font, ticks: { show: false } };
  const grid = { stroke: color('--line-soft'), width: 1 };
  const bars = uPlot.paths.bars?.({ size: [0.7, 24] });
  return {
    width,
    height,
    ...(latest.current.areDays && { tzDate: (seconds) => uPlot.tzDate(new Date(seconds * 1_000), 'Etc/UTC') }),
    legend: { show: false },
    cursor: { y: false, drag: { x: false, y: false }, points: { size: 6 } },
    scales: {
      x: { range: (_, min, max) => timeRangeOf(latest.current, min, max) },
      y: { range: (_, _min, max) => [0, Math.max(latest.current.atLeast, (max ?? 0) * 1.1)] },
    },
    axes: [
      { ...axis, grid: { show: false }, size: 26, space: 64, values: latest.current.areDays ? utcDaysText : timesText },
      {
        ...axis,
        grid,
        size: 58,
        space: 28,
        values: (_, splits) => splits.map((each) => (each === 0 ? '0' : latest.current.format(each))),
      },
    ],
    series: [
      {},
      ...latest.current.lines.map(({ label, color: token, kind = 'line' }) => ({
        label,
        stroke: color(token),
        width: kind === 'bars' ? 0 : 1.75,
        // A value between two gaps has no line.
        points: { show: kind === 'line', size: 5, filter: lonePoints },
        ...(kind === 'bars' && { fill: color(token), ...(bars && { paths: bars }) }),
      })),
    ],
    hooks: {
      setCursor: [
        ({ cursor: { idx, left } }) => point(left !== undefined && left >= 0 ? (idx ?? undefined) : undefined),
      ],
    },
  };
}

/** Indices of the values that have no neighbour. */
function lonePoints({ data }: uPlot, line: number, shown: boolean): number[] | null {
  const values = data[line];
  if (!shown || !values) return null;
  const isGap = (index: number) => values[index] === null || values[index] === undefined;
  return Array.from(values, (_, index) => index).filter(
    (index) => !isGap(index) && isGap(index - 1) && isGap(index + 1),
  );
}

const day = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short' });

const utcDay = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short', timeZone: 'UTC' });

function utcDaysText(_: uPlot, splits: number[]): string[] {
  // Between two midnights there is no day.
  return splits.map((seconds) => (seconds % DAY_S === 0 ? utcDay.format(seconds * 1_000) : ''));
}

/** Times of day, or days where the axis has several. */
function timesText({ scales }: uPlot, splits: number[]): string[] {
  const { min = 0, max = 0 } = scales.x ?? {};
  const isDays = (max ?? 0) - (min ?? 0) > MAX_HOURS_S;
  return splits.map((seconds) => (isDays ? day.format(seconds * 1_000) : timeText(seconds * 1_000)));
}

function timeRangeOf({ fromMs, toMs }: PlotProps, min: number, max: number): [number, number] {
  const [from, to] = [fromMs === undefined ? min : fromMs / 1_000, toMs === undefined ? max : toMs / 1_000];
  return from < to ? [from, to] : [from - 1, from + 1];
}
