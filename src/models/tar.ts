/**
 * Reads a tar archive as a stream: POSIX ustar with pax headers, and GNU's long names. Links, folders and devices are passed over.
 */
import { EarshotError } from '../core/errors.ts';

const BLOCK = 512;
/** Of a pax header or a long name. */
const MAX_HEADER_BYTES = 64 * 1024;

export interface TarFile {
  path: string;
  bytes: number;
  /** May be left unread, or be read in part. */
  content: AsyncIterable<Uint8Array>;
}

/** The regular files, in their order. Each must be read before the next one is asked for. @throws EarshotError `archive_invalid` */
export async function* readTar(source: AsyncIterable<Uint8Array>): AsyncGenerator<TarFile> {
  const bytes = readBytes(source);
  let extended: Record<string, string> = {};
  try {
    for (;;) {
      const header = await bytes.take(BLOCK);
      if (header.every((byte) => byte === 0)) return;
      checkSum(header);
      const type = String.fromCharCode(header[156] ?? 0);
      const size = extended.size === undefined ? octal(header, 124, 12) : whole(extended.size);
      const padded = Math.ceil(size / BLOCK) * BLOCK;
      if (type === 'x' || type === 'L' || type === 'g') {
        if (size > MAX_HEADER_BYTES) throw invalid('a header is too long');
        const content = (await bytes.take(padded)).subarray(0, size);
        // A global header of a tarball has a comment, such as the commit.
        if (type === 'x') extended = { ...extended, ...paxRecords(content) };
        if (type === 'L') extended = { ...extended, path: text(content) };
        continue;
      }
      const path = extended.path ?? ustarPath(header);
      extended = {};
      const content = bytes.pass(size);
      if (type === '0' || type === '\0') yield { path, bytes: size, content };
      for await (const _ of content);
      await bytes.take(padded - size);
    }
  } finally {
    await bytes.end();
  }
}

function readBytes(source: AsyncIterable<Uint8Array>) {
  const iterator = source[Symbol.asyncIterator]();
  let rest: Uint8Array = new Uint8Array();

  async function atMost(limit: number): Promise<Uint8Array> {
    while (rest.length === 0) {
      const { done, value } = await iterator.next();
      if (done) throw invalid('it is cut off');
      rest = value;
    }
    const piece = rest.subarray(0, limit);
    rest = rest.subarray(piece.length);
    return piece;
  }

  return {
    async take(length: number): Promise<Uint8Array> {
      const all = new Uint8Array(length);
      for (let at = 0; at < length; ) {
        const piece = await atMost(length - at);
        all.set(piece, at);
        at += piece.length;
      }
      return all;
    },
    async *pass(length: number): AsyncGenerator<Uint8Array> {
      let left = length;
      while (left > 0) {
        const piece = await atMost(left);
        left -= piece.length;
        yield piece;
      }
    },
    end: () => iterator.return?.(),
  };
}

/** The sum of all bytes, with spaces in the place of the sum itself. */
function checkSum(header: Uint8Array): void {
  let sum = 0;
  for (const [at, byte] of header.entries()) sum += at >= 148 && at < 156 ? 0x20 : byte;
  if (sum !== octal(header, 148, 8)) throw invalid('a header is damaged');
}

function ustarPath(header: Uint8Array): string {
  const name = text(header.subarray(0, 100));
  const isUstar = text(header.subarray(257, 263)).startsWith('ustar');
  const prefix = isUstar ? text(header.subarray(345, 500)) : '';
  return prefix ? `${prefix}/${name}` : name;
}

/** Records `LENGTH KEY=VALUE\n`; the length is in bytes, its own digits included. */
function paxRecords(content: Uint8Array): Record<string, string> {
  const records: Record<string, string> = {};
  for (let at = 0; at < content.length; ) {
    const [digits = ''] = text(content.subarray(at, at + 8)).split(' ');
    const length = whole(digits);
    const record = text(content.subarray(at + digits.length + 1, at + length - 1));
    const equals = record.indexOf('=');
    if (length <= digits.length || equals < 0) throw invalid('a pax header is damaged');
    records[record.slice(0, equals)] = record.slice(equals + 1);
    at += length;
  }
  return records;
}

function octal(header: Uint8Array, at: number, length: number): number {
  const digits = text(header.subarray(at, at + length)).trim();
  if (!/^[0-7]*$/.test(digits)) throw invalid('a number in a header is damaged');
  return digits === '' ? 0 : Number.parseInt(digits, 8);
}

function whole(digits: string): number {
  if (!/^\d{1,15}$/.test(digits)) throw invalid('a pax header is damaged');
  return Number(digits);
}

/** Until the first NUL. */
function text(bytes: Uint8Array): string {
  const end = bytes.indexOf(0);
  return new TextDecoder().decode(end < 0 ? bytes : bytes.subarray(0, end));
}

function invalid(reason: string): EarshotError {
  return new EarshotError('archive_invalid', `A tar archive cannot be read: ${reason}`, 'Fetch it again.');
}
