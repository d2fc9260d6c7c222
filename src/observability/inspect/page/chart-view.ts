/**
 * The chart of the selected machine: drawn once, then only highlighted. Shows active states, the last transition and running time-outs.
 */
import Elk from 'elkjs/lib/elk-api.js';
import type { ActorState } from '../actors-state.ts';
import { type Chart, eventOf } from '../chart.ts';
import { type Drawing, drawChart } from '../drawing/drawing.ts';
import { METRICS } from '../drawing/graph.ts';
import { byId, h, setClass, setText, svg } from './dom.ts';
import { eventText, valueText } from './names.ts';

const SMALLEST = 0.15;
const LARGEST = 2;
/** Below this scale text is not readable: then a part is shown, which follows the active state. */
const READABLE = 0.82;
const MARGIN = 12;

interface DrawnChart {
  drawing: Drawing;
  root: SVGSVGElement;
  states: Map<string, { box: SVGGElement; x: number; y: number; width: number; height: number }>;
  transitions: Map<string, { edge: SVGGElement; text: SVGTextElement; plain: string }>;
}

export interface ChartView {
  /** `nowMs` on the server's clock. */
  show(chart: Chart | undefined, actor: ActorState | undefined, nowMs: number): void;
  /** States that were active too briefly to be seen: they are highlighted for a moment, in order. */
  flash(values: readonly unknown[]): void;
  fit(): void;
}

/** @param openLayouter starts elkjs's worker, which computes the layout */
export function createChartView(openLayouter = () => new Worker('layout.js')): ChartView {
  const container = byId('drawing');
  const activeText = byId('active');
  const lastText = byId('last');
  const details = byId<HTMLInputElement>('details');
  const follow = byId<HTMLInputElement>('follow');
  const elk = new Elk.default({ workerFactory: openLayouter });
  const drawings = new Map<string, Promise<DrawnChart>>();
  let wanted = '';
  let drawn: DrawnChart | undefined;
  let scale = 1;
  let last: Parameters<ChartView['show']> | undefined;
  let followed = '';
  let litStates = new Set<string>();
  let litTransitions = new Set<string>();

  function choose(chart: Chart): void {
    const key = `${chart.id}${details.checked ? ' +' : ''}`;
    if (key === wanted) return;
    wanted = key;
    const drawing = drawings.get(key) ?? drawChart(chart, details.checked, elk).then(build);
    drawings.set(key, drawing);
    drawn = undefined;
    container.replaceChildren(
      h('p', { class: 'drawing-waits', role: 'status' }, `The chart of ${chart.id} is drawn …`),
    );
    drawing.then(show, (error: unknown) => fail(error));

    function fail(error: unknown): void {
      drawings.delete(key);
      if (wanted !== key) return;
      const text = `The chart could not be drawn: ${error instanceof Error ? error.message : String(error)}`;
      container.replaceChildren(h('p', { class: 'drawing-failed', role: 'alert' }, text));
    }

    function show(ready: DrawnChart): void {
      if (wanted !== key) return;
      drawn = ready;
      litStates = new Set();
      litTransitions = new Set();
      for (const lit of ready.root.querySelectorAll('.on')) lit.classList.remove('on');
      container.replaceChildren(ready.root);
      followed = '';
      fit();
      if (last) light(...last);
    }
  }

  function fit(): void {
    if (!drawn) return;
    const { clientWidth, clientHeight } = container;
    const { width, height } = drawn.drawing;
    const whole = Math.min((clientWidth - 2 * MARGIN) / width, (clientHeight - 2 * MARGIN) / height, 1.15);
    zoom(follow.checked ? Math.max(whole, READABLE) : whole);
    followed = '';
  }

  function zoom(next: number): void {
    if (!drawn) return;
    scale = Math.min(LARGEST, Math.max(SMALLEST, next));
    drawn.root.setAttribute('width', String(Math.round(drawn.drawing.width * scale)));
    drawn.root.setAttribute('height', String(Math.round(drawn.drawing.height * scale)));
  }

  function light(_: Chart | undefined, actor: ActorState | undefined, nowMs: number): void {
    if (!drawn) return;
    const active = actor ? activeStates(drawn, actor) : new Set<string>();
    const taken = new Set(actor?.moves ?? []);
    relight(litStates, active, (id) => drawn?.states.get(id)?.box);
    relight(litTransitions, taken, (id) => drawn?.transitions.get(id)?.edge);
    relight(litTransitions, taken, (id) => drawn?.transitions.get(id)?.text);
    litStates = active;
    litTransitions = taken;
    showTimers(drawn, actor, nowMs);
    const key = [...active].join(' ');
    if (key === followed) return;
    followed = key;
    if (follow.checked) bringIntoSight(drawn, active);
  }

  function bringIntoSight(chart: DrawnChart, active: Set<string>): void {
    // The innermost is last.
    const place = [...active].map((id) => chart.states.get(id)).at(-1);
    if (!place) return;
    const { x, y, width, height } = place;
    const still = matchMedia('(prefers-reduced-motion: reduce)').matches;
    container.scrollTo({
      left: (x + width / 2) * scale - container.clientWidth / 2 + MARGIN,
      top: (y + height / 2) * scale - container.clientHeight / 2 + MARGIN,
      behavior: still ? 'instant' : 'smooth',
    });
  }

  details.onchange = () => last?.[0] && choose(last[0]);
  follow.onchange = fit;
  byId('fit').onclick = () => {
    follow.checked = false;
    fit();
  };
  byId('larger').onclick = () => zoom(scale * 1.2);
  byId('smaller').onclick = () => zoom(scale / 1.2);
  let fittedWidth = 0;
  new ResizeObserver(() => {
    // Its own scroll bars do not count.
    if (Math.abs(container.offsetWidth - fittedWidth) > 4) fit();
    fittedWidth = container.offsetWidth;
  }).observe(container);
  makeDraggable(container);

  return {
    show(chart, actor, nowMs) {
      last = [chart, actor, nowMs];
      if (chart) choose(chart);
      light(chart, actor, nowMs);
      setText(activeText, actor?.running === false ? 'ended' : valueText(actor?.value));
      setText(lastText, actor ? lastTakenText(actor) : '');
    },
    flash(values) {
      for (const value of values) {
        for (const id of drawn && last?.[1] ? activeStates(drawn, { ...last[1], value }) : []) {
          const box = drawn?.states.get(id)?.box;
          if (!box || box.classList.contains('on')) continue;
          box.classList.add('passed');
          box.onanimationend = () => box.classList.remove('passed');
        }
      }
    },
    fit,
  };
}

/** The last event; most events change no state and have no arrow. */
function lastTakenText({ lastTaken, moves }: ActorState): string {
  const event = lastTaken === undefined ? '' : eventOf(lastTaken);
  if (event === '' || event === 'xstate.init') return '';
  return `· last: ${eventText(event)}${moves.includes(lastTaken ?? '') ? '' : ', stayed'}`;
}

function relight(before: Set<string>, now: Set<string>, find: (id: string) => Element | undefined): void {
  for (const id of before) if (!now.has(id)) find(id)?.classList.remove('on');
  for (const id of now) find(id)?.classList.add('on');
}

/** Ids of all active states, outer ones first. */
function activeStates({ drawing }: DrawnChart, { value, running }: ActorState): Set<string> {
  const active = new Set<string>();
  if (!running) return active;
  const root = drawing.boxes[0]?.state;
  const visit = (state: typeof root, inner: unknown): void => {
    if (!state) return;
    active.add(state.id);
    for (const child of state.states) {
      if (inner === child.key) visit(child, undefined);
      else if (inner !== null && typeof inner === 'object' && child.key in inner) {
        visit(child, (inner as Record<string, unknown>)[child.key]);
      }
    }
  };
  visit(root, value);
  return active;
}

/** The remaining time of each time-out, at the label of its transition. */
function showTimers({ transitions }: DrawnChart, actor: ActorState | undefined, nowMs: number): void {
  const running = new Map<string, string>();
  for (const { event, startedAt, delayMs } of actor?.timers ?? []) {
    const leftMs = Math.max(0, startedAt + delayMs - nowMs);
    running.set(event, leftMs >= 10_000 ? `${Math.round(leftMs / 1_000)} s` : `${(leftMs / 1_000).toFixed(1)} s`);
  }
  for (const [id, { text, plain }] of transitions) {
    const event = eventOf(id);
    if (!event.startsWith('xstate.after.')) continue;
    const left = running.get(event);
    setText(text, left === undefined ? plain : `${plain} ${left}`);
    setClass(text, 'running', left !== undefined);
  }
}

function build(drawing: Drawing): DrawnChart {
  const { width, height } = drawing;
  const states: DrawnChart['states'] = new Map();
  const transitions: DrawnChart['transitions'] = new Map();
  const { titleHeight, lineHeight, padding } = METRICS;
  const boxes = drawing.boxes.map(({ state, lines, x, y, width: w, height: h }) => {
    const box = svg(
      'g',
      { class: `state ${state.type}`, 'data-state': state.id },
      svg('rect', { x, y, width: w, height: h, rx: 7 }),
      svg('text', { class: 'title', x: x + padding, y: y + 19 }, state.key),
      ...(state.type === 'parallel' ? [svg('text', { class: 'kind', x: x + w - 66, y: y + 18 }, 'parallel')] : []),
      ...lines.map((line, i) => svg('text', { x: x + padding, y: y + titleHeight + 10 + i * lineHeight }, line)),
    );
    states.set(state.id, { box, x, y, width: w, height: h });
    return box;
  });
  const dots = drawing.dots.map(({ x, y }) => svg('circle', { class: 'dot', cx: x, cy: y, r: 5 }));
  const labels: SVGGElement[] = [];
  const edges = drawing.edges.map(({ path, lines, label }) => {
    const edge = svg('g', { class: 'edge' }, svg('path', { d: path, 'marker-end': 'url(#tip)' }));
    if (label) {
      const { x, y, width: w, height: h } = label;
      const texts = lines.map(({ transition, text }, i) => {
        const actions = transition.actions.length > 0 ? ` / ${transition.actions.join(', ')}` : '';
        const line = svg('text', { x: x + 5, y: y + 12 + i * lineHeight }, text);
        const titled = svg('g', {}, svg('title', {}, `${text}${actions}`), line);
        transitions.set(transition.id, { edge, text: line, plain: text });
        return titled;
      });
      labels.push(svg('g', { class: 'label' }, svg('rect', { x, y, width: w, height: h, rx: 3 }), ...texts));
    }
    return edge;
  });
  const tip = (id: string) =>
    svg(
      'marker',
      { id, viewBox: '0 0 8 8', refX: 7, refY: 4, markerWidth: 7, markerHeight: 7, orient: 'auto' },
      svg('path', { d: 'M0 0L8 4L0 8z' }),
    );
  const root = svg(
    'svg',
    { viewBox: `-2 -2 ${Math.ceil(width) + 4} ${Math.ceil(height) + 4}` },
    svg('defs', {}, tip('tip'), tip('tip-on')),
    ...boxes,
    ...dots,
    ...edges,
    ...labels,
  );
  return { drawing, root, states, transitions };
}

/** The chart is moved by dragging, or with the keys of a scrolled element. */
function makeDraggable(container: HTMLElement): void {
  let from: { x: number; y: number; left: number; top: number } | undefined;
  container.onpointerdown = ({ pointerType, button, clientX, clientY }) => {
    if (pointerType !== 'mouse' || button !== 0) return;
    from = { x: clientX, y: clientY, left: container.scrollLeft, top: container.scrollTop };
  };
  container.onpointermove = ({ clientX, clientY }) => {
    if (!from) return;
    container.scrollLeft = from.left + from.x - clientX;
    container.scrollTop = from.top + from.y - clientY;
  };
  for (const end of ['pointerup', 'pointerleave', 'pointercancel'] as const) {
    container.addEventListener(end, () => {
      from = undefined;
    });
  }
}
