/**
 * What a responder has said, cut into packets for the wire, in a spool. What was sent stays there until the device has it or
 * the turn is over, so that the reply can go on after a reconnect.
 */
import type { SpokenFrames } from '../../src/core/actor/data-plane.ts';
import type { Limits } from '../../src/core/limits/limits.ts';
import { FRAME_MS, RECOMMENDED_FRAME_SIZE, SAMPLES_PER_MS } from '../../src/protocol/format.ts';
import {
  type AudioPacket,
  FLAG_DISCONTINUITY,
  FLAG_FINAL,
  frameCountOf,
  packetBytes,
  sequenceOf,
  timestampOf,
  turnTagOf,
  writePacket,
} from '../../src/protocol/packet.ts';
import type { Spool } from './spool.ts';

/** In front of each packet in the spool: its length. */
const LENGTH_BYTES = 2;
/** How far apart, in the spool, the places are at which going back can begin. */
const INDEX_BYTES = 2 * 1_024;

export interface OutgoingReplyPacket {
  bytes: Uint8Array;
  final: boolean;
  /** Frames of the reply up to its end. */
  frames: number;
}

export interface ReplyQueue {
  add(spoken: SpokenFrames): void;
  /** Where in the reply the next packet begins; `none` waits, or it is in the file and has to be loaded first. */
  next(): { atMs: number } | 'none' | 'unloaded';
  load(): Promise<void>;
  /** Takes the next packet, if it is loaded. */
  take(): OutgoingReplyPacket | undefined;
  /** Goes back to the packet that holds this frame: the first that the device lacks. */
  rewind(nextFrame: number): void;
  /** The device has all frames before this one. */
  acknowledge(nextFrame: number): void;
  /** The device needs nothing of it any more, but to be told that it was all. */
  release(): void;
  discard(): void;
  stats(): { waitingFrames: number; droppedFrames: number; memoryBytes: number };
}

export interface ReplyQueueOptions {
  turn: number;
  framesPerPacket: number;
  spool: Spool;
  /** What is said beyond them is dropped and counted. */
  limits: Pick<Limits, 'replyMs' | 'replyBytes'>;
}

export function createReplyQueue(options: ReplyQueueOptions): ReplyQueue {
  return new SpooledReply(options);
}

class SpooledReply implements ReplyQueue {
  readonly #framesPerPacket: number;
  readonly #spool: Spool;
  readonly #limits: ReplyQueueOptions['limits'];
  readonly #turnTag: number;
  /** Where packets begin, in the spool and in the reply. */
  readonly #index: { at: number; sequence: number }[] = [];
  #lastAt = 0;
  #sequence = 0;
  #timestamp = 0;
  #droppedFrames = 0;
  /** FINAL is on the last packet if that had not gone yet, else in an empty one after it. */
  #ending: 'none' | 'on-last' | 'empty' = 'none';
  #isEndTaken = false;
  #cursor = 0;
  /** The packet there, where it has been looked at. */
  #peeked: Uint8Array | undefined;
  #peekedAt = 0;
  #takenFrames = 0;
  /** After going back: what ends before this frame is not sent again. */
  #neededFrom = 0;
  /** What was due next is lost: the disk failed. */
  #isTorn = false;
  #isReleased = false;

  constructor({ turn, framesPerPacket, spool, limits }: ReplyQueueOptions) {
    this.#framesPerPacket = framesPerPacket;
    this.#spool = spool;
    this.#limits = limits;
    this.#turnTag = turnTagOf(turn);
  }

  add({ frames, gapSamples, final }: SpokenFrames): void {
    if (this.#isReleased) return;
    this.#timestamp += gapSamples;
    // Frames that do not fill a packet are not held back: speech is worth more than a few header bytes.
    const most = this.#framesPerPacket;
    if (frames.length > most) {
      for (let at = 0; at < frames.length; at += most) this.#addPacket(frames.slice(at, at + most));
    } else if (frames.length > 0) {
      this.#addPacket(frames);
    }
    if (!final || this.#ending !== 'none') return;
    // A device that has the last packet already does not look at it again.
    const isLastNeeded = this.#cursor < this.#spool.size && this.#sequence > this.#neededFrom;
    this.#ending = isLastNeeded ? 'on-last' : 'empty';
  }

  next(): { atMs: number } | 'none' | 'unloaded' {
    const packet = this.#due();
    if (packet) return { atMs: timestampOf(packet) / SAMPLES_PER_MS };
    if (this.#cursor < this.#spool.size) return 'unloaded';
    const isEndDue = this.#ending === 'empty' && !this.#isEndTaken;
    return isEndDue ? { atMs: (this.#timestamp >>> 0) / SAMPLES_PER_MS } : 'none';
  }

  async load(): Promise<void> {
    try {
      await this.#spool.load(this.#cursor);
    } catch (error) {
      if (this.#spool.firstAt <= this.#cursor) throw error;
      // It can't be had any more: the reply goes on after it.
      this.#cursor = this.#spool.firstAt;
      this.#isTorn = true;
    }
  }

  take(): OutgoingReplyPacket | undefined {
    const stored = this.#due();
    if (!stored) return this.#takeEnd();
    const final = this.#isLast && this.#ending === 'on-last';
    this.#pass(stored);
    const flags = (final ? FLAG_FINAL : 0) | (this.#isTorn ? FLAG_DISCONTINUITY : 0);
    this.#isTorn = false;
    const bytes = flags === 0 ? stored : stored.slice();
    if (flags !== 0) bytes[1] = (bytes[1] ?? 0) | flags;
    return { bytes, final, frames: this.#takenFrames };
  }

  rewind(nextFrame: number): void {
    this.#isEndTaken = false;
    if (this.#isReleased) return;
    this.#neededFrom = nextFrame;
    const from = this.#index.findLast((each) => each.sequence <= nextFrame) ?? this.#index[0];
    this.#cursor = Math.max(from?.at ?? 0, this.#spool.firstAt);
    this.#takenFrames = from?.sequence ?? 0;
  }

  acknowledge(nextFrame: number): void {
    if (this.#isReleased) return;
    const kept = this.#index.findLastIndex((each) => each.sequence <= nextFrame && each.at <= this.#cursor);
    if (kept < 1) return;
    this.#index.splice(0, kept);
    this.#spool.forget(this.#index[0]?.at ?? 0);
  }

  release(): void {
    if (this.#isReleased) return;
    this.#isReleased = true;
    this.#ending = 'empty';
    this.#isEndTaken = true;
    this.#cursor = this.#spool.size;
    this.#peeked = undefined;
    this.#takenFrames = this.#sequence;
    this.#spool.discard();
  }

  discard(): void {
    this.#spool.discard();
  }

  stats(): { waitingFrames: number; droppedFrames: number; memoryBytes: number } {
    return {
      waitingFrames: this.#sequence - this.#takenFrames,
      droppedFrames: this.#droppedFrames,
      memoryBytes: this.#spool.memoryBytes,
    };
  }

  get #isLast(): boolean {
    return this.#cursor === this.#lastAt && this.#spool.size > 0;
  }

  #addPacket(frames: Uint8Array[]): void {
    const bytes = packetBytes(frames);
    if (!this.#fits(frames.length, bytes)) {
      this.#droppedFrames += frames.length;
      return;
    }
    const at = this.#spool.size;
    this.#lastAt = at;
    const last = this.#index[this.#index.length - 1];
    if (!last || at - last.at >= INDEX_BYTES) this.#index.push({ at, sequence: this.#sequence });
    const record = this.#spool.reserve(LENGTH_BYTES + bytes);
    record[0] = bytes >> 8;
    record[1] = bytes;
    writePacket(record, this.#nextPacket(frames, false), LENGTH_BYTES);
    if (this.#cursor === at) this.#see(record.subarray(LENGTH_BYTES));
    this.#sequence += frames.length;
    this.#timestamp += frames.length * RECOMMENDED_FRAME_SIZE;
  }

  #nextPacket(frames: Uint8Array[], final: boolean): AudioPacket {
    return {
      final,
      discontinuity: false,
      pcm: false,
      turn: this.#turnTag,
      sequence: this.#sequence,
      timestamp: this.#timestamp,
      frames,
    };
  }

  #fits(frames: number, bytes: number): boolean {
    const endMs = Math.max((this.#sequence + frames) * FRAME_MS, this.#timestamp / SAMPLES_PER_MS + frames * FRAME_MS);
    return endMs <= this.#limits.replyMs && this.#spool.size + LENGTH_BYTES + bytes <= this.#limits.replyBytes;
  }

  #see(packet: Uint8Array): void {
    this.#peeked = packet;
    this.#peekedAt = this.#cursor;
  }

  /** The packet at the cursor, as it is in the spool. */
  #peek(): Uint8Array | undefined {
    if (this.#cursor >= this.#spool.size) return undefined;
    if (this.#peeked && this.#peekedAt === this.#cursor) return this.#peeked;
    const view = this.#spool.view(this.#cursor);
    if (!view || view.length < LENGTH_BYTES) return undefined;
    const end = LENGTH_BYTES + (((view[0] ?? 0) << 8) | (view[1] ?? 0));
    if (view.length < end) return undefined;
    this.#see(view.subarray(LENGTH_BYTES, end));
    return this.#peeked;
  }

  /** The next packet to be sent, if it is loaded. Passes over what the device has already, but for the FINAL. */
  #due(): Uint8Array | undefined {
    for (let packet = this.#peek(); packet; packet = this.#peek()) {
      if (endOf(packet) > this.#neededFrom || (this.#isLast && this.#ending === 'on-last')) return packet;
      this.#pass(packet);
    }
    return undefined;
  }

  #pass(packet: Uint8Array): void {
    this.#cursor += LENGTH_BYTES + packet.length;
    this.#takenFrames = endOf(packet);
    this.#peeked = undefined;
  }

  #takeEnd(): OutgoingReplyPacket | undefined {
    if (this.#ending !== 'empty' || this.#isEndTaken || this.#cursor < this.#spool.size) return undefined;
    this.#isEndTaken = true;
    const bytes = new Uint8Array(packetBytes([]));
    writePacket(bytes, this.#nextPacket([], true));
    return { bytes, final: true, frames: this.#sequence };
  }
}

/** The first frame after a packet. */
function endOf(packet: Uint8Array): number {
  return sequenceOf(packet) + frameCountOf(packet);
}
