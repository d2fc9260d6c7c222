/**
 * Runs a recording's events through the machines again, without actors or a clock, and compares the states and contexts with those recorded.
 * If they differ, the recording is of other software, or a machine depends on something that is not in its events.
 */
import { isDeepStrictEqual } from 'node:util';
import { type AnyMachineSnapshot, type AnyStateMachine, initialTransition, transition } from 'xstate';
import type { Entry } from './entries.ts';
import { createMachines } from './machines.ts';

export interface ReplayCheck {
  /** Steps that were compared. */
  steps: number;
  machines: string[];
  /** Steps whose event or beginning is not in the recording. */
  skipped: number;
  mismatches: Mismatch[];
}

export interface Mismatch {
  actor: string;
  t: number;
  event: string;
  recorded: { value: unknown; context: unknown };
  reached: { value: unknown; context: unknown };
}

interface Running {
  name: string;
  machine: AnyStateMachine;
  input: unknown;
  snapshot: AnyMachineSnapshot | undefined;
  /** As recorded last. */
  context: unknown;
}

type Step = Extract<Entry, { k: 'step' }>;

export function checkFlightRecording(entries: readonly Entry[]): ReplayCheck {
  const machines = createMachines();
  const running = new Map<number, Running>();
  const messages = new Map<number, { type: string }>();
  const result: ReplayCheck = { steps: 0, machines: [], skipped: 0, mismatches: [] };
  const seen = new Set<string>();

  function onStep(step: Step): void {
    const actor = running.get(step.a);
    if (!actor) return;
    if ('context' in step) actor.context = step.context;
    const event = step.n === undefined ? undefined : messages.get(step.n);
    const before = actor.snapshot;
    if (!before || !event) {
      actor.snapshot = begin(actor, step);
      return;
    }
    const reached = runStep(actor, before, event);
    result.steps += 1;
    seen.add(actor.machine.id);
    const recorded = { value: step.value, context: actor.context };
    if (reached && isDeepStrictEqual(plain(reached), recorded)) actor.snapshot = reached;
    else {
      result.mismatches.push({
        actor: actor.name,
        t: step.t,
        event: event.type,
        recorded,
        reached: reached ? plain(reached) : { value: 'it threw', context: undefined },
      });
      // The next steps start from the recorded state, so that one mismatch is reported once.
      actor.snapshot = restore(actor, step.value, actor.context);
    }
  }

  /** The first step is the initial state; a step without a message is where a file begins. */
  function begin(actor: Running, step: Step): AnyMachineSnapshot {
    const { value, context } = step;
    const first = initial(actor);
    if (first && isDeepStrictEqual(plain(first), { value, context: actor.context })) {
      result.steps += 1;
      seen.add(actor.machine.id);
      return first;
    }
    result.skipped += 1;
    return restore(actor, value, context ?? actor.context);
  }

  for (const entry of entries) {
    if (entry.k === 'msg') messages.set(entry.n, entry.event);
    if (entry.k === 'step') onStep(entry);
    if (entry.k === 'gone') running.delete(entry.a);
    if (entry.k === 'actor' && entry.chart !== undefined) {
      const machine = machines.get(entry.chart);
      const { name, input } = entry;
      if (machine) running.set(entry.a, { name, machine, input, snapshot: undefined, context: undefined });
    }
  }
  result.machines = [...seen].sort();
  return result;
}

function runStep(actor: Running, before: AnyMachineSnapshot, event: { type: string }): AnyMachineSnapshot | undefined {
  try {
    return transition(actor.machine, before as never, event as never)[0];
  } catch {
    // An exception that was not recorded is a mismatch, and reported as one.
    return undefined;
  }
}

function initial({ machine, input }: Running): AnyMachineSnapshot | undefined {
  return initialTransition(machine, input as never)[0] as AnyMachineSnapshot;
}

/** A running machine from a recorded state. Its children only receive events: no action is executed. */
function restore(actor: Running, value: unknown, context: unknown): AnyMachineSnapshot {
  const snapshot = actor.machine.resolveState({ value: value as never, context: context as never });
  Object.assign(snapshot.children, initial(actor)?.children);
  return snapshot as AnyMachineSnapshot;
}

/** In the form of a recording. */
function plain({ value, context }: AnyMachineSnapshot): { value: unknown; context: unknown } {
  return JSON.parse(JSON.stringify({ value, context })) as { value: unknown; context: unknown };
}
