/**
 * Messages of Protocol Buffers (protobuf.dev/programming-guides/encoding), as far as ESPHome's API uses them: flat messages, and lists of flat messages.
 *
 * A message is described by a schema, from which its type follows. Own code and no library: `protobufjs` compiles schemas with `new Function` or generated
 * files, `@bufbuild/protobuf` needs generated files, and both bring some 1,000 lines for each line here. What a peer sends is bounded by the frame around it
 * (64 KiB); unknown fields are skipped.
 */

/** A number of 32 bits as a varint, a truth value, UTF-8 text, bytes, an IEEE float of 32 bits, a number in four bytes. */
type Scalar = 'uint32' | 'bool' | 'string' | 'bytes' | 'float' | 'fixed32';

interface Field {
  number: number;
  /** A schema: a list of messages. */
  kind: Scalar | Schema;
  isList?: true;
}

export type Schema = { readonly [name: string]: Field };

type ValueOf<Kind> = Kind extends 'bool'
  ? boolean
  : Kind extends 'string'
    ? string
    : Kind extends 'bytes'
      ? Uint8Array
      : Kind extends Scalar
        ? number
        : Kind extends Schema
          ? ProtobufMessage<Kind>
          : never;

/** A decoded message. A field that was not sent has its default: 0, false, an empty text, no bytes, an empty list. */
export type ProtobufMessage<S extends Schema> = {
  [Name in keyof S]: S[Name] extends { isList: true } ? ValueOf<S[Name]['kind']>[] : ValueOf<S[Name]['kind']>;
};

export const field = <Kind extends Scalar>(number: number, kind: Kind) => ({ number, kind });
export const list = <Kind extends 'string' | Schema>(number: number, kind: Kind) =>
  ({ number, kind, isList: true }) as const;

/** The bytes are not a message. */
export class ProtobufError extends Error {}

const VARINT = 0;
const FIXED64 = 1;
const DELIMITED = 2;
const FIXED32 = 5;
/** A varint has up to 64 bits. */
const MAX_VARINT_BYTES = 10;
/** Invalid UTF-8 is an error, as the specification says. */
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

const wireTypeOf = (kind: Field['kind']): number => {
  if (kind === 'uint32' || kind === 'bool') return VARINT;
  return kind === 'float' || kind === 'fixed32' ? FIXED32 : DELIMITED;
};

/** Fields that are missing, or have their default, are not written. */
export function encode<S extends Schema>(schema: S, message: Partial<ProtobufMessage<S>>): Buffer {
  const parts: Buffer[] = [];
  for (const [name, { number, kind }] of Object.entries(schema)) {
    const value: unknown = message[name];
    for (const each of Array.isArray(value) ? value : isDefault(value) ? [] : [value]) {
      const body = encodeValue(kind, each);
      const wireType = wireTypeOf(kind);
      parts.push(encodeVarint(number * 8 + wireType));
      if (wireType === DELIMITED) parts.push(encodeVarint(body.length));
      parts.push(body);
    }
  }
  return Buffer.concat(parts);
}

function isDefault(value: unknown): boolean {
  return value === undefined || value === 0 || value === false || value === '';
}

function encodeValue(kind: Field['kind'], value: unknown): Buffer {
  if (typeof kind === 'object') return encode(kind, value as object);
  if (kind === 'string') return Buffer.from(String(value), 'utf8');
  if (kind === 'bytes') return Buffer.from(value as Uint8Array);
  if (kind === 'uint32' || kind === 'bool') return encodeVarint(Number(value));
  const bytes = Buffer.alloc(4);
  if (kind === 'float') bytes.writeFloatLE(Number(value));
  else bytes.writeUInt32LE(Number(value));
  return bytes;
}

/** @param value a whole number, up to 2^32 − 1 */
export function encodeVarint(value: number): Buffer {
  const bytes: number[] = [];
  let rest = value;
  for (; rest > 127; rest = Math.floor(rest / 128)) bytes.push((rest & 127) | 128);
  bytes.push(rest);
  return Buffer.from(bytes);
}

/** @throws ProtobufError */
export function decode<S extends Schema>(schema: S, bytes: Uint8Array): ProtobufMessage<S> {
  const names = new Map(Object.entries(schema).map(([name, { number }]) => [number, name]));
  const message: Record<string, unknown> = {};
  for (const [name, { kind, isList }] of Object.entries(schema)) message[name] = isList ? [] : defaultOf(kind);
  const reader = new Reader(bytes);
  while (!reader.isAtEnd) {
    const tag = reader.varint();
    const name = names.get(tag >>> 3);
    const known = name === undefined ? undefined : schema[name];
    if (name === undefined || known === undefined || wireTypeOf(known.kind) !== (tag & 7)) {
      reader.skip(tag & 7);
      continue;
    }
    const value = reader.value(known.kind);
    if (known.isList) (message[name] as unknown[]).push(value);
    else message[name] = value;
  }
  return message as ProtobufMessage<S>;
}

function defaultOf(kind: Field['kind']): unknown {
  if (kind === 'bool') return false;
  if (kind === 'string') return '';
  return kind === 'bytes' ? new Uint8Array(0) : 0;
}

class Reader {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  }

  get isAtEnd(): boolean {
    return this.#at >= this.#bytes.length;
  }

  /** Its lowest 32 bits: no field of the API is larger. */
  varint(): number {
    let value = 0;
    for (let i = 0; i < MAX_VARINT_BYTES; i++) {
      const byte = this.take(1).readUInt8(0);
      if (i < 5) value |= (byte & 127) << (7 * i);
      if (byte < 128) return value >>> 0;
    }
    throw new ProtobufError('a number is too long');
  }

  value(kind: Field['kind']): unknown {
    if (kind === 'uint32') return this.varint();
    if (kind === 'bool') return this.varint() !== 0;
    if (kind === 'float') return this.take(4).readFloatLE(0);
    if (kind === 'fixed32') return this.take(4).readUInt32LE(0);
    const body = this.take(this.varint());
    if (typeof kind === 'object') return decode(kind, body);
    return kind === 'string' ? textOf(body) : Uint8Array.from(body);
  }

  skip(wireType: number): void {
    if (wireType === VARINT) this.varint();
    else if (wireType === FIXED64) this.take(8);
    else if (wireType === DELIMITED) this.take(this.varint());
    else if (wireType === FIXED32) this.take(4);
    else throw new ProtobufError(`there is no wire type ${wireType}`);
  }

  take(count: number): Buffer {
    if (count > this.#bytes.length - this.#at) throw new ProtobufError('the message is cut off');
    this.#at += count;
    return this.#bytes.subarray(this.#at - count, this.#at);
  }
}

function textOf(bytes: Uint8Array): string {
  try {
    return utf8.decode(bytes);
  } catch {
    throw new ProtobufError('a text is not UTF-8');
  }
}
