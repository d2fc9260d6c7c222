/**
 * The packets that one end sends in a turn, as on the wire, in order, in a log. Packets that were sent stay, so that after a reconnect
 * sending continues at the first frame that the other end lacks. A device uses it for speech, a gateway for the reply.
 */
import type { ByteLog } from '../../src/core/files/memory-log.ts';
import { FLAG_DISCONTINUITY, FLAG_FINAL, frameCountOf, isFinal, sequenceOf } from '../../src/protocol/packet.ts';

/** Before each packet in the log: its length. */
const LENGTH_BYTES = 2;
/** Where in what {@link RetransmissionBuffer.append} returns the packet begins. */
export const PACKET_AT = LENGTH_BYTES;
/** Distance in the log between the positions to which {@link RetransmissionBuffer.rewind} can go directly. */
const INDEX_BYTES = 8 * 1_024;

export interface RetransmissionStats {
  packets: number;
  /** Packets that were not taken yet, or will be taken again. */
  unsent: number;
  limit: number;
  dropped: number;
}

export class RetransmissionBuffer {
  /** Frames up to the end of the last packet. */
  frames = 0;
  /** Frames up to the end of the packet that was taken last. */
  takenFrames = 0;
  readonly #log: ByteLog;
  readonly #limitPackets: number;
  /** Positions of packets: in the log, and as numbers of the frame and the packet. */
  readonly #index: { at: number; sequence: number; packet: number }[] = [];
  /** The packet that was appended last, in the memory of the log. */
  #last: Uint8Array | undefined;
  #packets = 0;
  #dropped = 0;
  #cursor = 0;
  #taken = 0;
  /** The packet at `#peekedAt`, if it was looked up. */
  #peeked: Uint8Array | undefined;
  #peekedAt = 0;
  /** After a rewind: packets that end before this frame are not sent again. */
  #neededFrom = 0;
  #acknowledged = 0;
  /** The packets before the next one are lost, because the disk failed. */
  #isTorn = false;

  /** @param limitPackets packets beyond it are dropped and counted */
  constructor(log: ByteLog, limitPackets: number = Number.POSITIVE_INFINITY) {
    this.#log = log;
    this.#limitPackets = limitPackets;
  }

  /** Bytes in the log, those of the lengths included. */
  get size(): number {
    return this.#log.size;
  }

  get memoryBytes(): number {
    return this.#log.memoryBytes;
  }

  /** The next packet is in the file, and has to be loaded first. */
  get isUnloaded(): boolean {
    return this.#cursor < this.#log.size && !this.#peek();
  }

  /** The last packet was not taken yet, and the other end needs it. */
  get isLastDue(): boolean {
    return this.#cursor < this.#log.size && this.frames > this.#neededFrom;
  }

  /**
   * Adds a packet, which the caller writes into the returned bytes at once, from {@link PACKET_AT} on. Undefined at the limit.
   *
   * @param sequence number of its first frame
   */
  append(packetBytes: number, sequence: number, frames: number): Uint8Array | undefined {
    if (this.#packets >= this.#limitPackets) {
      this.#dropped += 1;
      return undefined;
    }
    const at = this.#log.size;
    const last = this.#index[this.#index.length - 1];
    if (!last || at - last.at >= INDEX_BYTES) this.#index.push({ at, sequence, packet: this.#packets });
    const record = this.#log.reserve(LENGTH_BYTES + packetBytes);
    record[0] = packetBytes >> 8;
    record[1] = packetBytes;
    this.#last = record;
    if (this.#cursor === at) this.#see(record.subarray(PACKET_AT));
    this.#packets += 1;
    this.frames = sequence + frames;
    return record;
  }

  /** Sets FINAL on the last packet, which must not have been taken yet. */
  markFinal(): void {
    // The end of a log is in memory, and is not being written to a file.
    if (this.#last) this.#last[PACKET_AT + 1] = (this.#last[PACKET_AT + 1] ?? 0) | FLAG_FINAL;
  }

  /** The next packet to send, if it is loaded. Packets that the other end has are skipped, except the one with FINAL. */
  peek(): Uint8Array | undefined {
    for (let packet = this.#peek(); packet; packet = this.#peek()) {
      if (endOf(packet) > this.#neededFrom || isFinal(packet)) return packet;
      this.#pass(packet);
    }
    return undefined;
  }

  /** Takes the packet that {@link peek} returns. */
  take(): Uint8Array | undefined {
    const stored = this.peek();
    if (!stored) return undefined;
    this.#pass(stored);
    if (!this.#isTorn) return stored;
    this.#isTorn = false;
    const bytes = stored.slice();
    bytes[1] = (bytes[1] ?? 0) | FLAG_DISCONTINUITY;
    return bytes;
  }

  /** Loads the next packet from the file. A lost packet is skipped, and the one after it gets DISCONTINUITY. */
  async load(): Promise<void> {
    try {
      await this.#log.load(this.#cursor);
    } catch (error) {
      if (this.#log.firstAt <= this.#cursor) throw error;
      this.#cursor = this.#log.firstAt;
      this.#isTorn = true;
    }
  }

  /** Goes back to the packet with this frame, the first that the other end lacks, or else to the one with FINAL. */
  rewind(nextFrame: number): void {
    this.#neededFrom = nextFrame;
    const from = this.#index.findLast((each) => each.sequence <= nextFrame) ?? this.#index[0];
    this.#cursor = Math.max(from?.at ?? 0, this.#log.firstAt);
    this.takenFrames = from?.sequence ?? 0;
    this.#taken = from?.packet ?? 0;
  }

  /** The other end has all frames before this one. Returns how many of them were not acknowledged before. */
  acknowledge(nextFrame: number): number {
    const before = this.#acknowledged;
    // Frames that were never sent cannot be acknowledged.
    this.#acknowledged = Math.max(before, Math.min(nextFrame, this.frames));
    return this.#acknowledged - before;
  }

  get unacknowledgedFrames(): number {
    return this.frames - this.#acknowledged;
  }

  /** Packets before this frame will not be needed again. */
  forget(nextFrame: number): void {
    const firstNeeded = this.#index.findLastIndex((each) => each.sequence <= nextFrame && each.at <= this.#cursor);
    if (firstNeeded < 1) return;
    this.#index.splice(0, firstNeeded);
    this.#log.forget(this.#index[0]?.at ?? 0);
  }

  /** Frees the memory: no packet will be needed again. Bytes that were returned before become invalid. */
  release(): void {
    this.#cursor = this.#log.size;
    this.#peeked = undefined;
    this.takenFrames = this.frames;
    this.#taken = this.#packets;
    this.#log.discard();
  }

  discard(): void {
    this.#log.discard();
  }

  stats(): RetransmissionStats {
    const packets = this.#packets;
    return { packets, unsent: packets - this.#taken, limit: this.#limitPackets, dropped: this.#dropped };
  }

  #see(packet: Uint8Array): void {
    this.#peeked = packet;
    this.#peekedAt = this.#cursor;
  }

  /** The packet at the cursor, as it is in the log. */
  #peek(): Uint8Array | undefined {
    if (this.#cursor >= this.#log.size) return undefined;
    const isValid = this.#peekedAt === this.#cursor && this.#cursor >= this.#log.memoryFrom;
    if (this.#peeked && isValid) return this.#peeked;
    const view = this.#log.view(this.#cursor);
    if (!view || view.length < LENGTH_BYTES) return undefined;
    const end = LENGTH_BYTES + (((view[0] ?? 0) << 8) | (view[1] ?? 0));
    if (view.length < end) return undefined;
    this.#see(view.subarray(LENGTH_BYTES, end));
    return this.#peeked;
  }

  #pass(packet: Uint8Array): void {
    this.#cursor += LENGTH_BYTES + packet.length;
    this.#taken += 1;
    this.takenFrames = endOf(packet);
    this.#peeked = undefined;
  }
}

/** The first frame after a packet. */
function endOf(packet: Uint8Array): number {
  return sequenceOf(packet) + frameCountOf(packet);
}
