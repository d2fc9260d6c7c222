/**
 * A tar archive (POSIX ustar), entry by entry, so that an export of any size needs the memory of one entry only. Every system opens it.
 */
const BLOCK_BYTES = 512;
/** Longest name of an entry, in bytes. */
const MAX_NAME_BYTES = 100;
/** The field of the size has 11 octal digits. */
const MAX_BYTES = 8 ** 11 - 1;

export interface TarEntry {
  /** ASCII, at most 100 characters: `recordings/NAME.ogg`. */
  name: string;
  /** In ms since 1970. */
  modifiedAt: number;
  content: Uint8Array;
}

/** @throws RangeError when the name or the content is too long for the format */
export function tarEntry(entry: TarEntry): Uint8Array<ArrayBuffer> {
  const { content } = entry;
  const padded = Math.ceil(content.byteLength / BLOCK_BYTES) * BLOCK_BYTES;
  const bytes = new Uint8Array(BLOCK_BYTES + padded);
  bytes.set(header(entry));
  bytes.set(content, BLOCK_BYTES);
  return bytes;
}

/** Two empty blocks. */
export function tarEnd(): Uint8Array<ArrayBuffer> {
  return new Uint8Array(2 * BLOCK_BYTES);
}

function header({ name, modifiedAt, content }: TarEntry): Uint8Array {
  if (!/^[ -~]+$/.test(name) || name.length > MAX_NAME_BYTES)
    throw new RangeError(`${name} cannot be a name in a tar.`);
  if (content.byteLength > MAX_BYTES) throw new RangeError(`${name} is too large for a tar.`);
  const block = new Uint8Array(BLOCK_BYTES);
  const write = (at: number, text: string) => block.set(new TextEncoder().encode(text), at);
  const octal = (value: number, digits: number) => `${Math.floor(value).toString(8).padStart(digits, '0')}\0`;
  write(0, name);
  write(100, octal(0o644, 7));
  write(108, octal(0, 7));
  write(116, octal(0, 7));
  write(124, octal(content.byteLength, 11));
  write(136, octal(Math.max(0, modifiedAt / 1_000), 11));
  write(148, ' '.repeat(8));
  write(156, '0');
  write(257, 'ustar\x0000');
  const sum = block.reduce((total, byte) => total + byte, 0);
  write(148, `${sum.toString(8).padStart(6, '0')}\0 `);
  return block;
}
