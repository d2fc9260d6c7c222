/**
 * `?inspect`: the charts of the machines that run in this page, live, beside the conversation. Loaded only then.
 */
import type { AnyActorRef } from 'xstate';
import { type ActorState, apply, emptyActorsState } from '../../../observability/inspect/actors-state.ts';
import { createChartView } from '../../../observability/inspect/page/chart-view.ts';
import { h } from '../../../observability/inspect/page/dom.ts';
import { createTap } from '../../../observability/inspect/tap.ts';

/** What is shown first. */
const FIRST_CHART = 'conversation';
/** How often the remaining time of running time-outs is written. */
const REFRESH_MS = 200;

/** Returns what observes a root actor; it must be called before that is started. */
export function createInspection(): (root: AnyActorRef) => void {
  const state = emptyActorsState();
  const flashed: unknown[] = [];
  let chosen = FIRST_CHART;
  const now = () => performance.now();
  const tap = createTap((entry) => {
    apply(state, entry);
    if (entry.k === 'actor') offerMachines();
    if (entry.k === 'step' && state.actors.get(entry.a)?.chart === chosen) flashed.push(entry.value);
    schedule();
  }, now);

  const machine = h('select', { id: 'machine', 'aria-label': 'Machine' });
  document.head.append(h('link', { rel: 'stylesheet', href: 'inspect.css' }));
  document.body.append(panel(machine));
  const view = createChartView(openLayouter);
  machine.onchange = () => {
    chosen = machine.value;
    show();
  };
  let isScheduled = false;
  setInterval(show, REFRESH_MS);

  function offerMachines(): void {
    const charts = [...new Set([...state.actors.values()].map(({ chart }) => chart).filter((id) => id !== undefined))];
    if (charts.length === machine.options.length) return;
    machine.replaceChildren(...charts.map((id) => h('option', { value: id, selected: id === chosen }, id)));
  }

  function schedule(): void {
    if (isScheduled) return;
    isScheduled = true;
    requestAnimationFrame(() => {
      isScheduled = false;
      show();
    });
  }

  function show(): void {
    const chart = state.charts.get(chosen);
    const actor = lastOf([...state.actors.values()].filter((each) => each.chart === chosen));
    view.show(chart, actor, now());
    view.flash(flashed.splice(0));
  }

  return (root) => tap.attach(root, root.id);
}

/** The one that runs, or the last that did. */
function lastOf(actors: readonly ActorState[]): ActorState | undefined {
  return actors.find(({ running }) => running) ?? actors.at(-1);
}

/** The elements that the chart view looks for. */
function panel(machine: HTMLSelectElement): HTMLElement {
  const check = (id: string, text: string, checked: boolean) =>
    h('label', { class: 'check' }, h('input', { type: 'checkbox', id, checked }), text);
  const button = (id: string, text: string, label?: string) =>
    h('button', { type: 'button', id, 'aria-label': label }, text);
  return h(
    'aside',
    { id: 'inspection', 'aria-label': 'Machines of this page' },
    h(
      'div',
      { class: 'row' },
      machine,
      check('details', 'details', false),
      check('follow', 'follow', true),
      h('span', { class: 'space' }),
      h(
        'span',
        { class: 'group' },
        button('smaller', '−', 'Smaller'),
        button('fit', 'Fit'),
        button('larger', '+', 'Larger'),
      ),
    ),
    h('p', { class: 'where mono' }, h('span', { id: 'active' }), ' ', h('span', { id: 'last', class: 'quiet' })),
    h('div', { id: 'drawing', class: 'scroll', tabindex: 0, role: 'region', 'aria-label': 'State chart' }),
  );
}

/** A policy for Trusted Types: the one script that this page starts by its address. */
function openLayouter(): Worker {
  const address = new URL('layout.js', location.href).href;
  const { trustedTypes } = globalThis as { trustedTypes?: { createPolicy(name: string, rules: object): Policy } };
  const trusted = trustedTypes?.createPolicy('earshot-layout', { createScriptURL: (url: string) => url });
  return new Worker(trusted ? trusted.createScriptURL(address) : address);
}

interface Policy {
  createScriptURL(url: string): string;
}
