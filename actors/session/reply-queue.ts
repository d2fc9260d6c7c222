/**
 * The reply of a responder as packets for the wire. Sent packets stay until the device has them or the turn is over, so
 * that the reply can continue after a reconnect.
 */
import type { ReplyFrames } from '../../src/core/actor/data-plane.ts';
import type { Spool } from '../../src/core/files/spool.ts';
import type { Limits } from '../../src/core/limits/limits.ts';
import { FRAME_MS, RECOMMENDED_FRAME_SIZE, SAMPLES_PER_MS } from '../../src/protocol/format.ts';
import {
  type AudioPacket,
  isFinal,
  packetBytes,
  timestampOf,
  turnTagOf,
  writePacket,
} from '../../src/protocol/packet.ts';
import { PACKET_AT, RetransmissionBuffer } from '../network/retransmission-buffer.ts';

export interface OutgoingReplyPacket {
  bytes: Uint8Array;
  final: boolean;
  /** Frames of the reply before its end. */
  frames: number;
}

export interface ReplyQueue {
  add(spoken: ReplyFrames): void;
  /** Position in the reply of the next packet; `none` waits, or it is in the file and has to be loaded first. */
  next(): { atMs: number } | 'none' | 'unloaded';
  load(): Promise<void>;
  /** Takes the next packet, if it is loaded. */
  take(): OutgoingReplyPacket | undefined;
  /** Goes back to the packet with this frame: the first that the device lacks. */
  rewind(nextFrame: number): void;
  /** The device has all frames before this one. */
  acknowledge(nextFrame: number): void;
  /** The device needs only the end of the reply. */
  release(): void;
  discard(): void;
  stats(): { waitingFrames: number; droppedFrames: number; memoryBytes: number };
}

export interface ReplyQueueOptions {
  turn: number;
  framesPerPacket: number;
  spool: Spool;
  /** Frames above these limits are dropped and counted. */
  limits: Pick<Limits, 'replyMs' | 'replyBytes'>;
}

export function createReplyQueue(options: ReplyQueueOptions): ReplyQueue {
  return new SpooledReply(options);
}

class SpooledReply implements ReplyQueue {
  readonly #framesPerPacket: number;
  readonly #packets: RetransmissionBuffer;
  readonly #limits: ReplyQueueOptions['limits'];
  readonly #turnTag: number;
  #timestamp = 0;
  #droppedFrames = 0;
  /** FINAL is set on the last packet if it was not sent yet, else on an empty one after it. */
  #ending: 'none' | 'on-last' | 'empty' = 'none';
  #isEndTaken = false;
  #isReleased = false;

  constructor({ turn, framesPerPacket, spool, limits }: ReplyQueueOptions) {
    this.#framesPerPacket = framesPerPacket;
    this.#packets = new RetransmissionBuffer(spool);
    this.#limits = limits;
    this.#turnTag = turnTagOf(turn);
  }

  add({ frames, gapSamples, final }: ReplyFrames): void {
    // Nothing follows the end.
    if (this.#ending !== 'none') return;
    this.#timestamp += gapSamples;
    // Frames that do not fill a packet are sent without delay: low latency is worth a few header bytes.
    const most = this.#framesPerPacket;
    if (frames.length > most) {
      for (let at = 0; at < frames.length; at += most) this.#addPacket(frames.slice(at, at + most));
    } else if (frames.length > 0) {
      this.#addPacket(frames);
    }
    if (!final) return;
    // A device that has the last packet already ignores a repetition of it.
    this.#ending = this.#packets.isLastDue ? 'on-last' : 'empty';
    if (this.#ending === 'on-last') this.#packets.markFinal();
  }

  next(): { atMs: number } | 'none' | 'unloaded' {
    const packet = this.#packets.peek();
    if (packet) return { atMs: timestampOf(packet) / SAMPLES_PER_MS };
    if (this.#packets.isUnloaded) return 'unloaded';
    const isEndDue = this.#ending === 'empty' && !this.#isEndTaken;
    return isEndDue ? { atMs: (this.#timestamp >>> 0) / SAMPLES_PER_MS } : 'none';
  }

  load(): Promise<void> {
    return this.#packets.load();
  }

  take(): OutgoingReplyPacket | undefined {
    const bytes = this.#packets.take();
    return bytes ? { bytes, final: isFinal(bytes), frames: this.#packets.takenFrames } : this.#takeEnd();
  }

  rewind(nextFrame: number): void {
    this.#isEndTaken = false;
    if (!this.#isReleased) this.#packets.rewind(nextFrame);
  }

  acknowledge(nextFrame: number): void {
    if (!this.#isReleased) this.#packets.forget(nextFrame);
  }

  release(): void {
    if (this.#isReleased) return;
    this.#isReleased = true;
    this.#ending = 'empty';
    this.#isEndTaken = true;
    this.#packets.release();
  }

  discard(): void {
    this.#packets.discard();
  }

  stats(): { waitingFrames: number; droppedFrames: number; memoryBytes: number } {
    const { frames, takenFrames, memoryBytes } = this.#packets;
    return { waitingFrames: frames - takenFrames, droppedFrames: this.#droppedFrames, memoryBytes };
  }

  #addPacket(frames: Uint8Array[]): void {
    const bytes = packetBytes(frames);
    const sequence = this.#packets.frames;
    const record = this.#fits(frames.length, bytes) && this.#packets.append(bytes, sequence, frames.length);
    if (!record) {
      this.#droppedFrames += frames.length;
      return;
    }
    writePacket(record, this.#packet(frames, sequence, false), PACKET_AT);
    this.#timestamp += frames.length * RECOMMENDED_FRAME_SIZE;
  }

  #packet(frames: Uint8Array[], sequence: number, final: boolean): AudioPacket {
    return {
      final,
      discontinuity: false,
      pcm: false,
      turn: this.#turnTag,
      sequence,
      timestamp: this.#timestamp,
      frames,
    };
  }

  #fits(frames: number, bytes: number): boolean {
    const { frames: before, size } = this.#packets;
    const endMs = Math.max((before + frames) * FRAME_MS, this.#timestamp / SAMPLES_PER_MS + frames * FRAME_MS);
    return endMs <= this.#limits.replyMs && size + PACKET_AT + bytes <= this.#limits.replyBytes;
  }

  #takeEnd(): OutgoingReplyPacket | undefined {
    if (this.#ending !== 'empty' || this.#isEndTaken || this.#packets.isUnloaded) return undefined;
    this.#isEndTaken = true;
    const { frames } = this.#packets;
    const bytes = new Uint8Array(packetBytes([]));
    writePacket(bytes, this.#packet([], frames, true));
    return { bytes, final: true, frames };
  }
}
