/**
 * The same text for equal values, in whatever order the properties of their objects were written.
 */
import type { JSONValue } from 'convex/values';

export function canonicalJson(value: JSONValue): string {
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join()}]`;
  if (value === null || typeof value !== 'object') return JSON.stringify(value);
  const properties = Object.keys(value)
    .sort()
    .flatMap((name) => {
      const property = value[name];
      return property === undefined ? [] : [`${JSON.stringify(name)}:${canonicalJson(property)}`];
    });
  return `{${properties.join()}}`;
}
