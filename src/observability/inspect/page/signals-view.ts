/**
 * Live plots by uPlot: the last minute of what is measured.
 */
import uPlot from 'uplot';
import { byId, h, setText } from './dom.ts';
import { type Columns, type Signals, WINDOW_S } from './signals.ts';

interface PlotDescription {
  key: Exclude<keyof Signals, 'queues'>;
  title: string;
  unit: string;
  lines: { name: string; color: string }[];
  range: (min: number, max: number) => [number, number];
}

const atLeast =
  (least: number) =>
  (_: number, max: number): [number, number] => [0, Math.max(least, (max || 0) * 1.15)];

const PLOTS: PlotDescription[] = [
  {
    key: 'levels',
    title: 'Level',
    unit: 'dB',
    lines: [
      { name: 'mic', color: '--series-1' },
      { name: 'speaker', color: '--series-2' },
    ],
    range: () => [-80, 0],
  },
  {
    key: 'delay',
    title: 'Jitter buffer',
    unit: 'ms',
    lines: [
      { name: 'delay', color: '--series-1' },
      { name: 'target', color: '--series-2' },
      { name: 'guard', color: '--series-3' },
    ],
    range: atLeast(100),
  },
  { key: 'concealed', title: 'Concealed', unit: '%', lines: [{ name: '', color: '--series-3' }], range: atLeast(5) },
  {
    key: 'roundTrip',
    title: 'Round trip',
    unit: 'ms',
    lines: [{ name: '', color: '--series-1' }],
    range: atLeast(10),
  },
  {
    key: 'bytes',
    title: 'Packets',
    unit: 'B/s',
    lines: [
      { name: 'up', color: '--series-1' },
      { name: 'down', color: '--series-2' },
    ],
    range: atLeast(1_000),
  },
  {
    key: 'frames',
    title: 'Frames',
    unit: '/s',
    lines: [
      { name: 'up', color: '--series-1' },
      { name: 'down', color: '--series-2' },
    ],
    range: atLeast(60),
  },
  { key: 'cpu', title: 'Processor', unit: '%', lines: [{ name: 'core', color: '--series-1' }], range: atLeast(10) },
  {
    key: 'memory',
    title: 'Memory',
    unit: 'MB',
    lines: [
      { name: 'all', color: '--series-1' },
      { name: 'heap', color: '--series-2' },
    ],
    range: atLeast(50),
  },
];

const PLOT_HEIGHT = 66;

export interface SignalsView {
  show(signals: Signals, t: number): void;
  /** Called when the colours of the page have changed. */
  repaint(): void;
}

export function createSignalsView(): SignalsView {
  const container = byId('plots');
  const plots = PLOTS.map((description) => createPlot(description, container));
  new ResizeObserver(() => {
    for (const plot of plots) plot.resize();
  }).observe(container);
  return {
    show(signals, t) {
      for (const plot of plots) plot.show(signals[plot.key], t);
    },
    repaint() {
      for (const plot of plots) plot.rebuild();
    },
  };
}

function createPlot({ key, title, unit, lines, range }: PlotDescription, container: HTMLElement) {
  const figures = lines.map(() => h('b'));
  const names = lines.map(({ name, color }, i) => {
    const item = h('span', { class: 'line' }, name, ' ', figures[i] ?? '');
    item.style.setProperty('--line', `var(${color})`);
    return item;
  });
  const legend = h('figcaption', {}, h('span', {}, title, ' ', h('small', {}, unit)), ...names);
  const canvasBox = h('div');
  const figure = h('figure', { 'data-plot': key }, legend, canvasBox);
  container.append(figure);
  let plot: uPlot | undefined;
  let shown: { columns: Columns; t: number } | undefined;

  function options(): uPlot.Options {
    const style = getComputedStyle(document.documentElement);
    const color = (name: string) => style.getPropertyValue(name).trim();
    const axis = { stroke: color('--quiet'), grid: { stroke: color('--line-soft'), width: 1 }, ticks: { show: false } };
    const font = '10px system-ui, sans-serif';
    return {
      width: Math.max(120, canvasBox.clientWidth),
      height: PLOT_HEIGHT,
      padding: [5, 4, 6, 0],
      legend: { show: false },
      cursor: { show: false },
      scales: {
        x: { time: false, range: () => [(shown?.t ?? 0) / 1_000 - WINDOW_S, (shown?.t ?? 0) / 1_000] },
        y: { range: (_, min, max) => range(min, max) },
      },
      axes: [
        { ...axis, show: false },
        { ...axis, size: 34, font, space: 22, values: (_, values) => values.map(shortNumber) },
      ],
      series: [
        {},
        ...lines.map(({ color: name }) => ({
          stroke: color(name),
          width: 1.5,
          spanGaps: false,
          points: { show: false },
        })),
      ],
    };
  }

  function rebuild(): void {
    plot?.destroy();
    plot = new uPlot(options(), shown?.columns ?? ([[], ...lines.map(() => [])] as unknown as Columns), canvasBox);
  }

  return {
    key,
    rebuild,
    resize() {
      const width = Math.max(120, canvasBox.clientWidth);
      if (!plot) rebuild();
      else if (plot.width !== width) plot.setSize({ width, height: PLOT_HEIGHT });
    },
    show(columns: Columns, t: number) {
      shown = { columns, t };
      const [, ...values] = columns;
      for (const [i, line] of values.entries()) {
        const last = line.at(-1);
        const element = figures[i];
        // A device without a guard, or without a microphone in use, has no such line.
        const name = names[i];
        if (name) name.hidden = i > 0 && line.every((value) => value === null);
        if (element) setText(element, last === null || last === undefined ? '–' : shortNumber(last));
      }
      // A hidden panel is not drawn.
      if (canvasBox.clientWidth > 0) plot?.setData(columns);
    },
  };
}

function shortNumber(value: number): string {
  if (Math.abs(value) >= 10_000) return `${Math.round(value / 1_000)}k`;
  return String(Math.abs(value) >= 20 ? Math.round(value) : Math.round(value * 10) / 10);
}
