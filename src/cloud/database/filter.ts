/**
 * The expressions of `filter((q) => …)`, as the client library writes them. What is compared sorts as in an index; what is computed must be
 * two numbers or two bigints, and what is decided a boolean.
 */
import { compareValues, type JSONValue, type Value } from 'convex/values';
import { describeValue } from './describe-value.ts';
import { type Document, valueAt } from './field-path.ts';
import { literalValue } from './literal.ts';

type Expression = (document: Document) => Value | undefined;

const COMPARISONS: Record<string, (order: number) => boolean> = {
  $eq: (order) => order === 0,
  $neq: (order) => order !== 0,
  $lt: (order) => order < 0,
  $lte: (order) => order <= 0,
  $gt: (order) => order > 0,
  $gte: (order) => order >= 0,
};

interface Arithmetic {
  name: string;
  numbers(left: number, right: number): number;
  bigints(left: bigint, right: bigint): bigint;
}
const ARITHMETIC: Record<string, Arithmetic> = {
  $add: { name: 'add', numbers: (a, b) => a + b, bigints: (a, b) => a + b },
  $sub: { name: 'subtract', numbers: (a, b) => a - b, bigints: (a, b) => a - b },
  $mul: { name: 'multiply', numbers: (a, b) => a * b, bigints: (a, b) => a * b },
  $div: { name: 'divide', numbers: (a, b) => a / b, bigints: (a, b) => a / b },
  $mod: { name: 'mod', numbers: (a, b) => a % b, bigints: (a, b) => a % b },
};

/** @throws Error for what is no filter, and later what does not compute */
export function compileFilter(json: JSONValue): (document: Document) => boolean {
  const expression = compile(json);
  return (document) => decided(expression(document));
}

function compile(json: JSONValue): Expression {
  const entries = typeof json === 'object' && json !== null && !Array.isArray(json) ? Object.entries(json) : [];
  const [entry] = entries;
  if (!entry || entries.length !== 1) throw new Error('Invalid expression in the filter of a query.');
  const [operator, operand] = entry as [string, JSONValue];
  if (operator === '$literal') {
    const value = literalValue(operand);
    return () => value;
  }
  if (operator === '$field') {
    const path = String(operand);
    return (document) => valueAt(document, path);
  }
  const operands = (Array.isArray(operand) ? operand : [operand]).map(compile);
  if (operator === '$and') return (document) => operands.every((part) => decided(part(document)));
  if (operator === '$or') return (document) => operands.some((part) => decided(part(document)));
  const [left, right] = operands;
  if (!left) throw new Error(`The operator ${operator} of a filter has no operand.`);
  if (operator === '$not') return (document) => !decided(left(document));
  if (operator === '$neg') return (document) => negated(left(document));
  if (!right) throw new Error(`The operator ${operator} of a filter needs two operands.`);
  const comparison = COMPARISONS[operator];
  if (comparison) return (document) => comparison(compareValues(left(document), right(document)));
  const arithmetic = ARITHMETIC[operator];
  if (arithmetic) return (document) => computed(arithmetic, left(document), right(document));
  throw new Error(`There is no operator ${operator} for a filter.`);
}

function decided(value: Value | undefined): boolean {
  if (typeof value === 'boolean') return value;
  throw new Error(`Expected a boolean in the filter of a query, got ${describeValue(value)} (type ${typeName(value)})`);
}

function computed({ name, numbers, bigints }: Arithmetic, left: Value | undefined, right: Value | undefined): Value {
  if (typeof left === 'number' && typeof right === 'number') return numbers(left, right);
  if (typeof left === 'bigint' && typeof right === 'bigint') {
    if (right === 0n && (name === 'divide' || name === 'mod')) throw new Error(`Cannot ${name} ${left} by zero`);
    const result = bigints(left, right);
    if (fitsInt64(result)) return result;
    throw new Error(`Cannot ${name} ${left} and ${right}: the result is out of range for Int64`);
  }
  const operands = [left, right].map((value) => `${describeValue(value)} (type ${typeName(value)})`);
  throw new Error(`Cannot ${name} ${operands.join(' and ')}`);
}

function negated(value: Value | undefined): Value {
  if (typeof value === 'number') return -value;
  if (typeof value !== 'bigint') throw new Error(`Cannot negate ${describeValue(value)} (type ${typeName(value)})`);
  if (fitsInt64(-value)) return -value;
  throw new Error(`Cannot negate ${value}: the result is out of range for Int64`);
}

function fitsInt64(value: bigint): boolean {
  return BigInt.asIntN(64, value) === value;
}

function typeName(value: Value | undefined): string {
  if (value === undefined) return 'Undefined';
  if (value === null) return 'Null';
  if (value instanceof ArrayBuffer) return 'Bytes';
  if (Array.isArray(value)) return 'Array';
  const names = { bigint: 'Int64', number: 'Float64', boolean: 'Boolean', string: 'String' } as const;
  return typeof value === 'object' ? 'Object' : names[typeof value as keyof typeof names];
}
