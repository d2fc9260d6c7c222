/** A function with its validators, as it is found by name and checked before and after it runs. */
import type { JSONValue, ValidatorJSON, Value } from 'convex/values';
import { messageOf } from '../../core/errors.ts';
import { compileValidator, type TableOfId, type Validator } from '../database/validator.ts';
import { canonicalName, kindName, storedName } from './function-names.ts';
import { MAX_ARGUMENTS_BYTES, MAX_RESULT_BYTES } from './limits.ts';
import type { LoadedFunction } from './modules.ts';
import type { Caller, FunctionKind } from './runtime.ts';
import { bytesBeyond, inMib, parseValue } from './values.ts';

export interface PreparedFunction extends LoadedFunction {
  /** The text of the arguments that its library takes. @throws what is wrong with them, in Convex's words */
  checkArguments(args: JSONValue): string;
  /** @throws what is wrong with its result */
  checkResult(text: string): void;
}

export interface PreparedFunctions {
  byName: ReadonlyMap<string, PreparedFunction>;
  /** What a deployment would refuse, in one sentence each. */
  problems: string[];
}

export function prepareFunctions(functions: Iterable<LoadedFunction>, tableOf: TableOfId): PreparedFunctions {
  const byName = new Map<string, PreparedFunction>();
  const problems: string[] = [];
  for (const fn of functions) {
    try {
      byName.set(fn.name, prepare(fn, tableOf));
    } catch (error) {
      problems.push(`${fn.name}: ${messageOf(error)}`);
    }
  }
  return { byName, problems };
}

function prepare(fn: LoadedFunction, tableOf: TableOfId): PreparedFunction {
  const argsValidator = compileValidator(JSON.parse(fn.registered.exportArgs()) as ValidatorJSON);
  const returns = JSON.parse(fn.registered.exportReturns()) as ValidatorJSON | null;
  const resultValidator = returns && compileValidator(returns);
  const name = storedName(fn.name);
  return {
    ...fn,
    checkArguments(args) {
      const text = JSON.stringify(args);
      const { value } = parseValue(text);
      if (value === null || typeof value !== 'object' || Array.isArray(value) || value instanceof ArrayBuffer) {
        throw new Error(`The arguments of ${name} are no object.`);
      }
      const bytes = bytesBeyond(MAX_ARGUMENTS_BYTES, text, [value]);
      if (bytes !== undefined) throw new Error(tooLarge(name, 'arguments size', bytes, MAX_ARGUMENTS_BYTES));
      checkFit('ArgumentValidationError', argsValidator, value, tableOf);
      return `[${text}]`;
    },
    checkResult(text) {
      if (!resultValidator && text.length <= SHORT) return;
      const value = parseResult(name, text);
      const bytes = bytesBeyond(MAX_RESULT_BYTES, text, value);
      if (bytes !== undefined) throw new Error(tooLarge(name, 'return value', bytes, MAX_RESULT_BYTES));
      if (resultValidator) checkFit('ReturnsValidationError', resultValidator, value, tableOf);
    },
  };
}

/** A result that is shorter, in characters, has neither too many items nor too many levels. */
const SHORT = 64;

function parseResult(name: string, text: string): Value {
  try {
    return parseValue(text).value;
  } catch (error) {
    throw new Error(`Function ${name} return value invalid: ${messageOf(error)}`);
  }
}

function tooLarge(name: string, what: string, bytes: number, maxBytes: number): string {
  return `Function ${name} ${what} is too large (actual: ${inMib(bytes)}, limit: ${inMib(maxBytes)})`;
}

function checkFit(kind: string, validator: Validator, value: Value, tableOf: TableOfId): void {
  const wrong = validator.check(value, tableOf);
  if (wrong !== undefined) throw new Error(`${kind}: ${wrong}`);
}

/** @throws if there is no such function that this caller may call, or it is of another kind */
export function findPublic(
  functions: ReadonlyMap<string, PreparedFunction>,
  kind: FunctionKind,
  path: string,
  { isAdmin }: Caller,
): PreparedFunction {
  const name = canonicalName(path);
  const fn = functions.get(name);
  if (!fn || !(fn.isPublic || isAdmin)) {
    const advice = 'Did you forget to run `npx convex dev` or `npx convex deploy`?';
    throw new Error(`Could not find ${isAdmin ? '' : 'public '}function for '${nameWithoutDefault(name)}'. ${advice}`);
  }
  return ofKind(fn, kind);
}

/** @throws if there is no such function, or it is of another kind */
export function findAny(
  functions: ReadonlyMap<string, PreparedFunction>,
  kind: FunctionKind,
  name: string,
): PreparedFunction {
  const fn = functions.get(name);
  if (!fn) throw new Error(`Could not find function for '${nameWithoutDefault(name)}'.`);
  return ofKind(fn, kind);
}

function ofKind(fn: PreparedFunction, kind: FunctionKind): PreparedFunction {
  if (fn.kind === kind) return fn;
  const name = storedName(fn.name);
  throw new Error(`Trying to execute ${name} as ${kindName(kind)}, but it is defined as ${kindName(fn.kind)}.`);
}

function nameWithoutDefault(name: string): string {
  return name.replace(/:default$/, '');
}
