/**
 * Messages between actors as a sequence diagram: time runs down, each actor has a lane. Only visible rows
 * are in the document, so ten thousand cost as much as fifty.
 */

import type { ActorsState } from '../actors-state.ts';
import type { Entry } from '../entries.ts';
import { byId, h, setClass, setText } from './dom.ts';
import { clockText, eventText, isSupervisor, laneOf, nameOf, treeOrder } from './names.ts';
import type { Timeline } from './timeline.ts';

export type Message = Extract<Entry, { k: 'msg' }>;

const ROW_HEIGHT = 20;
/** Extra rows above and below, so that scrolling shows no gaps. */
const OVERSCAN = 6;

export interface MessagesView {
  show(timeline: Timeline): void;
}

interface Row {
  element: HTMLElement;
  time: HTMLElement;
  type: HTMLElement;
  arrow: HTMLElement;
  path: HTMLElement;
  message: Message | undefined;
}

export function createMessagesView(onChosen: (message: Message | undefined) => void): MessagesView {
  const list = byId('list');
  const lanesBox = byId('lanes');
  const laneChoice = byId<HTMLSelectElement>('lane');
  const typeFilter = byId<HTMLInputElement>('type');
  const count = byId('message-count');
  const sizer = h('div', { class: 'sizer' });
  const grid = h('div', { class: 'grid', 'aria-hidden': 'true' });
  list.append(grid, sizer);
  const pool: Row[] = [];
  let messages: Message[] = [];
  /** Number of entries that were processed. */
  let looked = 0;
  let forgotten = 0;
  let filter = '';
  let lanes: { a: number | undefined; name: string }[] = [];
  let state: ActorsState | undefined;
  let wallMs: Timeline['wallMs'] = (t) => t;
  let chosen: number | undefined;
  let sticks = true;

  /** A supervisor forwards each message, so it would be shown twice. */
  function isWanted(message: Message): boolean {
    if (!state) return false;
    const from = laneOf(state, message.from)?.a;
    const to = laneOf(state, message.to)?.a;
    if (from === to && message.from !== message.to) return false;
    const self = state.actors.get(message.to);
    if (message.from === message.to && self && isSupervisor(self) && eventText(message.event.type) === 'after steady') {
      return false;
    }
    const only = laneChoice.value === '' ? undefined : Number(laneChoice.value);
    if (only !== undefined && from !== only && to !== only) return false;
    const text = typeFilter.value.trim().toLowerCase();
    return text === '' || eventText(message.event.type).toLowerCase().includes(text);
  }

  function collect(timeline: Timeline): void {
    const key = `${laneChoice.value} ${typeFilter.value}`;
    const behind = timeline.forgotten - forgotten;
    forgotten = timeline.forgotten;
    looked -= behind;
    if (behind > 0) messages = messages.filter((message) => message.t >= timeline.startMs);
    if (key !== filter || looked > timeline.shown || looked < 0) {
      messages = [];
      looked = 0;
    }
    filter = key;
    for (; looked < timeline.shown; looked++) {
      const entry = timeline.entries[looked];
      if (entry?.k === 'msg' && isWanted(entry)) messages.push(entry);
    }
  }

  function showLanes(next: ActorsState): void {
    const tree = treeOrder(next).filter(({ actor }) => laneOf(next, actor.a)?.a === actor.a && actor.running);
    const wanted = [{ a: undefined, name: 'outside' }, ...tree.map(({ actor: { a, name } }) => ({ a, name }))];
    if (wanted.map(({ name }) => name).join() === lanes.map(({ name }) => name).join()) return;
    lanes = wanted;
    lanesBox.replaceChildren(
      ...lanes.map(({ name }, i) => {
        const label = h('span', {}, name);
        label.style.setProperty('--at', laneAt(i));
        return label;
      }),
    );
    grid.replaceChildren(
      ...lanes.map((_, i) => {
        const line = h('i');
        line.style.setProperty('--at', laneAt(i));
        return line;
      }),
    );
    const before = laneChoice.value;
    laneChoice.replaceChildren(
      h('option', { value: '' }, 'all actors'),
      ...lanes.slice(1).map(({ a, name }) => h('option', { value: a }, name)),
    );
    laneChoice.value = before;
  }

  const laneAt = (i: number) => ((i + 0.5) / Math.max(1, lanes.length)).toFixed(4);

  function newRow(): Row {
    const time = h('time');
    const type = h('span', { class: 'type' });
    const arrow = h('i', { class: 'arrow' });
    const path = h('span', { class: 'path clip' });
    const element = h(
      'div',
      { role: 'option', class: 'message-row' },
      time,
      type,
      h('span', { class: 'lanes' }, arrow, path),
    );
    const row: Row = { element, time, type, arrow, path, message: undefined };
    element.hidden = true;
    element.onclick = () => choose(row.message);
    list.append(element);
    pool.push(row);
    return row;
  }

  function draw(): void {
    const height = messages.length * ROW_HEIGHT;
    sizer.style.height = `${height}px`;
    if (sticks) list.scrollTop = height;
    const first = Math.max(0, Math.floor(list.scrollTop / ROW_HEIGHT) - OVERSCAN);
    const rows = Math.ceil(list.clientHeight / ROW_HEIGHT) + 2 * OVERSCAN;
    for (let i = 0; i < Math.max(rows, pool.length); i++) {
      const message = i < rows ? messages[first + i] : undefined;
      fill(pool[i] ?? newRow(), message, first + i);
    }
    setText(count, `${messages.length}`);
  }

  function fill(row: Row, message: Message | undefined, index: number): void {
    setClass(row.element, 'chosen', message !== undefined && message.n === chosen);
    if (message) row.element.style.setProperty('--y', `${index * ROW_HEIGHT}px`);
    // Also in existing rows: the clock may have been set.
    if (message) setText(row.time, clockText(wallMs(message.t)).slice(3));
    if (row.message === message) return;
    row.message = message;
    row.element.hidden = message === undefined;
    if (!message || !state) return;
    const from = lanes.findIndex(({ a }) => a === laneOf(state as ActorsState, message.from)?.a);
    const to = lanes.findIndex(({ a }) => a === laneOf(state as ActorsState, message.to)?.a);
    row.element.id = `message-${message.n}`;
    setText(row.type, eventText(message.event.type));
    setText(row.path, `${nameOf(state, message.from)} → ${nameOf(state, message.to)}`);
    row.element.title = row.path.textContent ?? '';
    row.arrow.hidden = from === -1 || to === -1;
    row.arrow.style.setProperty('--from', laneAt(Math.min(from, to)));
    row.arrow.style.setProperty('--to', laneAt(Math.max(from, to)));
    row.arrow.className = `arrow ${from === to ? 'self' : from < to ? 'right' : 'left'}`;
  }

  function choose(message: Message | undefined): void {
    chosen = message?.n;
    if (message) list.setAttribute('aria-activedescendant', `message-${message.n}`);
    else list.removeAttribute('aria-activedescendant');
    onChosen(message);
    draw();
  }

  function move(by: number): void {
    const at = messages.findIndex(({ n }) => n === chosen);
    const next = at === -1 ? messages.length - 1 : Math.min(messages.length - 1, Math.max(0, at + by));
    const top = next * ROW_HEIGHT;
    sticks = false;
    if (top < list.scrollTop) list.scrollTop = top;
    else if (top + ROW_HEIGHT > list.scrollTop + list.clientHeight)
      list.scrollTop = top + ROW_HEIGHT - list.clientHeight;
    choose(messages[next]);
  }

  list.onscroll = () => {
    sticks = list.scrollTop + list.clientHeight > messages.length * ROW_HEIGHT - 2 * ROW_HEIGHT;
    draw();
  };
  list.onkeydown = (event) => {
    const steps: Record<string, number> = {
      ArrowUp: -1,
      ArrowDown: 1,
      PageUp: -15,
      PageDown: 15,
      Home: -1e9,
      End: 1e9,
    };
    const by = steps[event.key];
    if (by !== undefined) move(by);
    else if (event.key === 'Escape' && chosen !== undefined) choose(undefined);
    else return;
    event.preventDefault();
    event.stopPropagation();
  };
  let redraw: (() => void) | undefined;
  laneChoice.onchange = () => redraw?.();
  typeFilter.oninput = () => redraw?.();
  new ResizeObserver(() => {
    grid.style.setProperty('--height', `${list.clientHeight}px`);
    draw();
  }).observe(list);

  return {
    show(timeline) {
      ({ state, wallMs } = timeline);
      redraw = () => {
        collect(timeline);
        draw();
      };
      showLanes(timeline.state);
      redraw();
    },
  };
}
