/**
 * The bounds of `withIndex(name, (q) => …)`: equal fields in the order of the index, then bounds of one more field.
 */
import type { Value } from 'convex/values';
import type { RangeExpression } from './database.ts';
import { describeValue } from './describe-value.ts';
import { decodeIdOrNull } from './document-id.ts';
import { afterPrefix, encodeKey, idKey } from './index-key.ts';
import { literalValue } from './literal.ts';
import type { Index } from './table.ts';

const SEE = 'See https://docs.convex.dev/using/indexes for more info.';
const OPERATORS = { Gt: '>', Gte: '>=', Lt: '<', Lte: '<=' } as const;

interface Interval {
  /** Inclusive. */
  low: Buffer;
  /** Exclusive. */
  high: Buffer;
}

export const EVERYTHING: Interval = { low: Buffer.alloc(0), high: afterPrefix(Buffer.alloc(0)) };

/** @throws Error in Convex's words, for expressions that do not fit the index */
export function indexInterval(index: Index, range: readonly RangeExpression[]): Interval {
  const equal = new Map<string, RangeExpression>();
  let lower: RangeExpression | undefined;
  let upper: RangeExpression | undefined;
  for (const expression of range) {
    const { type, fieldPath } = expression;
    if (type === 'Eq') {
      if (equal.has(fieldPath)) throw alreadyDefined('equality', expression);
      equal.set(fieldPath, expression);
      continue;
    }
    const isUpper = type === 'Lt' || type === 'Lte';
    if (isUpper ? upper : lower) throw alreadyDefined(isUpper ? 'upper' : 'lower', expression);
    const other = isUpper ? lower : upper;
    if (other && other.fieldPath !== fieldPath) {
      throw new Error(
        `Upper and lower bounds in \`range\` can only be applied to a single index field. This query against index ${index.name} attempted to set a range bound on both "${other.fieldPath}" and "${fieldPath}". Consider using \`filter\` instead. ${SEE}`,
      );
    }
    if (isUpper) upper = expression;
    else lower = expression;
  }
  const bounded = (lower ?? upper)?.fieldPath;
  if (bounded !== undefined && equal.has(bounded))
    throw alreadyDefined('inequality', equal.get(bounded) as RangeExpression);
  checkOrder(index, [...equal.keys()], bounded);

  const prefix = index.fields.slice(0, equal.size).map((field) => partOf(index, equal.get(field) as RangeExpression));
  const start = Buffer.concat(prefix);
  const at = (expression: RangeExpression) => Buffer.concat([start, partOf(index, expression)]);
  return {
    low: lower ? (lower.type === 'Gt' ? afterPrefix(at(lower)) : at(lower)) : start,
    high: upper ? (upper.type === 'Lt' ? at(upper) : afterPrefix(at(upper))) : afterPrefix(start),
  };
}

/** The part of a key for one value. */
function partOf(index: Index, { fieldPath, value }: RangeExpression): Buffer {
  const part = literalValue(value);
  return fieldPath === '_id' ? idPart(index, part) : encodeKey([part]);
}

/** Keys end with the bytes of the id, not with its text. */
function idPart({ name, table }: Index, value: Value | undefined): Buffer {
  const id = typeof value === 'string' ? decodeIdOrNull(value) : null;
  if (id?.tableNumber === table.number) return idKey(id.internal);
  throw new Error(
    `The embedded cloud compares \`_id\` in the range of an index with ids of the same table only. This query against index ${name} has ${describeValue(value)}.`,
  );
}

function checkOrder(index: Index, equalFields: string[], bounded: string | undefined): void {
  const { name, fields } = index;
  const used = bounded === undefined ? equalFields : [...equalFields, bounded];
  for (const field of used) {
    if (!fields.includes(field)) {
      throw new Error(
        `The index range included a comparison with "${field}", but ${name} with fields ${list(fields)} doesn't index this field. For more information see https://docs.convex.dev/using/indexes.`,
      );
    }
  }
  equalFields.sort((a, b) => fields.indexOf(a) - fields.indexOf(b));
  const inOrder = bounded === undefined ? equalFields : [...equalFields, bounded];
  inOrder.forEach((field, at) => {
    if (fields[at] === field) return;
    throw new Error(
      `Tried to query index ${name} but the query didn't use the index fields in order.\nIndex fields: ${list(fields)}\nQuery fields: ${list(inOrder)}\nFirst incorrect field: ${field}\nFor more information see https://docs.convex.dev/using/indexes.`,
    );
  });
}

function list(fields: readonly string[]): string {
  return `[${fields.join(', ')}]`;
}

function alreadyDefined(bound: string, { type, fieldPath, value }: RangeExpression): Error {
  const operator = type === 'Eq' ? '==' : OPERATORS[type];
  const text = describeValue(literalValue(value));
  return new Error(`Already defined ${bound} bound in index range. Can't add "${fieldPath}" ${operator} ${text}.`);
}
