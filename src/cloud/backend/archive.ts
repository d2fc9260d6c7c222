/**
 * Takes one file out of a ZIP archive (APPNOTE.TXT 4.3): of a release, which has one file, after the archive's SHA-256 was checked.
 */
import { createReadStream, createWriteStream } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import { createInflateRaw } from 'node:zlib';
import { EarshotError } from '../../core/errors.ts';

const END_SIGNATURE = 0x06054b50;
const END_BYTES = 22;
const LONGEST_COMMENT = 0xffff;
const ENTRY_SIGNATURE = 0x02014b50;
const ENTRY_BYTES = 46;
const LOCAL_BYTES = 30;
const STORED = 0;
const DEFLATED = 8;

interface Entry {
  name: string;
  method: number;
  compressedBytes: number;
  bytes: number;
  /** Of its local header. */
  at: number;
}

/**
 * @param name of the file, in whichever folder of the archive it is
 * @throws EarshotError `archive_invalid`; the system's errors of the file that is written, by rejection
 */
export async function extractFile(archive: string, name: string, to: string, mode: number): Promise<void> {
  const file = await open(archive, 'r');
  try {
    const entry = (await entriesOf(file, archive)).find((each) => each.name.split('/').at(-1) === name);
    if (!entry) throw invalid(archive, `it has no file ${name}`);
    const local = await readAt(file, entry.at, LOCAL_BYTES);
    const start = entry.at + LOCAL_BYTES + local.readUInt16LE(26) + local.readUInt16LE(28);
    const end = start + entry.compressedBytes - 1;
    const packed = createReadStream(archive, { start, end: Math.max(end, start) });
    const target = createWriteStream(to, { mode });
    if (entry.method === STORED) await pipeline(packed, target);
    else if (entry.method === DEFLATED) await pipeline(packed, createInflateRaw(), target);
    else throw invalid(archive, `${name} is compressed in a way that is not supported (${entry.method})`);
    if (target.bytesWritten !== entry.bytes) throw invalid(archive, `${name} is cut off`);
  } finally {
    await file.close();
  }
}

async function entriesOf(file: FileHandle, archive: string): Promise<Entry[]> {
  const { size } = await file.stat();
  const tailBytes = Math.min(size, END_BYTES + LONGEST_COMMENT);
  const tail = await readAt(file, size - tailBytes, tailBytes);
  let at = tail.length - END_BYTES;
  while (at >= 0 && tail.readUInt32LE(at) !== END_SIGNATURE) at -= 1;
  if (at < 0) throw invalid(archive, 'it is no ZIP archive');
  const directory = await readAt(file, tail.readUInt32LE(at + 16), tail.readUInt32LE(at + 12));
  const entries: Entry[] = [];
  for (let place = 0; place + ENTRY_BYTES <= directory.length; ) {
    if (directory.readUInt32LE(place) !== ENTRY_SIGNATURE) throw invalid(archive, 'its directory is damaged');
    const nameBytes = directory.readUInt16LE(place + 28);
    entries.push({
      name: directory.toString('utf8', place + ENTRY_BYTES, place + ENTRY_BYTES + nameBytes),
      method: directory.readUInt16LE(place + 10),
      compressedBytes: directory.readUInt32LE(place + 20),
      bytes: directory.readUInt32LE(place + 24),
      at: directory.readUInt32LE(place + 42),
    });
    place += ENTRY_BYTES + nameBytes + directory.readUInt16LE(place + 30) + directory.readUInt16LE(place + 32);
  }
  return entries;
}

async function readAt(file: FileHandle, position: number, bytes: number): Promise<Buffer> {
  const buffer = Buffer.alloc(bytes);
  const { bytesRead } = await file.read(buffer, 0, bytes, position);
  return buffer.subarray(0, bytesRead);
}

function invalid(archive: string, reason: string): EarshotError {
  return new EarshotError('archive_invalid', `${archive} cannot be unpacked: ${reason}`, 'Download it again.');
}
