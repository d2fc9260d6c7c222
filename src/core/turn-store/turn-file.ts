/** The content of the file of a turn: its meta record, then its packets (segment.ts). Pure. */
import * as v from 'valibot';
import { decodePacket } from '../../protocol/packet.ts';
import { isTrigger } from '../../protocol/triggers.ts';
import { metaRecord, readMeta } from './meta-record.ts';
import { encodeRecord, RECORD_PACKET, readSegment } from './segment.ts';

/** Extension of the file of a turn. Its name is the id of the turn. */
export const TURN_EXTENSION = '.turn';

const metaSchema = v.object({
  id: v.pipe(v.string(), v.uuid()),
  trigger: v.pipe(v.string(), v.check(isTrigger)),
  /** By the wall clock of that moment, even if it was wrong. */
  startedAtMs: v.number(),
  /** On the device: the same moment as the time since the machine was started. Older versions have not stored it. */
  boot: v.optional(v.object({ id: v.string(), uptimeMs: v.number() })),
  /** At the gateway: the device of the turn, and whether it was recorded without a connection. */
  device: v.optional(v.string()),
  offline: v.optional(v.boolean()),
});
export type TurnMeta = v.InferOutput<typeof metaSchema>;

export interface StoredTurn extends TurnMeta {
  /** Wire packets in order of sequence, each frame once, the last one FINAL. */
  packets: Uint8Array[];
  frames: number;
  /** The packet with FINAL is missing: the turn was truncated. */
  truncated: boolean;
  damagedBytes: number;
}

/** @returns the turn, if its meta record can be read, and the number of damaged bytes */
export function readTurnFile(bytes: Uint8Array): { turn: StoredTurn | undefined; damagedBytes: number } {
  const { records, damagedBytes } = readSegment(bytes);
  const meta = readMeta(metaSchema, records);
  if (!meta) return { turn: undefined, damagedBytes };
  const bodies = records.filter((record) => record.kind === RECORD_PACKET).map(({ body }) => body);
  return { turn: { ...meta, ...validPackets(bodies), damagedBytes }, damagedBytes };
}

/** The first bytes of the file. */
export function encodeMeta(meta: TurnMeta): Uint8Array {
  return encodeRecord(metaRecord(meta));
}

export function encodePacketRecord(body: Uint8Array): Uint8Array {
  return encodeRecord({ kind: RECORD_PACKET, body });
}

/** The packets that can be sent: valid, in order, without duplicates. */
function validPackets(bodies: Uint8Array[]): Pick<StoredTurn, 'packets' | 'frames' | 'truncated'> {
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
