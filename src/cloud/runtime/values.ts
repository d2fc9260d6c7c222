/**
 * What Convex checks of every value that goes into or comes out of a function: its size, and the shape of its arrays and objects.
 */
import { getConvexSize, type JSONValue, jsonToConvex, type Value } from 'convex/values';
import { MAX_ARRAY_LENGTH, MAX_NESTING, MAX_OBJECT_FIELDS } from './limits.ts';

const MIB = 1_024 * 1_024;
const HALF_A_PAIR = /\p{Surrogate}/u;
/** A JSON text has at least two characters for each number, whose size is nine bytes. */
const MAX_BYTES_A_CHARACTER = 5;

/** @throws what Convex says of an array or object that is too long or too deep, and of a text that UTF-8 cannot hold */
export function checkShape(value: JSONValue, depth = 0): void {
  if (typeof value === 'string' && HALF_A_PAIR.test(value)) throw new Error('A text has half a surrogate pair.');
  if (value === null || typeof value !== 'object') return;
  const nesting = depth + 1;
  if (nesting > MAX_NESTING) {
    throw new Error(`Value is too nested (nested ${nesting} levels deep > maximum nesting ${MAX_NESTING})`);
  }
  if (Array.isArray(value)) {
    if (value.length > MAX_ARRAY_LENGTH) {
      throw new Error(`Array length is too long (${value.length} > maximum length ${MAX_ARRAY_LENGTH})`);
    }
    for (const item of value) checkShape(item, nesting);
    return;
  }
  const fields = Object.values(value);
  if (fields.length > MAX_OBJECT_FIELDS) {
    throw new Error(`Object has too many fields (${fields.length} > maximum number ${MAX_OBJECT_FIELDS})`);
  }
  for (const field of fields) if (field !== undefined) checkShape(field, nesting);
}

/** The size of a value, if it can be more than `maxBytes`; a short text need not be measured. */
export function bytesBeyond(maxBytes: number, text: string, value: Value): number | undefined {
  if (text.length * MAX_BYTES_A_CHARACTER <= maxBytes) return undefined;
  const bytes = getConvexSize(value);
  return bytes > maxBytes ? bytes : undefined;
}

export function inMib(bytes: number): string {
  return `${Math.round((bytes / MIB) * 100) / 100} MiB`;
}

/** @throws what is not a Convex value */
export function parseValue(text: string): { json: JSONValue; value: Value } {
  const json = JSON.parse(text) as JSONValue;
  checkShape(json);
  return { json, value: jsonToConvex(json) };
}

export const asText = (value: JSONValue | undefined): string => JSON.stringify(value ?? null);
