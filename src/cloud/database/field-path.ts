/** Values in a document by their path, like `state.kind`. */
import type { Value } from 'convex/values';

export type Document = Record<string, Value | undefined>;

/** Undefined: there is none, or what it should be in is no object. */
export function valueAt(document: Document, path: string): Value | undefined {
  if (!path.includes('.')) return own(document, path);
  let value: Value | undefined = document;
  for (const name of path.split('.')) value = own(value, name);
  return value;
}

function own(value: Value | undefined, name: string): Value | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value) || value instanceof ArrayBuffer)
    return undefined;
  return Object.hasOwn(value, name) ? (value as Document)[name] : undefined;
}
