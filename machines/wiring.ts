/**
 * Typed sending for machines. xstate's `sendTo('id', event)` and `sendParent(event)` compile with a wrong id or a wrong event.
 * These do not: the contracts say who receives what.
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
import type { Contract, ContractTypes, TypesOf } from '../src/core/contracts/index.ts';
import type { ContractLogic } from './adapter/contract-logic.ts';

/** Placeholder in a machine's setup until the composition root provides the actor. */
export function placeholder<P extends ContractTypes>(contract: Contract<P>): ContractLogic<P> {
  return fromCallback<P['receives']>(() => {
    throw new Error(`no ${contract.name} was provided`);
  });
}

/** The contracts of a machine's children, by their names. */
type Children = Record<string, Contract<ContractTypes>>;
export type ChildTypes<C extends Children> = { [Id in keyof C]: TypesOf<C[Id]> };

/** Placeholders for all children of a machine. */
export function placeholders<C extends Children>(children: C): { [Id in keyof C]: ContractLogic<TypesOf<C[Id]>> } {
  const entries = Object.entries(children).map(([id, contract]) => [id, placeholder(contract)]);
  return Object.fromEntries(entries);
}

/** Starts each child under its name, in this order. */
export function startAll<C extends Children>(children: C) {
  type Invoke = { [Id in keyof C & string]: { id: Id; src: Id } }[keyof C & string];
  return Object.keys(children).map((id) => ({ id, src: id })) as Invoke[];
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

/** The events that two contracts share: those that are forwarded from one to the other. */
export function shared<From extends object, To extends object>(from: From, to: To): (keyof From & keyof To & string)[] {
  return Object.keys(from).filter((type): type is keyof From & keyof To & string => type in to);
}

/** Transitions that only forward the event. */
type Relay<Type extends string> = {
  // biome-ignore lint/suspicious/noExplicitAny: fits every machine whose events include these
  [T in Type]: { actions: Action<any, any, any> };
};

/** Makes `sendToChild(child, event)` and `sendToChild.relay(child, types)` for a machine with these children. */
export function childSender<Children extends Record<string, ContractTypes>>() {
  function sendToChild<
    Id extends keyof Children & string,
    Context extends MachineContext,
    Event extends EventObject,
    Events extends EventObject,
  >(id: Id, event: EventOrFactory<Context, Event, Children[Id]['receives']>): Action<Context, Event, Events> {
    return sendTo(id, event as AnyEventObject);
  }
  sendToChild.relay = <Id extends keyof Children & string, Type extends Children[Id]['receives']['type']>(
    id: Id,
    types: readonly Type[],
  ): Relay<Type> =>
    relay(
      types,
      sendTo(id, ({ event }) => event),
    );
  return sendToChild;
}

/** Not xstate's `sendParent`: it fails where there is no parent, as in a machine that is explored as a pure function. */
const parent = ({ self }: { self: AnyActorRef }): AnyActorRef => self._parent as AnyActorRef;

/** Makes `sendToParent(event)` and `sendToParent.relay(types)` for a machine with this contract. */
export function parentSender<P extends ContractTypes>() {
  function sendToParent<Context extends MachineContext, Event extends EventObject, Events extends EventObject>(
    event: EventOrFactory<Context, Event, P['sends']>,
  ): Action<Context, Event, Events> {
    return sendTo(parent, event as AnyEventObject);
  }
  sendToParent.relay = <Type extends P['sends']['type']>(types: readonly Type[]): Relay<Type> =>
    relay(
      types,
      sendTo(parent, ({ event }) => event),
    );
  return sendToParent;
}

/** Transitions that only emit the event to the composition root, for all events that a contract sends. */
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
