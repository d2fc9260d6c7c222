/**
 * All public functions of convex/, found in its modules, and arguments for them, made from their validators.
 */
import { readdirSync } from 'node:fs';
import { makeFunctionReference } from 'convex/server';
import type { TestConvex } from 'convex-test';
import type { BatchedFunction } from '../../convex/batches.ts';
import type schema from '../../convex/schema.ts';
import fc, { type Arbitrary } from '../support/fast-check.ts';

export interface FoundFunction {
  /** `devices:list` */
  name: string;
  kind: 'query' | 'mutation';
  args: Validator;
}

/** As Convex writes a validator in JSON. */
type Validator =
  | { type: 'null' | 'boolean' | 'number' | 'string' | 'any' }
  | { type: 'literal'; value: unknown }
  | { type: 'id'; tableName: string }
  | { type: 'array'; value: Validator }
  | { type: 'record'; keys: Validator; values: { fieldType: Validator } }
  | { type: 'object'; value: Record<string, { fieldType: Validator; optional: boolean }> }
  | { type: 'union'; value: Validator[] };

interface Registered {
  isPublic?: boolean;
  isQuery?: boolean;
  isMutation?: boolean;
  isAction?: boolean;
  exportArgs(): string;
}

const BATCHED: ReadonlySet<string> = new Set<BatchedFunction>([
  'announcements:report',
  'messages:record',
  'reminders:record',
  'reports:add',
  'sessions:record',
  'turns:record',
]);

export async function publicFunctions(): Promise<FoundFunction[]> {
  const folder = new URL('../../convex/', import.meta.url);
  const found: FoundFunction[] = [];
  for (const file of readdirSync(folder).filter((name) => name.endsWith('.ts'))) {
    const module = file.slice(0, -'.ts'.length);
    const exported: Record<string, unknown> = await import(new URL(file, folder).href);
    for (const [key, value] of Object.entries(exported)) {
      if (typeof value !== 'function' || !('isPublic' in value)) continue;
      const registered = value as unknown as Registered;
      const name = `${module}:${key}`;
      if (registered.isAction) throw new Error(`${name} is an action: this file does not know them yet`);
      const kind = registered.isQuery ? 'query' : 'mutation';
      found.push({ name, kind, args: JSON.parse(registered.exportArgs()) });
    }
  }
  return found.map((fn) => (fn.name === 'batches:run' ? { ...fn, args: batchOf(found) } : fn));
}

/** The arguments of a batch, with those of the functions that it calls. */
function batchOf(found: readonly FoundFunction[]): Validator {
  const called = found.filter(({ name }) => BATCHED.has(name));
  const required = (fieldType: Validator) => ({ fieldType, optional: false });
  const calls = called.map(({ name, args }): Validator => {
    return { type: 'object', value: { name: required({ type: 'literal', value: name }), args: required(args) } };
  });
  return {
    type: 'object',
    value: { calls: required({ type: 'array', value: { type: 'union', value: calls } }) },
  };
}

type Functions = Pick<TestConvex<typeof schema>, 'query' | 'mutation'>;

export async function callFunction(
  caller: Functions,
  { name, kind }: FoundFunction,
  args: Record<string, unknown>,
): Promise<unknown> {
  return kind === 'query'
    ? await caller.query(makeFunctionReference<'query'>(name), args)
    : await caller.mutation(makeFunctionReference<'mutation'>(name), args);
}

/** Values for fields, by their names: what is drawn for others is noise. */
export type Pool = Record<string, readonly unknown[]>;

export function argumentsOf({ args }: FoundFunction, pool: Pool): Arbitrary<Record<string, unknown>> {
  return arbitraryFor(args, '', pool) as Arbitrary<Record<string, unknown>>;
}

function arbitraryFor(validator: Validator, field: string, pool: Pool): Arbitrary<unknown> {
  const known = pool[field];
  if (known && validator.type !== 'object' && validator.type !== 'union') return fc.constantFrom(...known);
  switch (validator.type) {
    case 'null':
      return fc.constant(null);
    case 'boolean':
      return fc.boolean();
    case 'number':
      return fc.integer({ min: 1, max: 100 });
    case 'string':
      return fc.constantFrom('x', 'y');
    case 'literal':
      return fc.constant(validator.value);
    case 'array':
      return fc.array(arbitraryFor(validator.value, field, pool), { maxLength: 2 });
    case 'record':
      return fc.constantFrom({}, { cpu: 1 });
    case 'union':
      return fc.oneof(...validator.value.map((each) => arbitraryFor(each, field, pool)));
    case 'object':
      return objectOf(validator.value, pool);
    default:
      throw new Error(`no values for ${field || 'the arguments'}: ${validator.type}`);
  }
}

function objectOf(fields: Record<string, { fieldType: Validator; optional: boolean }>, pool: Pool) {
  const values = Object.fromEntries(
    Object.entries(fields).map(([name, { fieldType }]) => [name, arbitraryFor(fieldType, name, pool)]),
  );
  const requiredKeys = Object.keys(fields).filter((name) => !fields[name]?.optional);
  return fc.record(values, { requiredKeys });
}
