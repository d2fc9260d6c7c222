/**
 * Checks values against a validator (`v.object(…)`), as `exportArgs()`, `exportReturns()` and `schema.export()` write it. What does not fit
 * is told in Convex's words.
 */
import { jsonToConvex, type ValidatorJSON, type Value } from 'convex/values';
import { EarshotError } from '../../core/errors.ts';
import { describeValidator } from './describe-validator.ts';
import { describeValue } from './describe-value.ts';

/** The table that an id belongs to; null: it is no id. */
export type TableOfId = (id: string) => string | null;

export interface Validator {
  /** @returns what is wrong; undefined: the value fits */
  check(value: Value | undefined, tableOf: TableOfId): string | undefined;
}

/** A place in the value, from the inside to the outside, and what is wrong there. */
interface Mismatch {
  path: string[];
  text(context: string): string;
}
type Check = (value: Value | undefined, tableOf: TableOfId) => Mismatch | undefined;

/** @throws EarshotError `cloud_refused` for a kind of validator that is not supported here */
export function compileValidator(json: ValidatorJSON): Validator {
  const check = compile(json);
  return {
    check(value, tableOf) {
      const mismatch = check(value, tableOf);
      if (!mismatch) return undefined;
      const path = mismatch.path.reverse().join('');
      return mismatch.text(path && `Path: ${path}`);
    },
  };
}

function compile(json: ValidatorJSON): Check {
  const fits = (test: (value: Value | undefined) => boolean): Check => {
    return (value) => (test(value) ? undefined : noMatch(value, json));
  };
  switch (json.type) {
    case 'any':
      return () => undefined;
    case 'null':
      return fits((value) => value === null);
    case 'number':
    case 'bigint':
    case 'boolean':
    case 'string': {
      const type = json.type;
      return fits((value) => typeof value === type);
    }
    case 'bytes':
      return fits((value) => value instanceof ArrayBuffer);
    case 'id':
      return checkId(json.tableName, json);
    case 'literal':
      return checkLiteral(jsonToConvex(json.value), json);
    case 'array':
      return checkArray(compile(json.value), json);
    case 'record':
      return checkRecord(compile(json.keys), compile(json.values.fieldType), json);
    case 'object':
      return checkObject(json);
    case 'union':
      return checkUnion(json.value.map(compile), json);
    default:
      throw new EarshotError(
        'cloud_refused',
        `The embedded cloud does not support the validator v.${json.type}()`,
        'Use another one in convex/, or a deployment of Convex (docs/embedded-cloud.md).',
      );
  }
}

function checkId(table: string, json: ValidatorJSON): Check {
  return (value, tableOf) => {
    const found = typeof value === 'string' ? tableOf(value) : null;
    if (found === table) return undefined;
    if (found === null) return noMatch(value, json);
    const from = found.startsWith('_') ? 'a system table' : `table \`${found}\``;
    return mismatch(
      (context) =>
        `Found ID "${value}" from ${from}, which does not match the table name in validator \`v.id("${table}")\`.${context}`,
    );
  };
}

function checkLiteral(literal: Value, json: ValidatorJSON): Check {
  return (value) => {
    if (Object.is(value, literal)) return undefined;
    return mismatch(
      (context) =>
        `\`${describeValue(value)}\` does not match literal validator \`${describeValidator(json)}\`.${context}`,
    );
  };
}

function checkArray(element: Check, json: ValidatorJSON): Check {
  return (value, tableOf) => {
    if (!Array.isArray(value)) return noMatch(value, json);
    for (let i = 0; i < value.length; i++) {
      const wrong = element(value[i], tableOf);
      if (wrong) return inside(wrong, `[${i}]`);
    }
    return undefined;
  };
}

function checkRecord(key: Check, field: Check, json: ValidatorJSON): Check {
  return (value, tableOf) => {
    if (!isObject(value)) return noMatch(value, json);
    for (const [name, of] of Object.entries(value)) {
      if (of === undefined) continue;
      const wrongKey = key(name, tableOf);
      if (wrongKey) return inside(wrongKey, '.keys()');
      const wrong = field(of, tableOf);
      if (wrong) return inside(wrong, '.values()');
    }
    return undefined;
  };
}

function checkObject(json: Extract<ValidatorJSON, { type: 'object' }>): Check {
  const fields = Object.entries(json.value)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, { fieldType, optional }]) => ({ name, optional, check: compile(fieldType) }));
  const names = new Set(fields.map(({ name }) => name));
  const wrongObject = (what: string, value: Value) =>
    mismatch(
      (context) => `${what}\n${context}\nObject: ${describeValue(value)}\nValidator: ${describeValidator(json)}`,
    );
  return (value, tableOf) => {
    if (!isObject(value)) return noMatch(value, json);
    for (const { name, optional, check } of fields) {
      const field = Object.hasOwn(value, name) ? value[name] : undefined;
      if (field !== undefined) {
        const wrong = check(field, tableOf);
        if (wrong) return inside(wrong, `.${name}`);
      } else if (!optional) {
        const advice = 'Consider wrapping the field validator in `v.optional(...)` if this is expected.';
        return wrongObject(`Object is missing the required field \`${name}\`. ${advice}`, value);
      }
    }
    for (const name in value) {
      if (!names.has(name) && value[name] !== undefined) {
        return wrongObject(`Object contains extra field \`${name}\` that is not in the validator.`, value);
      }
    }
    return undefined;
  };
}

function checkUnion(members: Check[], json: ValidatorJSON): Check {
  const [only] = members;
  if (only && members.length === 1) return only;
  return (value, tableOf) => {
    return members.some((check) => !check(value, tableOf)) ? undefined : noMatch(value, json);
  };
}

function isObject(value: Value | undefined): value is Record<string, Value | undefined> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof ArrayBuffer);
}

function noMatch(value: Value | undefined, json: ValidatorJSON): Mismatch {
  return mismatch(
    (context) =>
      `Value does not match validator.\n${context}\nValue: ${describeValue(value)}\nValidator: ${describeValidator(json)}`,
  );
}

/** The text is made when it is asked for: a union discards those of its members. */
function mismatch(text: Mismatch['text']): Mismatch {
  return { path: [], text };
}

function inside(wrong: Mismatch, step: string): Mismatch {
  wrong.path.push(step);
  return wrong;
}
