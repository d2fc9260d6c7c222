/**
 * A device's durable store of turns: one file a turn, written while the turn is spoken, read back after a restart, and removed
 * when the cloud has confirmed it. The oldest turn goes when there are too many, counted and said. A gateway's recordings
 * (actors/session/disk-recorder.ts) are files of the same form.
 *
 * Appends are synchronous: a packet is in the operating system's hands before it is sent, so a killed process loses nothing
 * that was spoken. `sync` makes it survive a power cut.
 */
import {
  closeSync,
  fsync,
  fsyncSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import * as v from 'valibot';
import { onDisk, openPrivateFolder, PRIVATE_FILE } from '../../src/private-files.ts';
import { decodePacket } from '../../src/protocol/packet.ts';
import { encodeRecord, RECORD_META, RECORD_PACKET, readSegment } from './segment.ts';

const EXTENSION = '.turn';

const metaSchema = v.object({
  id: v.pipe(v.string(), v.uuid()),
  trigger: v.picklist(['key', 'signal', 'file', 'page']),
  /** By the wall clock, whatever it said. */
  startedAtMs: v.number(),
  /** On the device: when that was in the life of the machine. Versions before have not stored it. */
  boot: v.optional(v.object({ id: v.string(), uptimeMs: v.number() })),
  /** At the gateway: whose turn it is, and whether it was recorded without a connection. */
  device: v.optional(v.string()),
  offline: v.optional(v.boolean()),
});
export type TurnMeta = v.InferOutput<typeof metaSchema>;

export interface StoredTurn extends TurnMeta {
  /** Wire packets in order of sequence, each frame once, the last one FINAL. */
  packets: Uint8Array[];
  frames: number;
  /** The utterance was cut off: its FINAL is not in the file. */
  truncated: boolean;
  damagedBytes: number;
}

export interface TurnWriter {
  readonly id: string;
  /** @throws EarshotError `store_full`, `store_failed` */
  append(packet: Uint8Array): void;
  /** Asks the disk to have it, without waiting. */
  sync(): void;
  /** Closes the file; with the disk's word that it has it all. */
  close(): void;
}

export interface TurnStore {
  /** @throws EarshotError `store_full`, `store_failed` */
  create(meta: TurnMeta): TurnWriter;
  /** Ids, oldest first. UUIDv7 sort by time. */
  ids(): string[];
  /** Undefined when nothing of it can be read; nothing is changed. */
  read(id: string): StoredTurn | undefined;
  remove(id: string): void;
  /** Keeps it in a folder of its own, where it is not delivered; the oldest there go beyond the limit. Returns where, and how many are there. */
  setAside(id: string): { file: string; setAside: number };
  stats(): { turns: number; limit: number; dropped: number; damaged: number };
}

export interface TurnStoreOptions {
  /** Turns that are kept. */
  limit: number;
  onDropped(id: string): void;
  onDamaged(id: string, damagedBytes: number, kept: boolean): void;
}

/** @throws EarshotError `store_failed` when the folder cannot be made. */
export function openTurnStore(folder: string, { limit, onDropped, onDamaged }: TurnStoreOptions): TurnStore {
  let dropped = 0;
  let damaged = 0;
  openPrivateFolder(folder);

  const asideFolder = join(folder, 'refused');
  const pathOf = (id: string) => join(folder, `${id}${EXTENSION}`);

  const ids = () => idsIn(folder);

  function setAside(id: string): { file: string; setAside: number } {
    openPrivateFolder(asideFolder);
    const file = join(asideFolder, `${id}${EXTENSION}`);
    onDisk(file, () => renameSync(pathOf(id), file));
    const kept = idsIn(asideFolder);
    for (const oldest of kept.splice(0, kept.length - limit)) rmSync(join(asideFolder, `${oldest}${EXTENSION}`));
    return { file, setAside: kept.length };
  }

  function remove(id: string): void {
    rmSync(pathOf(id), { force: true });
  }

  function makeRoom(): void {
    const stored = ids();
    while (stored.length >= limit) {
      const oldest = stored.shift();
      if (oldest === undefined) return;
      remove(oldest);
      dropped += 1;
      onDropped(oldest);
    }
  }

  function create(meta: TurnMeta): TurnWriter {
    makeRoom();
    const path = pathOf(meta.id);
    const fd = onDisk(path, () => openSync(path, 'wx', PRIVATE_FILE.mode));
    let isOpen = true;
    const append = (record: Uint8Array) =>
      onDisk(path, () => {
        for (let at = 0; at < record.length; ) at += writeSync(fd, record, at);
      });
    append(encodeRecord(metaRecord(meta)));
    return {
      id: meta.id,
      append(packet) {
        if (isOpen) append(packetRecord(packet));
      },
      sync() {
        // A disk that fails here fails again at the close, where it is said.
        if (isOpen) fsync(fd, () => {});
      },
      close() {
        if (!isOpen) return;
        isOpen = false;
        onDisk(path, () => {
          try {
            fsyncSync(fd);
          } finally {
            closeSync(fd);
          }
        });
      },
    };
  }

  function read(id: string): StoredTurn | undefined {
    // Plain bytes: the `slice` of a Buffer does not copy.
    const bytes = onDisk(pathOf(id), () => new Uint8Array(readFileSync(pathOf(id))));
    const { records, damagedBytes } = readSegment(bytes);
    const meta = metaOf(records.find((record) => record.kind === RECORD_META)?.body);
    if (damagedBytes > 0) {
      damaged += 1;
      onDamaged(id, damagedBytes, meta !== undefined);
    }
    if (!meta || meta.id !== id) return undefined;
    const bodies = records.filter((record) => record.kind === RECORD_PACKET).map(({ body }) => body);
    return { ...meta, ...utterance(bodies), damagedBytes };
  }

  return {
    create,
    ids,
    read,
    remove,
    setAside,
    stats: () => ({ turns: ids().length, limit, dropped, damaged }),
  };
}

function idsIn(folder: string): string[] {
  return onDisk(folder, () => readdirSync(folder))
    .filter((name) => name.endsWith(EXTENSION))
    .map((name) => name.slice(0, -EXTENSION.length))
    .sort();
}

function metaOf(body: Uint8Array | undefined): TurnMeta | undefined {
  if (!body) return undefined;
  try {
    const parsed = v.safeParse(metaSchema, JSON.parse(new TextDecoder().decode(body)));
    return parsed.success ? parsed.output : undefined;
  } catch {
    // Not JSON, though its checksum is right: not written by us.
    return undefined;
  }
}

/** The packets that can be sent: well-formed, in order, none twice. */
function utterance(bodies: Uint8Array[]): Pick<StoredTurn, 'packets' | 'frames' | 'truncated'> {
  const packets: Uint8Array[] = [];
  let frames = 0;
  let truncated = true;
  for (const body of bodies) {
    const decoded = decodePacket(body);
    if (!decoded.ok || decoded.packet.sequence < frames) continue;
    packets.push(body);
    frames = decoded.packet.sequence + decoded.packet.frames.length;
    if (decoded.packet.final) truncated = false;
  }
  return { packets, frames, truncated };
}

function metaRecord(meta: TurnMeta) {
  return { kind: RECORD_META, body: new TextEncoder().encode(JSON.stringify(meta)) };
}

function packetRecord(body: Uint8Array): Uint8Array {
  return encodeRecord({ kind: RECORD_PACKET, body });
}
