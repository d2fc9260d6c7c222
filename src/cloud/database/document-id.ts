/**
 * Ids as Convex writes them (version 6): the table's number, 16 bytes that belong to the document, and a checksum, in Crockford's base32
 * in small letters. So data moves to a deployment of Convex and back with its ids, and with random bytes no id can be guessed.
 *
 *     [number of the table, 7 bits a byte, lowest first] [16 bytes] [Fletcher-16 of all before, low byte first]
 */
const ALPHABET = '0123456789abcdefghjkmnpqrstvwxyz';
const DIGITS = new Map([...ALPHABET].map((letter, digit) => [letter, digit]));
export const INTERNAL_ID_BYTES = 16;
const CHECKSUM_BYTES = 2;
/** A number of 32 bits, 7 bits a byte. */
const MAX_NUMBER_BYTES = 5;
const MIN_CHARACTERS = charactersOf(1 + INTERNAL_ID_BYTES + CHECKSUM_BYTES);
const MAX_CHARACTERS = charactersOf(MAX_NUMBER_BYTES + INTERNAL_ID_BYTES + CHECKSUM_BYTES);
const MAX_TABLE_NUMBER = 2 ** 32 - 1;

export interface DocumentId {
  tableNumber: number;
  /** What distinguishes the documents of a table. */
  internal: Buffer;
}

export function encodeId(tableNumber: number, internal: Uint8Array): string {
  const bytes: number[] = [];
  let rest = tableNumber;
  for (; rest >= 128; rest = Math.floor(rest / 128)) bytes.push((rest % 128) | 128);
  bytes.push(rest, ...internal);
  const checksum = fletcher16(bytes);
  bytes.push(checksum & 0xff, checksum >> 8);
  return encodeBase32(bytes);
}

/** @throws Error in Convex's words */
export function decodeId(id: string): DocumentId {
  const result = parseId(id);
  if (typeof result === 'string') throw new Error(`Unable to decode ID: ${result}`);
  return result;
}

/** Null: it is no id. */
export function decodeIdOrNull(id: string): DocumentId | null {
  const result = parseId(id);
  return typeof result === 'string' ? null : result;
}

/** The id, or what is wrong with it. */
function parseId(id: string): DocumentId | string {
  const invalidLength = `Invalid ID length ${Buffer.byteLength(id)}`;
  if (id.length < MIN_CHARACTERS || id.length > MAX_CHARACTERS) return invalidLength;
  const bytes = decodeBase32(id);
  if (!bytes) return "ID wasn't valid base32";
  let tableNumber = 0;
  let at = 0;
  for (let byte = 128; byte >= 128; at++) {
    byte = bytes[at] ?? 0;
    if (at === MAX_NUMBER_BYTES) return 'Invalid table number';
    tableNumber += (byte & 127) * 2 ** (7 * at);
  }
  if (at > 1 && bytes[at - 1] === 0) return 'Invalid table number';
  if (tableNumber === 0 || tableNumber > MAX_TABLE_NUMBER) return 'Invalid table number';
  const end = at + INTERNAL_ID_BYTES;
  if (bytes.length !== end + CHECKSUM_BYTES) return invalidLength;
  const expected = fletcher16(bytes.subarray(0, end));
  const found = bytes.readUInt16LE(end);
  if (found !== expected) return `Invalid ID version ${found} (expected ${expected})`;
  return { tableNumber, internal: bytes.subarray(at, end) };
}

/** With modulus 256, as Convex has it (RFC 1145, appendix I). */
function fletcher16(bytes: ArrayLike<number>): number {
  let low = 0;
  let high = 0;
  for (let i = 0; i < bytes.length; i++) {
    low = (low + (bytes[i] ?? 0)) & 0xff;
    high = (high + low) & 0xff;
  }
  return (high << 8) | low;
}

function charactersOf(bytes: number): number {
  return Math.ceil((bytes * 8) / 5);
}

function encodeBase32(bytes: readonly number[]): string {
  let text = '';
  let bits = 0;
  let value = 0;
  for (const byte of bytes) {
    value = ((value << 8) | byte) & 0xfff;
    bits += 8;
    for (; bits >= 5; bits -= 5) text += ALPHABET[(value >> (bits - 5)) & 31];
  }
  return bits === 0 ? text : text + ALPHABET[(value << (5 - bits)) & 31];
}

/** Undefined: another letter, or bits that `encodeBase32` would not have written: an id has one spelling. */
function decodeBase32(text: string): Buffer | undefined {
  const bytes = Buffer.alloc(Math.floor((text.length * 5) / 8));
  let at = 0;
  let bits = 0;
  let value = 0;
  for (const letter of text) {
    const digit = DIGITS.get(letter);
    if (digit === undefined) return undefined;
    value = ((value << 5) | digit) & 0xfff;
    bits += 5;
    if (bits < 8) continue;
    bits -= 8;
    if (at < bytes.length) bytes[at++] = (value >> bits) & 0xff;
  }
  const isOneSpelling = bits < 5 && (value & ((1 << bits) - 1)) === 0;
  return isOneSpelling ? bytes : undefined;
}
