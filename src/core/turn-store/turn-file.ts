/** What is in the file of a turn: its meta record, then its packets (segment.ts). Pure. */
import * as v from 'valibot';
import { decodePacket } from '../../protocol/packet.ts';
import { isTrigger } from '../../protocol/triggers.ts';
import { metaRecord, readMeta } from './meta-record.ts';
import { encodeRecord, RECORD_PACKET, readSegment } from './segment.ts';

/** Of a file that holds one turn; its name is the turn's id. */
export const TURN_EXTENSION = '.turn';

const metaSchema = v.object({
  id: v.pipe(v.string(), v.uuid()),
  trigger: v.pipe(v.string(), v.check(isTrigger)),
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

/** @returns the turn where its head is readable, and how much of the file is not */
export function readTurnFile(bytes: Uint8Array): { turn: StoredTurn | undefined; damagedBytes: number } {
  const { records, damagedBytes } = readSegment(bytes);
  const meta = readMeta(metaSchema, records);
  if (!meta) return { turn: undefined, damagedBytes };
  const bodies = records.filter((record) => record.kind === RECORD_PACKET).map(({ body }) => body);
  return { turn: { ...meta, ...utterance(bodies), damagedBytes }, damagedBytes };
}

/** The first bytes of the file. */
export function encodeMeta(meta: TurnMeta): Uint8Array {
  return encodeRecord(metaRecord(meta));
}

export function encodePacketRecord(body: Uint8Array): Uint8Array {
  return encodeRecord({ kind: RECORD_PACKET, body });
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
