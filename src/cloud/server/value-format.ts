/**
 * How the HTTP API writes values: Convex's own JSON, or one that is easier to read (`format: "json"`), as a real backend does.
 */
import { type JSONValue, jsonToConvex, type Value } from 'convex/values';
import { HttpError } from './http-answer.ts';

export type ValueFormat = 'encoded' | 'clean';

const FORMATS: Record<string, ValueFormat> = {
  convex_encoded_json: 'encoded',
  convex_json: 'encoded',
  json: 'clean',
  convex_clean_json: 'clean',
};

/** @param format undefined: the one that is easier to read. @throws HttpError */
export function valueFormat(format: string | undefined): ValueFormat {
  const found = FORMATS[format ?? 'json'];
  if (!found) throw new HttpError(400, 'BadFormat', 'format must be json or convex_encoded_json');
  return found;
}

/** @param text in Convex's own JSON */
export function formatText(text: string, format: ValueFormat): string {
  // Values of which both formats write the same need not be read.
  if (format === 'encoded' || !text.includes('"$')) return text;
  return JSON.stringify(cleanJson(jsonToConvex(JSON.parse(text))));
}

export function formatJson(value: JSONValue, format: ValueFormat): JSONValue {
  return format === 'encoded' ? value : cleanJson(jsonToConvex(value));
}

function cleanJson(value: Value): JSONValue {
  if (typeof value === 'bigint') return value.toString();
  if (typeof value === 'number') return Number.isFinite(value) ? value : String(value);
  if (value instanceof ArrayBuffer) return Buffer.from(value).toString('base64');
  if (Array.isArray(value)) return value.map(cleanJson);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).flatMap(([name, each]) => (each === undefined ? [] : [[name, cleanJson(each)]])),
  );
}
