/**
 * The state of all actors at one moment, folded from entries; and the entries that bring it back, so that a sequence can
 * begin in the middle: with the page's history, with each file of the flight recorder.
 */
import type { Chart } from './chart.ts';
import type { Entry, Timer } from './entries.ts';

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
  taken: string[];
  timers: Timer[];
  steppedAt: number;
}

export interface World {
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
      const { value, taken, timers, t } = entry;
      const context = 'context' in entry ? entry.context : actor.context;
      // A step that took nothing leaves the last transition in sight.
      world.actors.set(entry.a, {
        ...actor,
        value,
        context,
        timers,
        ...(taken.length > 0 ? { taken, steppedAt: t } : {}),
      });
    }
  }
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
    taken: [],
    timers: [],
    steppedAt: 0,
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
export function copyWorld({ charts, actors }: World): World {
  return { charts: new Map(charts), actors: new Map(actors) };
}

/** Entries that make this world out of an empty one. */
export function describeWorld(world: World, t: number): Entry[] {
  const charts: Entry[] = [...world.charts.values()].map((chart) => ({ k: 'chart', chart }));
  return [...charts, ...[...world.actors.values()].flatMap((actor) => describeActor(actor, t))];
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
  const { value, context, taken, timers } = actor;
  return [started, { k: 'step', t, a, value, context, taken, timers }];
}
