/**
 * A Convex value as people read it in an error of Convex, like `{a: 1.0, b: "x"}`: fields sorted, numbers with their point, bytes in base64.
 */
import type { Value } from 'convex/values';

/** Longer ones are cut: a message does not hold a whole document. */
const MAX_CHARACTERS = 2_000;
/** From here on, and below the smallest, a number has an exponent. */
const MIN_EXPONENT_NUMBER = 1e16;
const MAX_EXPONENT_FRACTION = 1e-4;

export function describeValue(value: Value | undefined): string {
  const text = whole(value);
  return text.length <= MAX_CHARACTERS ? text : `${text.slice(0, MAX_CHARACTERS)}…`;
}

function whole(value: Value | undefined): string {
  if (value === undefined) return 'undefined';
  if (value === null) return 'null';
  switch (typeof value) {
    case 'bigint':
    case 'boolean':
      return String(value);
    case 'number':
      return numberText(value);
    case 'string':
      return quoted(value);
  }
  if (value instanceof ArrayBuffer) return `b"${Buffer.from(value).toString('base64')}"`;
  if (Array.isArray(value)) return `[${value.map(whole).join(', ')}]`;
  const fields = Object.entries(value as Record<string, Value | undefined>).filter(([, field]) => field !== undefined);
  fields.sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${fields.map(([name, field]) => `${name}: ${whole(field)}`).join(', ')}}`;
}

function numberText(value: number): string {
  if (Number.isNaN(value)) return 'NaN';
  if (!Number.isFinite(value)) return value > 0 ? 'inf' : '-inf';
  const size = Math.abs(value);
  if (size >= MIN_EXPONENT_NUMBER || (size !== 0 && size < MAX_EXPONENT_FRACTION)) {
    return value.toExponential().replace('+', '');
  }
  const text = Object.is(value, -0) ? '-0' : String(value);
  return text.includes('.') ? text : `${text}.0`;
}

/** With Rust's escapes, because Convex is written in it. */
function quoted(text: string): string {
  return JSON.stringify(text).replace(/\\(?:u([0-9a-f]{4})|([bf]))/g, (_, hex?: string, letter?: string) => {
    const code = hex === undefined ? (letter === 'b' ? 8 : 12) : Number.parseInt(hex, 16);
    return code === 0 ? '\\0' : `\\u{${code.toString(16)}}`;
  });
}
