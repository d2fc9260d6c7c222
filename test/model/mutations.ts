/**
 * Mutations of a statechart, one at a time: a transition removed, its guard negated or removed, its target
 * swapped, one of its actions (or of a state's entry and exit actions) removed. A test suite that detects none of them tests nothing.
 */
import { type AnyStateMachine, not } from 'xstate';

export interface Mutation {
  /** Description of the mutation: the mutant's name. */
  name: string;
  apply(config: StateConfig): void;
}

type Json = Record<string, unknown>;
interface StateConfig extends Json {
  on?: Json;
  after?: Json;
  always?: unknown;
  entry?: unknown;
  exit?: unknown;
  invoke?: unknown;
  states?: Record<string, StateConfig>;
}
interface Transition {
  target?: string;
  guard?: unknown;
  actions?: unknown;
}

export function mutationsOf(machine: AnyStateMachine): Mutation[] {
  return walk(machine.config as StateConfig, []);
}

/** The same machine with one mutation. */
export function mutate(config: StateConfig, { apply }: Mutation): StateConfig {
  const copy = copyConfig(config) as StateConfig;
  apply(copy);
  return copy;
}

function walk(state: StateConfig, path: string[]): Mutation[] {
  const here = (root: StateConfig) => path.reduce((at, key) => at.states?.[key] as StateConfig, root);
  const where = path.join('.') || 'root';
  const own = (['on', 'after'] as const).flatMap((kind) =>
    Object.keys(state[kind] ?? {}).flatMap((key) =>
      ofTransitions(`${where} · ${key}`, list(state[kind]?.[key]), siblingsOf(state, path), (root, next) => {
        (here(root)[kind] as Json)[key] = next;
      }),
    ),
  );
  const eventless = ofTransitions(`${where} · always`, list(state.always), siblingsOf(state, path), (root, next) => {
    here(root).always = next;
  });
  const ends = list(state.invoke).flatMap((invoked, i) =>
    (['onDone', 'onError'] as const).flatMap((kind) =>
      ofTransitions(`${where} · ${kind}`, list((invoked as Json)[kind]), siblingsOf(state, path), (root, next) => {
        (list(here(root).invoke)[i] as Json)[kind] = next;
      }),
    ),
  );
  const actions = (['entry', 'exit'] as const).flatMap((kind) =>
    list(state[kind]).map((action, i) => ({
      name: `${where} · ${kind}: leave out ${nameOf(action)}`,
      apply: (root: StateConfig) => {
        here(root)[kind] = list(here(root)[kind]).filter((_, at) => at !== i);
      },
    })),
  );
  const below = Object.entries(state.states ?? {}).flatMap(([key, child]) => walk(child, [...path, key]));
  return [...own, ...eventless, ...ends, ...actions, ...below];
}

/** Names of the other states that a transition of this state could lead to. */
function siblingsOf(state: StateConfig, path: string[]): string[] {
  return path.length === 0 ? Object.keys(state.states ?? {}).map((key) => `.${key}`) : [];
}

function ofTransitions(
  name: string,
  transitions: unknown[],
  rootTargets: string[],
  put: (root: StateConfig, next: unknown[]) => void,
): Mutation[] {
  return transitions.flatMap((each, i) => {
    const transition = (typeof each === 'string' ? { target: each } : each) as Transition;
    const label = transitions.length > 1 ? `${name} [${i}]` : name;
    const replaced = (next: Transition | undefined) => (root: StateConfig) =>
      put(
        root,
        transitions.flatMap((other, at) => (at === i ? (next ? [next] : []) : [other])),
      );
    const { target, guard, actions } = transition;
    const mutations: Mutation[] = [{ name: `${label}: drop it`, apply: replaced(undefined) }];
    if (guard !== undefined) {
      const { guard: _, ...unguarded } = transition;
      mutations.push({
        name: `${label}: flip its guard ${nameOf(guard)}`,
        apply: replaced({ ...transition, guard: not(guard as never) }),
      });
      mutations.push({ name: `${label}: drop its guard ${nameOf(guard)}`, apply: replaced(unguarded) });
    }
    if (target !== undefined) {
      const { target: _, ...staying } = transition;
      const other = rootTargets.find((candidate) => candidate !== target);
      mutations.push({
        name: `${label}: swap its target ${target} for ${other ?? 'staying'}`,
        apply: replaced(other ? { ...transition, target: other } : staying),
      });
    }
    for (const [at, action] of list(actions).entries()) {
      const fewer = list(actions).filter((_, position) => position !== at);
      mutations.push({
        name: `${label}: leave out ${nameOf(action)}`,
        apply: replaced({ ...transition, actions: fewer }),
      });
    }
    return mutations;
  });
}

function list(value: unknown): unknown[] {
  return value === undefined ? [] : Array.isArray(value) ? value : [value];
}

function nameOf(value: unknown): string {
  if (typeof value === 'string') return value;
  if (typeof value === 'object' && value !== null && 'type' in value) {
    const { params } = value as { params?: object };
    return `${value.type}${
      params
        ? ` ${Object.values(params)
            .map((param) => (typeof param === 'string' ? param : '…'))
            .join(' ')}`
        : ''
    }`;
  }
  return typeof value === 'function' && 'type' in value ? String(value.type) : 'an inline action';
}

/** A deep copy that keeps functions. */
function copyConfig(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(copyConfig);
  if (typeof value !== 'object' || value === null || Object.getPrototypeOf(value) !== Object.prototype) return value;
  return Object.fromEntries(Object.entries(value).map(([key, entry]) => [key, copyConfig(entry)]));
}
