/** What Convex accepts as a document, in its words. */
import { getDocumentSize, type Value } from 'convex/values';
import type { ConvexLimits } from './convex-limits.ts';
import { describeValue } from './describe-value.ts';
import type { Document } from './field-path.ts';

const SYSTEM_FIELDS = ['_id', '_creationTime'];
const UNITS = ['B', 'KiB', 'MiB', 'GiB'];

/**
 * With `_id` and `_creationTime`. @returns its size, as Convex counts it
 *
 * @throws Error for what is too large, too nested, or has fields that no document may have
 */
export function checkDocument(document: Document, limits: ConvexLimits): number {
  for (const name of Object.keys(document)) {
    if (!name.startsWith('_') || SYSTEM_FIELDS.includes(name) || document[name] === undefined) continue;
    const reason = `Field '${name}' starts with an underscore, which is only allowed for system fields like '_id'`;
    throw new Error(`Document(value: ${describeValue(document as Value)}) isn't a valid document: ${reason}`);
  }
  const nesting = nestingOf(document as Value, limits);
  if (nesting > limits.documentNesting) {
    const limit = limits.documentNesting;
    throw new Error(`Document is too nested (nested ${nesting} levels deep > maximum nesting ${limit})`);
  }
  const bytes = getDocumentSize(document as Record<string, Value>);
  if (bytes > limits.documentBytes) {
    throw new Error(`Value is too large (${sizeText(bytes)} > maximum size ${sizeText(limits.documentBytes)})`);
  }
  return bytes;
}

/** How many levels a value has: a number 0, a list of numbers 1. @throws Error for fields that no object may have */
function nestingOf(value: Value | undefined, limits: ConvexLimits): number {
  if (typeof value !== 'object' || value === null || value instanceof ArrayBuffer) return 0;
  if (Array.isArray(value)) return 1 + deepest(value, limits);
  const fields = Object.entries(value).filter(([, field]) => field !== undefined);
  if (fields.length > limits.objectFields) {
    const limit = limits.objectFields;
    throw new Error(`Object has too many fields (${fields.length} > maximum number ${limit})`);
  }
  for (const [name] of fields) checkFieldName(name, limits);
  return (
    1 +
    deepest(
      fields.map(([, field]) => field),
      limits,
    )
  );
}

function deepest(values: readonly (Value | undefined)[], limits: ConvexLimits): number {
  return values.reduce<number>((most, value) => Math.max(most, nestingOf(value, limits)), 0);
}

function checkFieldName(name: string, { fieldNameCharacters }: ConvexLimits): void {
  if (name.startsWith('$')) throw new Error(`Field name ${name} starts with '$', which is reserved.`);
  const invalid = /[^\x20-\x7e]/u.exec(name);
  if (invalid) {
    const rule = 'Field names can only contain non-control ASCII characters';
    throw new Error(`Field name ${name} has invalid character '${invalid[0]}': ${rule}`);
  }
  if (name.length > fieldNameCharacters) {
    throw new Error(`Field name is too long (${name.length} > maximum ${fieldNameCharacters})`);
  }
}

/** @throws Error for a name that no table may have */
export function checkTableName(name: string, { identifierCharacters }: ConvexLimits): void {
  const isIdentifier = /^[a-zA-Z_][a-zA-Z0-9_]*$/.test(name) && /[a-zA-Z0-9]/.test(name);
  if (isIdentifier && name.length <= identifierCharacters) return;
  throw new Error(
    `Invalid table name: "${name}". Identifiers must start with a letter and can only contain letters, digits, and underscores.`,
  );
}

/** Like 1.5 MiB. */
export function sizeText(bytes: number): string {
  const unit = Math.min(UNITS.length - 1, Math.floor(Math.log2(Math.max(1, bytes)) / 10));
  const size = bytes / 1_024 ** unit;
  return `${Number.isInteger(size) ? size : size.toFixed(2)} ${UNITS[unit]}`;
}
