/**
 * Sends events to the selected machine: a button for each event that its active states accept, a form for events with fields.
 */

import type { ActorState } from '../actors-state.ts';
import type { Chart, ChartState } from '../chart.ts';
import { byId, h, setText } from './dom.ts';

export interface SendView {
  show(chart: Chart | undefined, actor: ActorState | undefined, canSend: boolean): void;
}

type Send = (a: number, event: { type: string }) => void;

export function createSendView(send: Send, templates: () => Record<string, object>, nowMs: () => number): SendView {
  const container = byId('events');
  const to = byId('send-to');
  const dialog = byId<HTMLDialogElement>('form');
  let shown = '';
  let current: ActorState | undefined;

  function press(type: string): void {
    const template = templates()[type] ?? {};
    if (!current) return;
    if (Object.keys(template).length === 0) send(current.a, { type });
    else openForm(dialog, type, prefill(template, current, nowMs()), (event) => current && send(current.a, event));
  }

  return {
    show(chart, actor, canSend) {
      current = actor;
      setText(to, actor ? `to ${actor.name}` : '');
      const groups = chart && actor?.running && canSend ? accepted(chart.root, actor.value) : [];
      const key = `${actor?.a} ${groups.map(({ types }) => types.join()).join('|')} ${canSend}`;
      if (key === shown) return;
      shown = key;
      const focused = (document.activeElement as HTMLElement | null)?.dataset.event;
      container.replaceChildren(
        ...groups.flatMap(({ when, types }) => [
          h('h3', {}, when),
          ...types.map((type) => {
            const button = h('button', { type: 'button', 'data-event': type }, type);
            button.onclick = () => press(type);
            return button;
          }),
        ]),
        ...(groups.length === 0 ? [h('p', { class: 'quiet' }, why(chart, actor, canSend))] : []),
      );
      if (focused !== undefined) container.querySelector<HTMLElement>(`[data-event="${CSS.escape(focused)}"]`)?.focus();
    },
  };
}

function why(chart: Chart | undefined, actor: ActorState | undefined, canSend: boolean): string {
  if (!canSend) return 'Events can be sent only while it is live.';
  if (!actor?.running) return 'This actor has ended.';
  return chart ? 'It takes no events in this state.' : 'This actor is no machine.';
}

interface AcceptedEvents {
  when: string;
  types: string[];
}

/** Events that are accepted now: likely are those of the active states, which are handled there alone; others come in every state. */
function accepted(root: ChartState, value: unknown): AcceptedEvents[] {
  const ofState = new Set<string>();
  const visit = (state: ChartState, inner: unknown): void => {
    for (const child of state.states) {
      if (inner === child.key) visit(child, undefined);
      else if (inner !== null && typeof inner === 'object' && child.key in inner) {
        visit(child, (inner as Record<string, unknown>)[child.key]);
      }
    }
    if (state !== root) for (const type of eventsOf(state)) ofState.add(type);
  };
  visit(root, value);
  const always = eventsOf(root).filter((type) => !ofState.has(type));
  return [
    { when: 'in this state', types: [...ofState] },
    { when: 'in every state', types: [...new Set(always)] },
  ].filter(({ types }) => types.length > 0);
}

function eventsOf({ transitions }: ChartState): string[] {
  return transitions.map(({ event }) => event).filter((event) => event !== '' && !event.startsWith('xstate.'));
}

/** Times by the wall clock; all others are monotonic (src/core/contracts/). */
const DATES = ['startedAtMs', 'expiresAtMs'];

/** Likely values: the current turn, the current time, a new id. */
function prefill(template: object, { context }: ActorState, nowMs: number): Record<string, unknown> {
  const { turn } = (context ?? {}) as { turn?: number };
  return Object.fromEntries(
    Object.entries(template).map(([key, value]) => {
      if (key === 'turn' && turn !== undefined) return [key, turn];
      if (DATES.includes(key)) return [key, Date.now()];
      if (key.endsWith('AtMs') || key === 'atMs') return [key, nowMs];
      if (key === 'id' && value === '') return [key, crypto.randomUUID()];
      return [key, value];
    }),
  );
}

function openForm(
  dialog: HTMLDialogElement,
  type: string,
  values: Record<string, unknown>,
  onSend: (event: { type: string }) => void,
): void {
  const fields = Object.entries(values).map(([key, value]) => createField(key, value));
  const problem = h('p', { class: 'problem', role: 'alert' });
  const cancel = h('button', { type: 'button' }, 'Cancel');
  const form = h(
    'form',
    { method: 'dialog' },
    h('h2', { id: 'form-title' }, type),
    ...fields.map(({ row }) => row),
    problem,
    h('div', { class: 'bar' }, h('span', { class: 'space' }), cancel, h('button', { class: 'primary' }, 'Send')),
  );
  cancel.onclick = () => dialog.close();
  form.onsubmit = (event) => {
    try {
      onSend({ type, ...Object.fromEntries(fields.map(({ key, read }) => [key, read()])) });
    } catch (error) {
      event.preventDefault();
      problem.textContent = String(error instanceof Error ? error.message : error);
    }
  };
  dialog.replaceChildren(form);
  dialog.showModal();
}

interface Field {
  key: string;
  row: HTMLElement;
  read(): unknown;
}

function createField(key: string, value: unknown): Field {
  if (typeof value === 'boolean') {
    const input = h('input', { type: 'checkbox', checked: value });
    return { key, row: h('label', { class: 'field' }, h('span', {}, key), input), read: () => input.checked };
  }
  if (typeof value === 'object') {
    const input = h('textarea', { rows: 3, spellcheck: 'false' });
    input.value = JSON.stringify(value, null, 1);
    const read = () => JSON.parse(input.value) as unknown;
    return { key, row: h('label', { class: 'field' }, h('span', {}, key), input), read };
  }
  const isNumber = typeof value === 'number';
  const input = h('input', { type: isNumber ? 'number' : 'text', step: 'any', value: String(value) });
  const read = () => (isNumber ? Number(input.value) : input.value);
  return { key, row: h('label', { class: 'field' }, h('span', {}, key), input), read };
}
