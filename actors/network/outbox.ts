/**
 * The packets of one turn: kept whole, in order, until the turn is over. What the socket can't take yet waits here, so the
 * socket's own buffer stays small and nothing is dropped; after a reconnect, sending goes on from where the gateway is.
 *
 * They are kept as bytes, one after the other, in blocks that the next turn uses again. As objects they would outlive two scavenges,
 * move to V8's old space, and stay there as garbage: V8 collects it only after many MB.
 */
export interface OutgoingPacket {
  /** Number of its first frame. */
  sequence: number;
  frames: number;
  final: boolean;
  /** Lent until {@link Outbox.clear}. */
  bytes: Uint8Array;
}

export interface Outbox {
  /** Keeps a copy of a packet. False when the turn has reached the limit: the packet is not kept, and counted. */
  add(packet: OutgoingPacket): boolean;
  /** The next packet that was not sent yet. */
  peek(): OutgoingPacket | undefined;
  /** Counts the peeked packet as sent. */
  advance(): void;
  /** Goes back (or ahead) to the packet that holds this frame: the first that the other end lacks. */
  rewind(nextFrame: number): void;
  /** The other end has all frames before this one. Returns how many it did not have before. */
  acknowledge(nextFrame: number): number;
  /** Frames that the other end has not confirmed. */
  unacknowledgedFrames(): number;
  stats(): { packets: number; unsent: number; bytes: number; dropped: number; limit: number };
  /** The turn is over: nothing is kept any more, and the memory is free for the next turn. */
  clear(): void;
}

/** Five seconds of speech in packets of 60 ms. */
const BLOCK_BYTES = 16_384;
/** Of turns that are over, kept for the next: 40 s of speech. */
const MAX_SPARE_BLOCKS = 8;
/** Before each packet: sequence (4), length (4), frames (2), final (1). */
const HEADER_BYTES = 11;

class Block {
  used = 0;
  readonly bytes: Uint8Array;
  readonly view: DataView;

  constructor(bytes: number) {
    this.bytes = new Uint8Array(bytes);
    this.view = new DataView(this.bytes.buffer);
  }
}

const spareBlocks: Block[] = [];

export function createOutbox(limitPackets: number): Outbox {
  return new PacketBlocks(limitPackets);
}

class PacketBlocks implements Outbox {
  readonly #limit: number;
  #blocks: Block[] = [];
  #packets = 0;
  #bytes = 0;
  #dropped = 0;
  /** After the last frame. */
  #end = 0;
  #acknowledged = 0;
  /** The next packet to be sent: how many are before it, and where it begins. */
  #sent = 0;
  #block = 0;
  #at = 0;

  constructor(limitPackets: number) {
    this.#limit = limitPackets;
  }

  add({ sequence, frames, final, bytes }: OutgoingPacket): boolean {
    if (this.#packets >= this.#limit) {
      this.#dropped += 1;
      return false;
    }
    const block = this.#roomFor(HEADER_BYTES + bytes.length);
    const { view, used } = block;
    view.setUint32(used, sequence);
    view.setUint32(used + 4, bytes.length);
    view.setUint16(used + 8, frames);
    view.setUint8(used + 10, Number(final));
    block.bytes.set(bytes, used + HEADER_BYTES);
    block.used += HEADER_BYTES + bytes.length;
    this.#packets += 1;
    this.#bytes += bytes.length;
    this.#end = sequence + frames;
    return true;
  }

  peek(): OutgoingPacket | undefined {
    if (this.#sent === this.#packets) return undefined;
    this.#enterBlock();
    const block = this.#blocks[this.#block];
    if (!block) return undefined;
    const { view } = block;
    const from = this.#at + HEADER_BYTES;
    return {
      sequence: view.getUint32(this.#at),
      frames: view.getUint16(this.#at + 8),
      final: view.getUint8(this.#at + 10) === 1,
      bytes: block.bytes.subarray(from, from + view.getUint32(this.#at + 4)),
    };
  }

  advance(): void {
    if (this.#sent === this.#packets) return;
    this.#enterBlock();
    this.#at += HEADER_BYTES + (this.#blocks[this.#block]?.view.getUint32(this.#at + 4) ?? 0);
    this.#sent += 1;
  }

  rewind(nextFrame: number): void {
    this.#sent = 0;
    this.#block = 0;
    this.#at = 0;
    for (let packet = this.peek(); packet; packet = this.peek()) {
      if (packet.sequence + packet.frames > nextFrame || packet.final) return;
      this.advance();
    }
  }

  acknowledge(nextFrame: number): number {
    const before = this.#acknowledged;
    // Frames that were never here are not confirmed by anybody.
    this.#acknowledged = Math.max(before, Math.min(nextFrame, this.#end));
    return this.#acknowledged - before;
  }

  unacknowledgedFrames(): number {
    return Math.max(0, this.#end - this.#acknowledged);
  }

  stats(): ReturnType<Outbox['stats']> {
    const unsent = this.#packets - this.#sent;
    return { packets: this.#packets, unsent, bytes: this.#bytes, dropped: this.#dropped, limit: this.#limit };
  }

  clear(): void {
    for (const block of this.#blocks) {
      if (spareBlocks.length === MAX_SPARE_BLOCKS) break;
      if (block.bytes.length !== BLOCK_BYTES) continue;
      block.used = 0;
      spareBlocks.push(block);
    }
    this.#blocks = [];
    this.#packets = 0;
    this.#bytes = 0;
    this.#sent = 0;
    this.#block = 0;
    this.#at = 0;
  }

  #roomFor(bytes: number): Block {
    const last = this.#blocks.at(-1);
    if (last && last.used + bytes <= last.bytes.length) return last;
    const block = bytes <= BLOCK_BYTES ? (spareBlocks.pop() ?? new Block(BLOCK_BYTES)) : new Block(bytes);
    this.#blocks.push(block);
    return block;
  }

  /** Behind the last packet of a block the next one stands at the beginning of the next block. */
  #enterBlock(): void {
    if (this.#at !== this.#blocks[this.#block]?.used) return;
    this.#block += 1;
    this.#at = 0;
  }
}
