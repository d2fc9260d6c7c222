/**
 * The state of all actors at one moment, folded from entries; and the entries that bring it back, so that a sequence can
 * begin in the middle: with the page's history, with each file of the flight recorder.
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
  /** Ids of the transitions by which it came to where it is: those of the last step that took it anywhere. */
  moves: readonly string[];
  /** Id of the transition by which it took its last event, whether it moved or stayed. */
  lastTaken: string | undefined;
  timers: Timer[];
}

export interface World {
  /** The last reading of the wall clock. */
  clock?: ClockReading;
  charts: Map<string, Chart>;
  actors: Map<number, ActorState>;
}

/** Roots that have ended and are still shown; a gateway sees many sessions. */
const ENDED_ROOTS_KEPT = 8;

export function createWorld(): World {
  return { charts: new Map(), actors: new Map() };
}

export function apply(world: World, entry: Entry): void {
  switch (entry.k) {
    case 'clock':
      world.clock = entry;
      return;
    case 'chart':
      world.charts.set(entry.chart.id, entry.chart);
      return;
    case 'actor':
      return start(world, entry);
    case 'gone': {
      const actor = world.actors.get(entry.a);
      if (!actor) return;
      world.actors.set(entry.a, { ...actor, running: false, timers: [] });
      if (actor.parent === undefined) forgetEnded(world);
      return;
    }
    case 'msg': {
      const to = world.actors.get(entry.to);
      if (to) world.actors.set(to.a, { ...to, received: to.received + 1 });
      const from = entry.from === undefined ? undefined : world.actors.get(entry.from);
      if (from) world.actors.set(from.a, { ...from, sent: from.sent + 1 });
      return;
    }
    case 'step': {
      const actor = world.actors.get(entry.a);
      if (!actor) return;
      const { value, taken, timers } = entry;
      const context = 'context' in entry ? entry.context : actor.context;
      const moves = taken.filter((id) => isMove(world, actor, id));
      world.actors.set(entry.a, {
        ...actor,
        value,
        context,
        timers,
        // A step that stays leaves the last transition in sight: there is no arrow for what it did.
        ...(moves.length > 0 ? { moves } : {}),
        lastTaken: taken.at(0) ?? actor.lastTaken,
      });
    }
  }
}

/** Transitions that lead somewhere, of each chart. */
const movesOf = new WeakMap<Chart, Set<string>>();

function isMove(world: World, { chart: id = '' }: ActorState, transition: string): boolean {
  const chart = world.charts.get(id);
  if (!chart) return false;
  const moves = movesOf.get(chart) ?? new Set(movesIn(chart.root));
  movesOf.set(chart, moves);
  return moves.has(transition);
}

function movesIn({ transitions, states }: ChartState): string[] {
  const own = transitions.filter(({ targets }) => targets.length > 0).map(({ id }) => id);
  return [...own, ...states.flatMap(movesIn)];
}

function start(world: World, entry: Extract<Entry, { k: 'actor' }>): void {
  const { a, name, parent, chart, input, counts, t } = entry;
  const before = world.actors.get(a);
  world.actors.set(a, {
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

function forgetEnded(world: World): void {
  const ended = [...world.actors.values()].filter(({ parent, running }) => parent === undefined && !running);
  for (const { a } of ended.slice(0, Math.max(0, ended.length - ENDED_ROOTS_KEPT))) forget(world, a);
}

function forget(world: World, a: number): void {
  world.actors.delete(a);
  for (const child of [...world.actors.values()]) if (child.parent === a) forget(world, child.a);
}

/** A copy that does not change when the original does. */
export function copyWorld({ clock, charts, actors }: World): World {
  return { ...(clock && { clock }), charts: new Map(charts), actors: new Map(actors) };
}

/** Entries that make this world out of an empty one. */
export function describeWorld(world: World, t: number): Entry[] {
  const charts: Entry[] = [...world.charts.values()].map((chart) => ({ k: 'chart', chart }));
  return [
    ...(world.clock ? [world.clock] : []),
    ...charts,
    ...[...world.actors.values()].flatMap((actor) => describeActor(actor, t)),
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
