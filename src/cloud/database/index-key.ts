/**
 * Keys of indexes: bytes that sort as Convex sorts the values (`compareValues`): undefined, null, bigint, number, boolean, string, bytes,
 * array, object. The id of the document ends each key.
 *
 * Each value begins with a byte for its type and ends where no other value of its type goes on, so that a key is its values one after
 * another. No value begins with 0xff: `PREFIX_END` after a key is above all keys that begin with it. The scheme is FoundationDB's tuple
 * layer, as in Convex's backend (`crates/value/src/sorting.rs`).
 */
import type { Value } from 'convex/values';
import { type Document, valueAt } from './field-path.ts';

const TYPES = {
  undefined: 1,
  null: 2,
  bigint: 3,
  number: 4,
  false: 5,
  true: 6,
  string: 7,
  bytes: 8,
  array: 9,
  object: 10,
  id: 11,
} as const;

/** Ends a string, bytes, an array or an object; in strings and bytes, {@link ESCAPE} after it makes it a zero. */
const END = 0;
const ESCAPE = 0xff;
const PREFIX_END = Buffer.from([0xff]);
const NEXT = Buffer.from([0]);
const ID = Buffer.from([TYPES.id]);
const SIGN_BIT = 1n << 63n;
const INITIAL_BYTES = 256;

/** A key that is being written. */
class KeyBuffer {
  #bytes = Buffer.allocUnsafe(INITIAL_BYTES);
  #length = 0;

  /** Where `length` bytes may be written. */
  reserve(length: number): { bytes: Buffer; at: number } {
    const at = this.#length;
    if (at + length > this.#bytes.length) {
      const larger = Buffer.allocUnsafe(Math.max(at + length, this.#bytes.length * 2));
      this.#bytes.copy(larger, 0, 0, at);
      this.#bytes = larger;
    }
    this.#length = at + length;
    return { bytes: this.#bytes, at };
  }

  byte(value: number): void {
    const { bytes, at } = this.reserve(1);
    bytes[at] = value;
  }

  /** Bytes and their end. */
  escaped(source: Uint8Array): void {
    let from = 0;
    for (let zero = source.indexOf(0); zero >= 0; zero = source.indexOf(0, from)) {
      this.raw(source.subarray(from, zero + 1));
      this.byte(ESCAPE);
      from = zero + 1;
    }
    this.raw(source.subarray(from));
    this.byte(END);
  }

  raw(source: Uint8Array): void {
    const { bytes, at } = this.reserve(source.length);
    bytes.set(source, at);
  }

  take(): Buffer {
    return Buffer.from(this.#bytes.subarray(0, this.#length));
  }
}

export function encodeKey(values: readonly (Value | undefined)[], end?: Uint8Array): Buffer {
  const key = new KeyBuffer();
  for (const value of values) write(key, value);
  if (end) key.raw(end);
  return key.take();
}

/** How the bytes of an id that belong to its document end a key; all of the key in the index `by_id`. */
export function idKey(internal: Uint8Array): Buffer {
  return Buffer.concat([ID, internal]);
}

/** The key of a document: `fields` are those of the index, of which the last is `_id`; `id` is its {@link idKey}. */
export function indexKey(fields: readonly string[], document: Document, id: Uint8Array): Buffer {
  const values = fields.slice(0, -1).map((field) => valueAt(document, field));
  return encodeKey(values, id);
}

/** Above all keys that begin with this one. */
export function afterPrefix(key: Uint8Array): Buffer {
  return Buffer.concat([key, PREFIX_END]);
}

/** The first key above this one. */
export function afterKey(key: Uint8Array): Buffer {
  return Buffer.concat([key, NEXT]);
}

/** Not below any key that begins with these bytes, which may end anywhere in a key. */
export function afterBytes(bytes: Uint8Array): Buffer {
  const copy = Buffer.from(bytes);
  let last = copy.length - 1;
  while (copy[last] === 0xff) last--;
  copy[last] = (copy[last] ?? 0) + 1;
  return copy.subarray(0, last + 1);
}

function write(key: KeyBuffer, value: Value | undefined): void {
  if (value === undefined) return key.byte(TYPES.undefined);
  if (value === null) return key.byte(TYPES.null);
  switch (typeof value) {
    case 'bigint':
      return writeBigint(key, value);
    case 'number':
      return writeNumber(key, value);
    case 'boolean':
      return key.byte(value ? TYPES.true : TYPES.false);
    case 'string':
      key.byte(TYPES.string);
      return key.escaped(utf8(value));
  }
  if (value instanceof ArrayBuffer) {
    key.byte(TYPES.bytes);
    return key.escaped(new Uint8Array(value));
  }
  if (Array.isArray(value)) {
    key.byte(TYPES.array);
    for (const element of value) write(key, element);
    return key.byte(END);
  }
  key.byte(TYPES.object);
  const object = value as Record<string, Value | undefined>;
  for (const name of Object.keys(object).sort()) {
    if (object[name] === undefined) continue;
    write(key, name);
    write(key, object[name]);
  }
  key.byte(END);
}

function writeBigint(key: KeyBuffer, value: bigint): void {
  const { bytes, at } = key.reserve(9);
  bytes[at] = TYPES.bigint;
  bytes.writeBigUInt64BE(BigInt.asUintN(64, value) ^ SIGN_BIT, at + 1);
}

/** The bits of the IEEE format sort like the numbers when the sign is turned, and of negative ones all bits are. */
function writeNumber(key: KeyBuffer, value: number): void {
  const { bytes, at } = key.reserve(9);
  bytes[at] = TYPES.number;
  bytes.writeDoubleBE(value, at + 1);
  const mask = (bytes[at + 1] ?? 0) & 0x80 ? 0xff : 0;
  bytes[at + 1] = (bytes[at + 1] ?? 0) ^ (mask || 0x80);
  for (let i = at + 2; i < at + 9; i++) bytes[i] = (bytes[i] ?? 0) ^ mask;
}

/** UTF-8, and half of a surrogate pair by the same rule, so that each string has its own key. */
function utf8(text: string): Uint8Array {
  if (!/\p{Surrogate}/u.test(text)) return Buffer.from(text, 'utf8');
  const parts = Array.from(text, (character) => {
    const code = character.charCodeAt(0);
    if (character.length > 1 || code < 0xd800 || code > 0xdfff) return Buffer.from(character, 'utf8');
    return Buffer.from([0xe0 | (code >> 12), 0x80 | ((code >> 6) & 0x3f), 0x80 | (code & 0x3f)]);
  });
  return Buffer.concat(parts);
}
