/**
 * A machine as plain data, for drawing: its nested states, and their transitions with events, guards and actions. Pure. The page, the
 * recordings and the documents are drawn from it.
 */
import type { AnyStateMachine, AnyStateNode } from 'xstate';

export interface Chart {
  /** The machine's id. */
  id: string;
  root: ChartState;
}

export interface ChartState {
  id: string;
  key: string;
  type: 'atomic' | 'compound' | 'parallel' | 'final' | 'history';
  /** Id of the state that is entered first. */
  initial?: string;
  entry: string[];
  exit: string[];
  /** Names of the actors that live as long as the state is active. */
  invokes: string[];
  transitions: ChartTransition[];
  states: ChartState[];
}

export interface ChartTransition {
  /** Unique in the machine: identifies a taken transition. */
  id: string;
  /** Type of the event; empty for a transition that is taken as soon as its guard holds. */
  event: string;
  /** Name of the delay, for a time-out. */
  delay?: string;
  guard?: string;
  actions: string[];
  /** Ids of states; empty for a transition without a target. */
  targets: string[];
}

export function describeMachine(machine: AnyStateMachine): Chart {
  return { id: machine.id, root: describeState(machine.root) };
}

function describeState(node: AnyStateNode): ChartState {
  const initial = node.type === 'compound' ? node.initial?.target?.[0]?.id : undefined;
  return {
    id: node.id,
    key: node.key,
    type: node.type,
    ...(initial === undefined ? {} : { initial }),
    entry: actionNames(node.entry),
    exit: actionNames(node.exit),
    invokes: node.invoke.map(({ id }) => id),
    transitions: [...node.transitions, ['', node.always ?? []] as const].flatMap(([event, branches]) =>
      branches.map((transition, branch) => describeTransition(node.id, event, branch, transition)),
    ),
    states: Object.values(node.states).map(describeState),
  };
}

interface Transition {
  guard?: unknown;
  actions: readonly unknown[];
  target?: readonly AnyStateNode[] | undefined;
}

function describeTransition(source: string, event: string, branch: number, transition: Transition): ChartTransition {
  const delay = delayOf(event);
  const guard = nameOf(transition.guard);
  return {
    id: transitionId(source, event, branch),
    event,
    ...(delay === undefined ? {} : { delay }),
    ...(guard === undefined ? {} : { guard }),
    actions: actionNames(transition.actions),
    targets: transition.target?.map(({ id }) => id) ?? [],
  };
}

export function transitionId(source: string, event: string, branch: number): string {
  return `${source}|${event}|${branch}`;
}

/** The event of a transition's id. */
export function eventOf(transition: string): string {
  return transition.split('|')[1] ?? '';
}

/** `xstate.after.<delay>.<state>` → `<delay>` */
export function delayOf(event: string): string | undefined {
  return /^xstate\.after\.([^.]+)\./.exec(event)?.[1];
}

function actionNames(actions: readonly unknown[]): string[] {
  return actions.map(actionName).filter((name): name is string => name !== undefined);
}

/** Actions that xstate adds itself (the timer of a delay) are omitted. */
function actionName(action: unknown): string | undefined {
  const { type, params, to, event } = action as { type?: string; params?: unknown; to?: unknown; event?: unknown };
  switch (type) {
    case undefined:
      return typeof action === 'string' ? action : undefined;
    case 'xstate.raise':
    case 'xstate.cancel':
      return undefined;
    case 'xstate.sendTo':
      return `tell ${typeof to === 'string' ? to : 'parent'}${eventName(event)}`;
    case 'xstate.assign':
      return 'assign';
    case 'xstate.emit':
      return `emit${eventName(event)}`;
    default: {
      const [param] = params && typeof params === 'object' ? Object.values(params) : [];
      return typeof param === 'string' ? `${type}: ${param}` : type;
    }
  }
}

function eventName(event: unknown): string {
  const { type } = (event ?? {}) as { type?: string };
  return type === undefined ? '' : `: ${type}`;
}

function nameOf(guard: unknown): string | undefined {
  if (typeof guard === 'string') return guard;
  const { type, name } = (guard ?? {}) as { type?: string; name?: string };
  return type ?? name;
}
