/**
 * The tree of actors with state and number of restarts. Selecting one shows its chart.
 */
import type { ActorState, ActorsState } from '../actors-state.ts';
import { byId, h, setClass, setText } from './dom.ts';
import { isSupervisor, treeOrder, valueText } from './names.ts';

export interface ActorsView {
  show(state: ActorsState, chosen: number | undefined): void;
}

interface Row {
  item: HTMLLIElement;
  button: HTMLButtonElement;
  name: HTMLElement;
  state: HTMLElement;
  traffic: HTMLElement;
  restarts: HTMLElement;
}

export function createActorsView(choose: (a: number) => void): ActorsView {
  const list = byId('tree');
  const rows = new Map<number, Row>();
  let order = '';

  function rowOf(actor: ActorState, depth: number): Row {
    const before = rows.get(actor.a);
    if (before) return before;
    const name = h('span', { class: 'name' });
    const state = h('span', { class: 'value' });
    const traffic = h('span', { class: 'traffic', title: 'messages received / sent' });
    const restarts = h('span', { class: 'restarts' });
    const button = h('button', { type: 'button', 'data-actor': actor.a }, name, state, restarts, traffic);
    button.style.setProperty('--depth', String(depth));
    button.onclick = () => choose(actor.a);
    const row = { item: h('li', {}, button), button, name, state, traffic, restarts };
    rows.set(actor.a, row);
    return row;
  }

  return {
    show(actorsState, chosen) {
      const tree = visible(actorsState);
      const next = tree.map(({ actor, depth }) => `${actor.a}/${depth}`).join(' ');
      if (next !== order) {
        order = next;
        list.replaceChildren(...tree.map(({ actor, depth }) => rowOf(actor, depth).item));
        for (const a of rows.keys()) if (!tree.some(({ actor }) => actor.a === a)) rows.delete(a);
      }
      for (const { actor, depth } of tree) {
        const { button, name, state, traffic, restarts } = rowOf(actor, depth);
        const supervised = isSupervisor(actor) ? worker(actorsState, actor) : undefined;
        const started = actor.restarts + (supervised?.restarts ?? 0);
        setText(name, actor.name);
        setText(state, stateText(actor, supervised));
        state.title = state.textContent ?? '';
        setText(restarts, started > 0 ? `↻ ${started}` : '');
        setText(traffic, `${actor.received} / ${actor.sent}`);
        setClass(button, 'ended', !actor.running);
        setClass(button, 'trouble', supervised?.running === false);
        setClass(button, 'machine', actor.chart !== undefined && !isSupervisor(actor));
        const pressed = String(actor.a === chosen);
        if (button.getAttribute('aria-pressed') !== pressed) button.setAttribute('aria-pressed', pressed);
      }
    },
  };
}

function stateText(actor: ActorState, supervised: ActorState | undefined): string {
  if (!actor.running) return 'ended';
  if (supervised) return supervised.running ? 'running' : 'restarting';
  return actor.chart === undefined ? 'running' : valueText(actor.value);
}

/** Supervised actors are shown by their supervisors. */
function visible(state: ActorsState): { actor: ActorState; depth: number }[] {
  return treeOrder(state).filter(({ actor }) => {
    const parent = actor.parent === undefined ? undefined : state.actors.get(actor.parent);
    return !parent || !isSupervisor(parent);
  });
}

function worker(state: ActorsState, supervisor: ActorState): ActorState | undefined {
  return [...state.actors.values()].find(({ parent }) => parent === supervisor.a);
}
