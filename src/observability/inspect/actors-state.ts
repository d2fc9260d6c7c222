/**
 * The state of all actors at one moment, computed from entries; and the entries that restore it, so that a sequence can begin in the middle:
 * a page's history, a file of the flight recorder.
 */
import type { Chart, ChartState } from './chart.ts';
import type { Entry, Timer } from './entries.ts';

type ClockReading = Extract<Entry, { k: 'clock' }>;

export interface ActorState {
  a: number;
  name: string;
  parent?: number;
  chart?: string;
  input?: unknown;
  running: boolean;
  /** When it was last started. */
  since: number;
  restarts: number;
  received: number;
  sent: number;
  value?: unknown;
  context?: unknown;
  /** Ids of the transitions of the last step that changed its state. */
  moves: readonly string[];
  /** Id of the transition of its last event, whether the state changed or not. */
  lastTaken: string | undefined;
  timers: Timer[];
}

export interface ActorsState {
  /** The last reading of the wall clock. */
  clock?: ClockReading;
  charts: Map<string, Chart>;
  actors: Map<number, ActorState>;
}

/** Ended root actors that are still shown; a gateway has many sessions. */
const ENDED_ROOTS_KEPT = 8;

export function emptyActorsState(): ActorsState {
  return { charts: new Map(), actors: new Map() };
}

export function apply(state: ActorsState, entry: Entry): void {
  switch (entry.k) {
    case 'clock':
      state.clock = entry;
      return;
    case 'chart':
      state.charts.set(entry.chart.id, entry.chart);
      return;
    case 'actor':
      return start(state, entry);
    case 'gone': {
      const actor = state.actors.get(entry.a);
      if (!actor) return;
      state.actors.set(entry.a, { ...actor, running: false, timers: [] });
      if (actor.parent === undefined) forgetEnded(state);
      return;
    }
    case 'msg': {
      const to = state.actors.get(entry.to);
      if (to) state.actors.set(to.a, { ...to, received: to.received + 1 });
      const from = entry.from === undefined ? undefined : state.actors.get(entry.from);
      if (from) state.actors.set(from.a, { ...from, sent: from.sent + 1 });
      return;
    }
    case 'step': {
      const actor = state.actors.get(entry.a);
      if (!actor) return;
      const { value, taken, timers } = entry;
      const context = 'context' in entry ? entry.context : actor.context;
      const moves = taken.filter((id) => isMove(state, actor, id));
      state.actors.set(entry.a, {
        ...actor,
        value,
        context,
        timers,
        // A step without a change of state has no arrow: the last transition stays shown.
        ...(moves.length > 0 ? { moves } : {}),
        lastTaken: taken.at(0) ?? actor.lastTaken,
      });
    }
  }
}

/** Transitions with a target, of each chart. */
const movesOf = new WeakMap<Chart, Set<string>>();

function isMove(state: ActorsState, { chart: id = '' }: ActorState, transition: string): boolean {
  const chart = state.charts.get(id);
  if (!chart) return false;
  const moves = movesOf.get(chart) ?? new Set(movesIn(chart.root));
  movesOf.set(chart, moves);
  return moves.has(transition);
}

function movesIn({ transitions, states }: ChartState): string[] {
  const own = transitions.filter(({ targets }) => targets.length > 0).map(({ id }) => id);
  return [...own, ...states.flatMap(movesIn)];
}

function start(state: ActorsState, entry: Extract<Entry, { k: 'actor' }>): void {
  const { a, name, parent, chart, input, counts, t } = entry;
  const before = state.actors.get(a);
  state.actors.set(a, {
    a,
    name,
    ...(parent === undefined ? {} : { parent }),
    ...(chart === undefined ? {} : { chart }),
    ...(input === undefined ? {} : { input }),
    running: counts?.running ?? true,
    since: counts?.since ?? t,
    restarts: counts?.restarts ?? (before ? before.restarts + 1 : 0),
    received: counts?.received ?? before?.received ?? 0,
    sent: counts?.sent ?? before?.sent ?? 0,
    moves: [],
    lastTaken: undefined,
    timers: [],
  });
}

function forgetEnded(state: ActorsState): void {
  const ended = [...state.actors.values()].filter(({ parent, running }) => parent === undefined && !running);
  for (const { a } of ended.slice(0, Math.max(0, ended.length - ENDED_ROOTS_KEPT))) forget(state, a);
}

function forget(state: ActorsState, a: number): void {
  state.actors.delete(a);
  for (const child of [...state.actors.values()]) if (child.parent === a) forget(state, child.a);
}

/** A copy that does not change when the original does. */
export function copyActorsState({ clock, charts, actors }: ActorsState): ActorsState {
  return { ...(clock && { clock }), charts: new Map(charts), actors: new Map(actors) };
}

/** Entries that restore this state from an empty one. */
export function describeActorsState(state: ActorsState, t: number): Entry[] {
  const charts: Entry[] = [...state.charts.values()].map((chart) => ({ k: 'chart', chart }));
  return [
    ...(state.clock ? [state.clock] : []),
    ...charts,
    ...[...state.actors.values()].flatMap((actor) => describeActor(actor, t)),
  ];
}

function describeActor(actor: ActorState, t: number): Entry[] {
  const { a, name, parent, chart, input, received, sent, restarts, running, since } = actor;
  const started: Entry = {
    k: 'actor',
    t,
    a,
    name,
    ...(parent === undefined ? {} : { parent }),
    ...(chart === undefined ? {} : { chart }),
    ...(input === undefined ? {} : { input }),
    counts: { received, sent, restarts, running, since },
  };
  if (actor.value === undefined) return [started];
  const { value, context, moves, lastTaken, timers } = actor;
  const taken = [...new Set([...(lastTaken === undefined ? [] : [lastTaken]), ...moves])];
  return [started, { k: 'step', t, a, value, context, taken, timers }];
}
