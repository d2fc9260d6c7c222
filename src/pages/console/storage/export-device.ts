/**
 * Everything that is stored of a device as one tar archive: each table as JSON lines, and each recording as a file. It is written page by
 * page, so its size does not matter. Neither the browser nor the network is named here: both are given.
 */
import { tarEnd, tarEntry } from './tar.ts';

export interface ExportedPage {
  page: readonly { table: string; row: Record<string, unknown> }[];
  isDone: boolean;
  continueCursor: string;
}

export interface ExportProgress {
  rows: number;
  recordings: number;
  /** Recordings that were deleted while the export ran. */
  missing: number;
  bytes: number;
}

export interface DeviceExport {
  device: string;
  /** The page of stored rows after this cursor. */
  page(cursor: string | null): Promise<ExportedPage>;
  /** A stored file; undefined: there is none any more. */
  file(url: string): Promise<Uint8Array | undefined>;
  write(bytes: Uint8Array<ArrayBuffer>): Promise<void>;
  onProgress(progress: ExportProgress): void;
  /** In ms since 1970. */
  now(): number;
  signal: AbortSignal;
}

/** A table that is longer is written as several files. */
const MAX_TABLE_BYTES = 8_000_000;

/** @throws what `page`, `file` and `write` throw, and the reason of the signal */
export async function exportDevice(given: DeviceExport): Promise<ExportProgress> {
  const { device, now, signal } = given;
  const progress: ExportProgress = { rows: 0, recordings: 0, missing: 0, bytes: 0 };
  const tables = new Map<string, TableLines>();
  let files = 0;

  async function write(bytes: Uint8Array<ArrayBuffer>): Promise<void> {
    await given.write(bytes);
    progress.bytes += bytes.byteLength;
  }
  const add = (name: string, content: Uint8Array) => write(tarEntry({ name, modifiedAt: now(), content }));

  async function addFile(table: string, { url, ...row }: Record<string, unknown>): Promise<Record<string, unknown>> {
    if (typeof url !== 'string') return row;
    const content = await given.file(url);
    if (!content) {
      progress.missing += 1;
      return row;
    }
    files += 1;
    const name = `${table}/${typeof row.turn === 'string' ? row.turn : files}.ogg`;
    await add(name, content);
    progress.recordings += 1;
    return { ...row, file: name };
  }

  async function addTable(table: string, lines: TableLines): Promise<void> {
    if (lines.bytes === 0) return;
    lines.parts += 1;
    await add(lines.parts === 1 ? `${table}.jsonl` : `${table}-${lines.parts}.jsonl`, joined(lines.lines));
    lines.lines = [];
    lines.bytes = 0;
  }

  await add('README.txt', encoded(readme(device, now())));
  for (let cursor: string | null = null; ; ) {
    signal.throwIfAborted();
    const { page, isDone, continueCursor }: ExportedPage = await given.page(cursor);
    for (const { table, row } of page) {
      signal.throwIfAborted();
      const lines = tables.get(table) ?? { lines: [], bytes: 0, parts: 0 };
      tables.set(table, lines);
      const line = encoded(`${JSON.stringify(await addFile(table, row))}\n`);
      lines.lines.push(line);
      lines.bytes += line.byteLength;
      progress.rows += 1;
      if (lines.bytes >= MAX_TABLE_BYTES) await addTable(table, lines);
    }
    given.onProgress({ ...progress });
    if (isDone) break;
    cursor = continueCursor;
  }
  for (const [table, lines] of tables) await addTable(table, lines);
  await write(tarEnd());
  given.onProgress({ ...progress });
  return progress;
}

interface TableLines {
  lines: Uint8Array[];
  bytes: number;
  /** Files that are written. */
  parts: number;
}

function readme(device: string, nowMs: number): string {
  return `Everything that Earshot has stored of the device ${device}, on ${new Date(nowMs).toISOString()}.

Each .jsonl file is one table: a row is one line of JSON. Times are in milliseconds since 1970.
A row of recordings.jsonl names its file: Ogg Opus, which any player plays.
`;
}

function encoded(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.byteLength, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.byteLength;
  }
  return whole;
}
