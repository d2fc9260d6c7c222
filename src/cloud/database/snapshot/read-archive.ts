/**
 * The entries of a snapshot's ZIP file. It comes from outside: what is damaged, larger than it says, or larger than the disk is refused, and
 * no entry is held in memory.
 */
import { Transform } from 'node:stream';
import { crc32 } from 'node:zlib';
import type { Entry, ZipFile } from 'yauzl';
import { EarshotError, messageOf } from '../../../core/errors.ts';

/** A line longer than this is no document. */
const MAX_LINE_CHARACTERS = 8 << 20;
const MAX_ENTRIES = 2_000_000;

export interface Archive {
  entries: readonly Entry[];
  /** Of all entries, as the archive says; each is checked when it is read. */
  bytes: number;
  read(entry: Entry): Promise<AsyncIterable<Buffer>>;
  lines(entry: Entry): AsyncGenerator<string>;
  close(): void;
}

/** @throws EarshotError `file_unreadable` */
export async function openArchive(path: string): Promise<Archive> {
  const { openPromise } = await import('yauzl');
  let zip: ZipFile | undefined;
  try {
    zip = await openPromise(path, { autoClose: false });
    const entries: Entry[] = [];
    let bytes = 0;
    for await (const entry of zip.eachEntry()) {
      entries.push(entry);
      bytes += entry.uncompressedSize;
      if (entries.length > MAX_ENTRIES) throw new Error(`it has more than ${MAX_ENTRIES} files`);
    }
    return withEntries(zip, path, entries, bytes);
  } catch (cause) {
    zip?.close();
    throw damaged(path, cause);
  }
}

function withEntries(zip: ZipFile, path: string, entries: Entry[], bytes: number): Archive {
  async function read(entry: Entry): Promise<AsyncIterable<Buffer>> {
    try {
      const content = await zip.openReadStreamPromise(entry);
      const checked = content.pipe(checksum(entry));
      content.on('error', (error) => checked.destroy(error));
      return checked;
    } catch (cause) {
      throw damaged(path, cause);
    }
  }
  return {
    entries,
    bytes,
    read: async (entry) => withErrors(await read(entry), path),
    lines: (entry) => linesOf(entry, () => read(entry), path),
    close: () => zip.close(),
  };
}

/** yauzl checks the length of an entry; its content is checked here. */
function checksum(entry: Entry): Transform {
  let sum = 0;
  return new Transform({
    transform(chunk: Buffer, _, done) {
      sum = crc32(chunk, sum);
      done(null, chunk);
    },
    flush(done) {
      done(sum === entry.crc32 ? null : new Error(`the checksum of ${entry.fileName} is wrong`));
    },
  });
}

async function* withErrors(content: AsyncIterable<Buffer>, path: string): AsyncGenerator<Buffer> {
  try {
    yield* content;
  } catch (cause) {
    throw damaged(path, cause);
  }
}

async function* linesOf(
  { fileName }: Entry,
  read: () => Promise<AsyncIterable<Buffer>>,
  path: string,
): AsyncGenerator<string> {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  let rest = '';
  try {
    for await (const chunk of await read()) {
      const parts = (rest + decoder.decode(chunk, { stream: true })).split('\n');
      rest = parts.pop() ?? '';
      if (rest.length > MAX_LINE_CHARACTERS) throw new Error(`a line of ${fileName} is too long`);
      for (const line of parts) if (line.trim() !== '') yield line;
    }
    rest += decoder.decode();
  } catch (cause) {
    throw damaged(path, cause);
  }
  if (rest.trim() !== '') yield rest;
}

export function damaged(path: string, cause: unknown): EarshotError {
  if (cause instanceof EarshotError) return cause;
  return new EarshotError(
    'file_unreadable',
    `${path} is no whole snapshot: ${messageOf(cause)}`,
    'Export it again, or copy it again. Nothing was imported.',
    { cause },
  );
}
