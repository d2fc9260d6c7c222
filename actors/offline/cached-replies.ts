/**
 * Cached replies: what the device plays when the cloud cannot answer. It plays those from the cloud in turn, or else the bundled one.
 *
 * A reply is a file of the same records with checksums as a stored turn: its meta record, then its Opus frames of 20 ms.
 */
import { readdirSync, readFileSync, rmSync } from 'node:fs';
import * as v from 'valibot';
import { keyedFiles } from '../../src/core/files/keyed-files.ts';
import { replacePrivateFile } from '../../src/core/files/private-files.ts';
import { openPrivateFolder } from '../../src/core/files/private-folder.ts';
import { metaRecord, readMeta } from '../../src/core/turn-store/meta-record.ts';
import { encodeRecord, readSegment } from '../../src/core/turn-store/segment.ts';

const EXTENSION = '.reply';
const RECORD_FRAME = 3;

const metaSchema = v.object({ text: v.string() });

export interface CachedReply {
  text: string;
  /** Opus, 20 ms each. */
  frames: Uint8Array[];
}

export interface CachedReplies {
  /** The next one. If there is none, an empty one: the turn then ends without sound, and is stored all the same. */
  next(): CachedReply;
}

/** @param folder of the replies from the cloud; it need not exist */
export function openCachedReplies(folder: string, bundled: string): CachedReplies {
  let turn = 0;
  return {
    next() {
      const { pathOf } = keyedFiles(folder, EXTENSION);
      const provided = replyNames(folder).map((name) => pathOf(name));
      turn += 1;
      const rotated = provided.map((_, i) => provided[(turn + i) % provided.length] ?? '');
      for (const path of [...rotated, bundled]) {
        const reply = readReply(path);
        if (reply) return reply;
      }
      return { text: '', frames: [] };
    },
  };
}

/** Saves a reply under a name, and replaces one of the same name. @throws EarshotError `store_failed`, `store_full` */
export function saveReply(folder: string, name: string, { text, frames }: CachedReply): void {
  openPrivateFolder(folder);
  const records = [metaRecord({ text }), ...frames.map((body) => ({ kind: RECORD_FRAME, body }))];
  replacePrivateFile(keyedFiles(folder, EXTENSION).pathOf(name), Buffer.concat(records.map(encodeRecord)));
}

/** Removes all replies of the folder except those with these names. */
export function keepReplies(folder: string, names: readonly string[]): void {
  const wanted = new Set(names);
  const { pathOf } = keyedFiles(folder, EXTENSION);
  for (const name of replyNames(folder)) if (!wanted.has(name)) rmSync(pathOf(name), { force: true });
}

/** Undefined for one that is missing or damaged. */
export function readReplyNamed(folder: string, name: string): CachedReply | undefined {
  return readReply(keyedFiles(folder, EXTENSION).pathOf(name));
}

function replyNames(folder: string): string[] {
  try {
    return keyedFiles(folder, EXTENSION).keysOf(readdirSync(folder));
  } catch {
    // There is no folder: the cloud has sent no reply yet.
    return [];
  }
}

/** Undefined for a file that is missing, damaged or not a reply. */
export function readReply(path: string): CachedReply | undefined {
  let bytes: Uint8Array;
  try {
    bytes = new Uint8Array(readFileSync(path));
  } catch {
    return undefined;
  }
  const { records, damagedBytes } = readSegment(bytes);
  const meta = readMeta(metaSchema, records);
  const frames = records.filter((record) => record.kind === RECORD_FRAME).map(({ body }) => body);
  return meta && damagedBytes === 0 && frames.length > 0 ? { text: meta.text, frames } : undefined;
}
