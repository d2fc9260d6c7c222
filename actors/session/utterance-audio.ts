/**
 * The utterance of one turn as it is recorded: the records of a turn file (src/core/turn-store/segment.ts), in a spool.
 */
import { EarshotError } from '../../src/core/errors.ts';
import type { Spool } from '../../src/core/files/spool.ts';
import { metaRecord } from '../../src/core/turn-store/meta-record.ts';
import {
  RECORD_PACKET,
  recordAt,
  recordBytes,
  type SegmentRecord,
  writeRecord,
} from '../../src/core/turn-store/segment.ts';
import type { TurnMeta } from '../../src/core/turn-store/turn-file.ts';
import { type AudioPacket, decodePacket } from '../../src/protocol/packet.ts';
import type { RecordedAudio } from './turn-recorder.ts';

export interface UtteranceAudio extends RecordedAudio {
  /** The bytes of a packet, as on the wire. They are copied. */
  append(packet: Uint8Array): void;
  /** The disk is slower than the device: before more packets, wait for {@link caughtUp}. */
  readonly isBehind: boolean;
  caughtUp(): Promise<void>;
  /** The utterance is not needed any more. */
  discard(): void;
}

export function createUtteranceAudio(spool: Spool, meta: TurnMeta): UtteranceAudio {
  return new SpooledAudio(spool, meta);
}

class SpooledAudio implements UtteranceAudio {
  readonly #spool: Spool;

  constructor(spool: Spool, meta: TurnMeta) {
    this.#spool = spool;
    this.#add(metaRecord(meta));
  }

  get bytes(): number {
    return this.#spool.size;
  }

  get isBehind(): boolean {
    return this.#spool.isBehind;
  }

  caughtUp(): Promise<void> {
    return this.#spool.caughtUp();
  }

  append(packet: Uint8Array): void {
    this.#add({ kind: RECORD_PACKET, body: packet });
  }

  async *packets(): AsyncGenerator<AudioPacket[]> {
    const spool = this.#spool;
    for (let at = 0; at < spool.size; ) {
      let { packets, end } = recordsIn(spool.view(at) ?? new Uint8Array());
      if (end === 0) {
        await spool.load(at);
        ({ packets, end } = recordsIn(spool.view(at) ?? new Uint8Array()));
      }
      if (end === 0)
        throw new EarshotError('store_failed', 'A turn could not be read from the disk', 'Check the disk.');
      at += end;
      yield packets;
    }
  }

  save(path: string): Promise<void> {
    return this.#spool.save(path);
  }

  discard(): void {
    this.#spool.discard();
  }

  #add(record: SegmentRecord): void {
    writeRecord(this.#spool.reserve(recordBytes(record.body.length)), record);
  }
}

/** The complete records in a part of a spool, and the position of the rest. */
function recordsIn(piece: Uint8Array): { packets: AudioPacket[]; end: number } {
  const packets: AudioPacket[] = [];
  let end = 0;
  for (let record = recordAt(piece, end); record; record = recordAt(piece, end)) {
    end += recordBytes(record.body.length);
    const decoded = record.kind === RECORD_PACKET ? decodePacket(record.body) : undefined;
    if (decoded?.ok) packets.push(decoded.packet);
  }
  return { packets, end };
}
