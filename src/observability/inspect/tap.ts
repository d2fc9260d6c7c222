/**
 * Observes a system of actors through xstate's inspection API and writes what happens as entries. The machines do not know of it; a system
 * without a tap has no cost.
 */
import type {
  AnyActorRef,
  AnyEventObject,
  AnyMachineSnapshot,
  AnyStateMachine,
  AnyStateNode,
  InspectionEvent,
} from 'xstate';
import { describeMachine, transitionId } from './chart.ts';
import type { Entry, Timer } from './entries.ts';

export interface Tap {
  /** Observes a root actor and all of its descendants. Must be called before it is started. */
  attach(root: AnyActorRef, name: string, input?: unknown): void;
  /** The running actor of this number. */
  find(a: number): AnyActorRef | undefined;
}

/** What its own system does not know of a root actor. */
interface Root {
  name: string;
  path: string;
  input: unknown;
}

interface Known {
  a: number;
  ref: AnyActorRef;
  isMachine: boolean;
  /** Messages that it has not taken yet, oldest first. */
  waiting: { event: AnyEventObject; n: number }[];
  taken: string[];
  timers: Map<string, Timer>;
  context: unknown;
  isGone: boolean;
}

/** Messages that may wait for an actor's step. A stopped actor never takes them. */
const WAITING_LIMIT = 100;

/** Private parts of an xstate actor that an inspector needs. */
interface Internals {
  logic: { id?: string; root?: unknown };
  _parent?: AnyActorRef;
}

export function createTap(write: (entry: Entry) => void, now: () => number): Tap {
  const known = new WeakMap<object, Known>();
  const numbers = new Map<string, number>();
  const running = new Map<number, AnyActorRef>();
  const charts = new Set<string>();
  let actors = 0;
  let messages = 0;
  let roots = 0;

  function note(ref: AnyActorRef, root: Root): Known {
    const before = known.get(ref);
    if (before) return before;
    const { logic, _parent } = ref as unknown as Internals;
    const parent = _parent ? note(_parent, root) : undefined;
    // A restarted actor is a new one to xstate and the same one here.
    const path = parent ? `${parent.a}/${ref.id}` : root.path;
    const a = numbers.get(path) ?? ++actors;
    numbers.set(path, a);
    const isMachine = logic.root !== undefined;
    const actor: Known = {
      a,
      ref,
      isMachine,
      waiting: [],
      taken: [],
      timers: new Map(),
      context: undefined,
      isGone: false,
    };
    known.set(ref, actor);
    running.set(a, ref);
    if (isMachine && !charts.has(logic.id ?? '')) {
      charts.add(logic.id ?? '');
      write({ k: 'chart', chart: describeMachine(logic as unknown as AnyStateMachine) });
    }
    write({
      k: 'actor',
      t: now(),
      a,
      name: parent ? ref.id : root.name,
      ...(parent ? { parent: parent.a } : {}),
      ...(isMachine && logic.id !== undefined ? { chart: logic.id } : {}),
      ...(parent || root.input === undefined ? {} : { input: root.input }),
    });
    return actor;
  }

  function onMessage(actor: Known, event: AnyEventObject, from: Known | undefined): void {
    if (event.type === 'xstate.init' || event.type === 'xstate.stop') return;
    const n = ++messages;
    if (actor.isMachine) {
      actor.waiting.push({ event, n });
      if (actor.waiting.length > WAITING_LIMIT) actor.waiting.shift();
    }
    write({ k: 'msg', t: now(), n, ...(from ? { from: from.a } : {}), to: actor.a, event });
  }

  function onStep(actor: Known, event: AnyEventObject, snapshot: AnyMachineSnapshot): void {
    const at = actor.waiting.findIndex((each) => each.event === event);
    const n = at === -1 ? undefined : actor.waiting[at]?.n;
    actor.waiting.splice(0, at + 1);
    const { value, context } = snapshot;
    const changed = context !== actor.context;
    actor.context = context;
    write({
      k: 'step',
      t: now(),
      a: actor.a,
      ...(n === undefined ? {} : { n }),
      value,
      ...(changed ? { context } : {}),
      taken: actor.taken,
      timers: [...actor.timers.values()],
    });
    actor.taken = [];
  }

  function onAction(actor: Known, type: string, params: unknown): void {
    const { event, id, delay, sendId } = (params ?? {}) as Partial<{
      event: AnyEventObject;
      id: string;
      delay: number;
      sendId: string;
    }>;
    if (type === 'xstate.raise' && event && id !== undefined && delay !== undefined) {
      actor.timers.set(id, { event: event.type, startedAt: now(), delayMs: delay });
    } else if (type === 'xstate.cancel' && sendId !== undefined) actor.timers.delete(sendId);
  }

  function onGone(actor: Known): void {
    if (actor.isGone) return;
    actor.isGone = true;
    if (running.get(actor.a) === actor.ref) running.delete(actor.a);
    write({ k: 'gone', t: now(), a: actor.a });
    if ((actor.ref as unknown as Internals)._parent) return;
    for (const [path, a] of numbers) if (a === actor.a || path.startsWith(`${actor.a}/`)) numbers.delete(path);
  }

  function listen(event: InspectionEvent, root: Root): void {
    const actor = note(event.actorRef as AnyActorRef, root);
    switch (event.type) {
      case '@xstate.event': {
        const from = event.sourceRef as AnyActorRef | undefined;
        actor.timers.delete(event.event.type);
        return onMessage(actor, event.event, from === undefined ? undefined : note(from, root));
      }
      case '@xstate.microstep':
        for (const transition of event._transitions) actor.taken.push(nameTaken(transition as never));
        if (event.event.type === 'xstate.stop') onGone(actor);
        return;
      case '@xstate.action':
        return onAction(actor, event.action.type, event.action.params);
      case '@xstate.snapshot':
        if (actor.isMachine) onStep(actor, event.event, event.snapshot as AnyMachineSnapshot);
        if (event.snapshot.status !== 'active') onGone(actor);
    }
  }

  return {
    attach(ref, name, input) {
      const root: Root = { name, path: `root ${++roots}`, input };
      ref.system.inspect((event) => listen(event, root));
    },
    find: (a) => running.get(a),
  };
}

/** `provide` copies a machine: its nodes differ from the original's but have the same ids. */
function nameTaken(transition: { source?: AnyStateNode; eventType: string }): string {
  const { source, eventType } = transition;
  if (!source) return transitionId('', eventType, 0);
  const branches = (eventType ? source.transitions.get(eventType) : source.always) as readonly unknown[] | undefined;
  return transitionId(source.id, eventType, Math.max(0, branches?.indexOf(transition) ?? 0));
}
