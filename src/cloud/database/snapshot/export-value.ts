/**
 * Documents as Convex writes them into a snapshot, one a line: a number has a point or an exponent, a bigint has none, so that both keep their
 * type. What JSON has no number for, and bytes, are written as in Convex's other format (`{"$float": …}`).
 */
import { convexToJson, type JSONValue, jsonToConvex, type Value } from 'convex/values';
import type { Document } from '../field-path.ts';

export function exportText(value: Value): string {
  if (typeof value === 'bigint') return String(value);
  if (typeof value === 'number' && Number.isFinite(value)) return numberText(value);
  if (Array.isArray(value)) return `[${value.map(exportText).join(',')}]`;
  if (typeof value !== 'object' || value === null || value instanceof ArrayBuffer) {
    return JSON.stringify(convexToJson(value));
  }
  const fields = Object.entries(value as Document).sort(([a], [b]) => (a < b ? -1 : 1));
  const texts = fields.flatMap(([name, field]) =>
    field === undefined ? [] : [`${JSON.stringify(name)}:${exportText(field)}`],
  );
  return `{${texts.join(',')}}`;
}

function numberText(value: number): string {
  const text = Object.is(value, -0) ? '-0' : String(value);
  return /[.e]/.test(text) ? text : `${text}.0`;
}

/** Strings, which may hold anything, and numbers. */
const TOKENS = /"(?:[^"\\]|\\.)*"|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g;

/** @param hasBigints numbers without a point are bigints: in a snapshot, not in files that people wrote. @throws for what is no value */
export function importValue(line: string, hasBigints: boolean): Value {
  const text = hasBigints ? line.replace(TOKENS, bigintToken) : line;
  return jsonToConvex(JSON.parse(text) as JSONValue);
}

function bigintToken(token: string): string {
  if (!/^-?\d+$/.test(token)) return token;
  const value = BigInt(token);
  // Larger ones are numbers for Convex, too.
  return BigInt.asIntN(64, value) === value ? JSON.stringify(convexToJson(value)) : token;
}
