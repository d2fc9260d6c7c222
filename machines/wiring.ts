/**
 * The typed way for a machine to speak. xstate's own `sendTo('id', event)` and `sendParent(event)` compile with a wrong id
 * or a wrong event; these do not: what may be said to whom is read off the contracts.
 */
import {
  type ActionFunction,
  type AnyActorRef,
  type AnyEventObject,
  type EventObject,
  emit,
  fromCallback,
  type MachineContext,
  sendTo,
} from 'xstate';
import type { Contract, ContractTypes } from '../src/core/contracts/index.ts';
import type { ContractLogic } from './adapter/contract-logic.ts';

/** Stands in a machine's setup until the composition root provides the real actor. */
export function placeholder<P extends ContractTypes>(contract: Contract<P>): ContractLogic<P> {
  return fromCallback<P['receives']>(() => {
    throw new Error(`no ${contract.name} was provided`);
  });
}

type EventOrFactory<Context extends MachineContext, Event extends EventObject, Sent> =
  | Sent
  | ((args: { context: Context; event: Event }) => Sent);

type Action<Context extends MachineContext, Event extends EventObject, Events extends EventObject> = ActionFunction<
  Context,
  Event,
  Events,
  undefined,
  never,
  never,
  never,
  never,
  never
>;

/** The names of the events that are in both: what is handed on from one contract to another. */
export function shared<From extends object, To extends object>(from: From, to: To): (keyof From & keyof To & string)[] {
  return Object.keys(from).filter((type): type is keyof From & keyof To & string => type in to);
}

/** Transitions that do nothing but hand the event on. */
type Relay<Type extends string> = {
  // biome-ignore lint/suspicious/noExplicitAny: fits every machine whose events include these
  [T in Type]: { actions: Action<any, any, any> };
};

/** `tell(child, event)` and `tell.relay(child, types)` for a machine with these children. */
export function childSender<Children extends Record<string, ContractTypes>>() {
  function tell<
    Id extends keyof Children & string,
    Context extends MachineContext,
    Event extends EventObject,
    Events extends EventObject,
  >(id: Id, event: EventOrFactory<Context, Event, Children[Id]['receives']>): Action<Context, Event, Events> {
    return sendTo(id, event as AnyEventObject);
  }
  tell.relay = <Id extends keyof Children & string, Type extends Children[Id]['receives']['type']>(
    id: Id,
    types: readonly Type[],
  ): Relay<Type> =>
    relay(
      types,
      sendTo(id, ({ event }) => event),
    );
  return tell;
}

/** `sendParent` would do, but can't be resolved where there is none: a machine that is explored as a pure function. */
const parent = ({ self }: { self: AnyActorRef }): AnyActorRef => self._parent as AnyActorRef;

/** `report(event)` and `report.relay(types)`: says something to the machine above, as the contract allows. */
export function parentSender<P extends ContractTypes>() {
  function report<Context extends MachineContext, Event extends EventObject, Events extends EventObject>(
    event: EventOrFactory<Context, Event, P['sends']>,
  ): Action<Context, Event, Events> {
    return sendTo(parent, event as AnyEventObject);
  }
  report.relay = <Type extends P['sends']['type']>(types: readonly Type[]): Relay<Type> =>
    relay(
      types,
      sendTo(parent, ({ event }) => event),
    );
  return report;
}

/** Transitions that do nothing but tell the world of the event, for all events that a contract sends. */
export function emitAll<Sends extends object>(sends: Sends): Relay<keyof Sends & string> {
  return relay(
    Object.keys(sends) as (keyof Sends & string)[],
    emit(({ event }: { event: AnyEventObject }) => event as never),
  );
}

// biome-ignore lint/suspicious/noExplicitAny: as above
function relay<Type extends string>(types: readonly Type[], actions: Action<any, any, any>): Relay<Type> {
  return Object.fromEntries(types.map((type) => [type, { actions }])) as Relay<Type>;
}
