/**
 * Names on the page. To all others a supervisor is its actor (machines/supervise.ts), so both have one name and one lane.
 */

import type { ActorState, ActorsState } from '../actors-state.ts';
import { delayOf } from '../chart.ts';

export function isSupervisor({ chart }: ActorState): boolean {
  return chart?.startsWith('supervise-') === true;
}

/** The actor in whose lane this one is drawn. */
export function laneOf(state: ActorsState, a: number | undefined): ActorState | undefined {
  const actor = a === undefined ? undefined : state.actors.get(a);
  const parent = actor?.parent === undefined ? undefined : state.actors.get(actor.parent);
  return parent && isSupervisor(parent) ? parent : actor;
}

export function nameOf(state: ActorsState, a: number | undefined): string {
  return laneOf(state, a)?.name ?? 'outside';
}

/** In the order of the tree: parents before children. */
export function treeOrder(state: ActorsState): { actor: ActorState; depth: number }[] {
  const children = new Map<number | undefined, ActorState[]>();
  for (const actor of state.actors.values()) {
    const siblings = children.get(actor.parent) ?? [];
    siblings.push(actor);
    children.set(actor.parent, siblings);
  }
  const walk = (parent: number | undefined, depth: number): { actor: ActorState; depth: number }[] =>
    (children.get(parent) ?? []).flatMap((actor) => [{ actor, depth }, ...walk(actor.a, depth + 1)]);
  return walk(undefined, 0);
}

/** `{ open: { connection: 'attached' } }` → `open.connection.attached`; parallel regions are in brackets. */
export function valueText(value: unknown): string {
  if (typeof value === 'string') return value;
  if (value === null || typeof value !== 'object') return '';
  return Object.entries(value)
    .map(([key, inner]) => {
      const text = valueText(inner);
      if (text.includes(' + ')) return `${key} (${text})`;
      return text === '' ? key : `${key}.${text}`;
    })
    .join(' + ');
}

/** Shortens xstate's names of time-outs. */
export function eventText(type: string): string {
  const delay = delayOf(type);
  return delay === undefined ? type : `after ${delay}`;
}

export function clockText(wallMs: number): string {
  const date = new Date(wallMs);
  const two = (n: number) => String(n).padStart(2, '0');
  return `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}.${String(date.getMilliseconds()).padStart(3, '0')}`;
}
