/**
 * A contract: the events that an actor or a machine receives and sends. Each is declared once, with a sentence and a sample.
 * Everything else is derived: the types, what supervisors and machines forward, the inspector's forms, docs/events.md.
 */

/** An event without its name. */
export interface EventForm<Fields extends object = object> {
  /** Its meaning, for the state chart and the documents. */
  readonly sentence: string;
  /** Its fields, with the values that the inspector's form begins with. Optional fields may be missing. */
  readonly sample: Fields;
}

export type EventForms = { readonly [Type in string]: EventForm };

/** The events of a contract, as types. */
export interface ContractTypes {
  receives: { type: string };
  sends: { type: string };
}

export interface Contract<Types extends ContractTypes> {
  readonly name: string;
  readonly receives: EventForms;
  readonly sends: EventForms;
  /** Never set: carries the types. */
  readonly types?: Types;
}

type Flat<Type> = { [Key in keyof Type]: Type[Key] };
/** The union of the events of these forms. */
export type EventsOf<Forms> = {
  [Type in keyof Forms & string]: Forms[Type] extends EventForm<infer Fields> ? Flat<{ type: Type } & Fields> : never;
}[keyof Forms & string];

/** The types of the fields follow from the sample, or are given: `event<{ turn: number; text?: string }>(…)`. */
export function event(sentence: string): EventForm<Record<never, never>>;
export function event<Fields extends object>(sentence: string, sample: Fields): EventForm<Fields>;
export function event(sentence: string, sample = {}): EventForm {
  return { sentence, sample };
}

export function contract<Name extends string, Receives extends EventForms, Sends extends EventForms>(
  name: Name,
  { receives, sends }: { receives: Receives; sends: Sends },
) {
  const types = undefined as { receives: EventsOf<Receives>; sends: EventsOf<Sends> } | undefined;
  return { name, receives, sends, ...(types && { types }) };
}

export type TypesOf<Declared> = Declared extends { types?: infer Types extends ContractTypes } ? Types : never;

/** All events but the named ones: what one contract forwards of another. New events are forwarded without a change here. */
export function allBut<Forms extends EventForms, Name extends keyof Forms & string>(
  forms: Forms,
  ...names: Name[]
): Omit<Forms, Name> {
  const left = Object.entries(forms).filter(([type]) => !(names as string[]).includes(type));
  return Object.fromEntries(left) as Omit<Forms, Name>;
}

/** The named events only. */
export function only<Forms extends EventForms, Name extends keyof Forms & string>(
  forms: Forms,
  ...names: Name[]
): Pick<Forms, Name> {
  return Object.fromEntries(names.map((name) => [name, forms[name]])) as Pick<Forms, Name>;
}
