/**
 * Paths through a machine, generated from the machine itself by `xstate/graph`, and their runs against the interpreter with the
 * doubles of its actors; and which states and transitions the runs have covered.
 *
 * Every reachable state (distinguished by its subject's `key`) is entered by its shortest path; from each, every event of the
 * alphabet is tried. Time-outs are events, too, named `xstate.after.…`; in a run the simulated clock triggers them.
 */
import assert from 'node:assert/strict';
import {
  type AnyEventObject,
  type AnyMachineSnapshot,
  type AnyStateMachine,
  type AnyStateNode,
  type InspectionEvent,
  initialTransition,
  type SimulatedClock,
  transition,
} from 'xstate';
import { getAdjacencyMap, getShortestPaths, getStateNodes } from 'xstate/graph';

export interface Subject {
  name: string;
  machine: AnyStateMachine;
  input?: unknown;
  /** Every event that may come, with each payload that makes a difference. */
  alphabet(context: never, snapshot: AnyMachineSnapshot): AnyEventObject[];
  /** The part of the context that distinguishes states, small and bounded. */
  key(context: never): unknown;
  /** The machine in its interpreter, with doubles for its actors. */
  start(inspect: (event: InspectionEvent) => void): Running;
}

export interface Running {
  clock: SimulatedClock;
  snapshot(): AnyMachineSnapshot;
  send(event: AnyEventObject): void;
  stop(): void;
}

export interface Path {
  events: AnyEventObject[];
}

/** Maximum number of transitions to explore: beyond it the subject's `key` distinguishes too many states. */
const LIMIT = 2_000_000;

export function generatePaths({ machine, input, alphabet, key }: Subject): Path[] {
  const options = {
    input,
    events: (snapshot: AnyMachineSnapshot) =>
      snapshot.status === 'active' ? [...alphabet(snapshot.context as never, snapshot), ...timeouts(snapshot)] : [],
    serializeState: (snapshot: AnyMachineSnapshot) => JSON.stringify([snapshot.value, key(snapshot.context as never)]),
    limit: LIMIT,
  } as never;
  const routes = new Map<string, AnyEventObject[]>();
  for (const { state, steps } of getShortestPaths(machine, options)) {
    const events = steps.map((step) => step.event as AnyEventObject).filter(({ type }) => type !== 'xstate.init');
    routes.set(keyOf(state as AnyMachineSnapshot, key), events);
  }
  const paths: Path[] = [];
  const seen = new Set<string>();
  for (const { state, transitions } of Object.values(getAdjacencyMap(machine, options)) as never as Adjacency[]) {
    const route = routes.get(keyOf(state, key));
    if (!route) continue;
    for (const { event, state: next } of Object.values(transitions)) {
      // The same event between the same states, with the same effect on different contexts, is one path; the shortest comes first.
      const hasEffect = keyOf(state, key) !== keyOf(next, key);
      const signature = JSON.stringify([state.value, event, next.value, hasEffect]);
      if (seen.has(signature)) continue;
      seen.add(signature);
      paths.push({ events: [...route, event] });
    }
  }
  return paths;
}

interface Adjacency {
  state: AnyMachineSnapshot;
  transitions: Record<string, { event: AnyEventObject; state: AnyMachineSnapshot }>;
}

function keyOf(snapshot: AnyMachineSnapshot, key: Subject['key']): string {
  return JSON.stringify([snapshot.value, key(snapshot.context as never)]);
}

function timeouts(snapshot: AnyMachineSnapshot): AnyEventObject[] {
  return snapshot._nodes.flatMap((node: AnyStateNode) => node.after.map(({ eventType }) => ({ type: eventType })));
}

/** Runs a path in the interpreter and compares it, step by step, with the machine as a pure function. */
export function runPath(subject: Subject, path: Path, coverage: Coverage): void {
  const running = subject.start(coverage.inspect);
  let expected: AnyMachineSnapshot = initialTransition(subject.machine, subject.input as never)[0];
  const trace: string[] = [];
  try {
    for (const event of path.events) {
      trace.push(JSON.stringify(event));
      expected = transition(subject.machine, expected as never, event as never)[0];
      execute(running, event);
      const actual = running.snapshot();
      assert.deepEqual(actual.value, expected.value, `after ${trace.join(' → ')}`);
      assert.deepEqual(plain(actual.context), plain(expected.context), `context after ${trace.join(' → ')}`);
      assert.equal(actual.status, expected.status);
    }
  } finally {
    running.stop();
  }
}

/** Advances the clock to a time-out if no other can come first; if several are running, sends its event. */
function execute(running: Running, event: AnyEventObject): void {
  const snapshot = running.snapshot();
  const pending = snapshot._nodes.flatMap((node: AnyStateNode) => node.after);
  const due = pending.find(({ eventType }: { eventType: string }) => eventType === event.type);
  if (due && pending.length === 1) running.clock.increment(delayMs(snapshot, due.delay));
  else running.send(event);
}

function delayMs(snapshot: AnyMachineSnapshot, delay: unknown): number {
  const found = typeof delay === 'string' ? snapshot.machine.implementations.delays[delay] : delay;
  return typeof found === 'function' ? found({ context: snapshot.context, event: { type: '' } }) : Number(found);
}

function plain(context: unknown): unknown {
  return JSON.parse(JSON.stringify(context));
}

export interface Coverage {
  inspect: (event: InspectionEvent) => void;
  report(): { name: string; states: Share; transitions: Share };
}
export interface Share {
  covered: number;
  total: number;
  missed: string[];
}

/** Every state and every (state, event, branch) of the machine, and the covered ones. */
export function createCoverage({ name, machine }: Subject): Coverage {
  const nodes = [machine.root, ...getStateNodes(machine)] as AnyStateNode[];
  const transitions = new Map(nodes.flatMap(transitionsOf).map((each) => [each.definition, each.name]));
  const names = new Set(transitions.values());
  const seenStates = new Set<string>();
  const seenTransitions = new Set<string>();
  return {
    inspect(event) {
      if (event.actorRef && machineIdOf(event) !== machine.id) return;
      if (event.type === '@xstate.snapshot' || event.type === '@xstate.microstep') {
        const { _nodes = [] } = event.snapshot as { _nodes?: AnyStateNode[] };
        for (const node of _nodes) seenStates.add(node.id);
      }
      if (event.type === '@xstate.microstep') for (const each of event._transitions) noteTransition(each as never);
    },
    report() {
      const share = (all: string[], seen: Set<string>): Share => ({
        covered: all.filter((each) => seen.has(each)).length,
        total: all.length,
        missed: all.filter((each) => !seen.has(each)),
      });
      return {
        name,
        states: share(
          nodes.map(({ id }) => id),
          seenStates,
        ),
        transitions: share([...names], seenTransitions),
      };
    },
  };

  function noteTransition(taken: { source?: AnyStateNode; eventType: string }): void {
    if (!taken.source) return;
    // `provide` made the interpreter's machine: its nodes are different objects at the same positions.
    const list = taken.eventType ? taken.source.transitions.get(taken.eventType) : taken.source.always;
    const branch = list?.indexOf(taken as never) ?? -1;
    seenTransitions.add(transitionName(taken.source.id, taken.eventType, branch));
  }
}

function transitionsOf(node: AnyStateNode): { definition: unknown; name: string }[] {
  const lists: [string, readonly unknown[]][] = [...node.transitions, ['', node.always ?? []]];
  return lists.flatMap(([type, list]) =>
    list.map((definition, branch) => ({ definition, name: transitionName(node.id, type, branch) })),
  );
}

function transitionName(source: string, eventType: string, branch: number): string {
  return `${source} · ${eventType || 'always'}${branch > 0 ? ` [${branch}]` : ''}`;
}

function machineIdOf(event: InspectionEvent): string | undefined {
  const ref = event.actorRef as unknown as { logic?: { id?: string }; src?: unknown };
  return ref.logic?.id;
}
