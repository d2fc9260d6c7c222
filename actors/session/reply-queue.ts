/**
 * What a responder has said, cut into packets for the wire, in a spool. What was sent stays there until the device has it or
 * the turn is over, so that the reply can go on after a reconnect.
 */
import type { SpokenFrames } from '../../src/data-plane.ts';
import type { Limits } from '../../src/limits.ts';
import { FRAME_MS, RECOMMENDED_FRAME_SIZE, SAMPLES_PER_MS } from '../../src/protocol/format.ts';
import {
  type AudioPacket,
  epochOf,
  FLAG_DISCONTINUITY,
  FLAG_FINAL,
  frameCountOf,
  packetBytes,
  sequenceOf,
  timestampOf,
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

export function createReplyQueue({ turn, framesPerPacket, spool, limits }: ReplyQueueOptions): ReplyQueue {
  const epoch = epochOf(turn);
  /** Where packets begin, in the spool and in the reply. */
  const index: { at: number; sequence: number }[] = [];
  let lastAt = 0;
  let sequence = 0;
  let timestamp = 0;
  let droppedFrames = 0;
  /** FINAL is on the last packet if that had not gone yet, else in an empty one after it. */
  let ending: 'none' | 'on-last' | 'empty' = 'none';
  let isEndTaken = false;
  let cursor = 0;
  /** The packet there, where it has been looked at. */
  let peeked: Uint8Array | undefined;
  let peekedAt = 0;
  let takenFrames = 0;
  /** After going back: what ends before this frame is not sent again. */
  let neededFrom = 0;
  /** What was due next is lost: the disk failed. */
  let isTorn = false;
  let isReleased = false;

  function nextPacket(frames: Uint8Array[], final: boolean): AudioPacket {
    return { final, discontinuity: false, pcm: false, turn: epoch, sequence, timestamp, frames };
  }

  function addPacket(frames: Uint8Array[]): void {
    const bytes = packetBytes(frames);
    if (!fits(frames.length, bytes)) {
      droppedFrames += frames.length;
      return;
    }
    lastAt = spool.size;
    const last = index[index.length - 1];
    if (!last || lastAt - last.at >= INDEX_BYTES) index.push({ at: lastAt, sequence });
    const record = spool.reserve(LENGTH_BYTES + bytes);
    record[0] = bytes >> 8;
    record[1] = bytes;
    writePacket(record, nextPacket(frames, false), LENGTH_BYTES);
    sequence += frames.length;
    timestamp += frames.length * RECOMMENDED_FRAME_SIZE;
  }

  function fits(frames: number, bytes: number): boolean {
    const endMs = Math.max((sequence + frames) * FRAME_MS, timestamp / SAMPLES_PER_MS + frames * FRAME_MS);
    return endMs <= limits.replyMs && spool.size + LENGTH_BYTES + bytes <= limits.replyBytes;
  }

  /** The packet at the cursor, as it is in the spool. */
  function peek(): Uint8Array | undefined {
    if (cursor >= spool.size) return undefined;
    if (peeked && peekedAt === cursor) return peeked;
    const view = spool.view(cursor);
    if (!view || view.length < LENGTH_BYTES) return undefined;
    const end = LENGTH_BYTES + (((view[0] ?? 0) << 8) | (view[1] ?? 0));
    if (view.length < end) return undefined;
    peekedAt = cursor;
    peeked = view.subarray(LENGTH_BYTES, end);
    return peeked;
  }

  function pass(packet: Uint8Array): void {
    cursor += LENGTH_BYTES + packet.length;
    takenFrames = endOf(packet);
    peeked = undefined;
  }

  const isLast = () => cursor === lastAt && spool.size > 0;

  /** The next packet to be sent, if it is loaded. Passes over what the device has already, but for the FINAL. */
  function due(): Uint8Array | undefined {
    for (let packet = peek(); packet; packet = peek()) {
      if (endOf(packet) > neededFrom || (isLast() && ending === 'on-last')) return packet;
      pass(packet);
    }
    return undefined;
  }

  function takeEnd(): OutgoingReplyPacket | undefined {
    if (ending !== 'empty' || isEndTaken || cursor < spool.size) return undefined;
    isEndTaken = true;
    const bytes = new Uint8Array(packetBytes([]));
    writePacket(bytes, nextPacket([], true));
    return { bytes, final: true, frames: sequence };
  }

  return {
    add({ frames, gapSamples, final }) {
      if (isReleased) return;
      timestamp += gapSamples;
      // Frames that do not fill a packet are not held back: speech is worth more than a few header bytes.
      for (let at = 0; at < frames.length; at += framesPerPacket) {
        addPacket(frames.length <= framesPerPacket ? frames : frames.slice(at, at + framesPerPacket));
      }
      // A device that has the last packet already does not look at it again.
      if (final && ending === 'none') ending = cursor < spool.size && sequence > neededFrom ? 'on-last' : 'empty';
    },
    next() {
      const packet = due();
      if (packet) return { atMs: timestampOf(packet) / SAMPLES_PER_MS };
      if (cursor < spool.size) return 'unloaded';
      return ending === 'empty' && !isEndTaken ? { atMs: (timestamp >>> 0) / SAMPLES_PER_MS } : 'none';
    },
    async load() {
      try {
        await spool.load(cursor);
      } catch (error) {
        if (spool.firstAt <= cursor) throw error;
        // It can't be had any more: the reply goes on after it.
        cursor = spool.firstAt;
        isTorn = true;
      }
    },
    take() {
      const stored = due();
      if (!stored) return takeEnd();
      const final = isLast() && ending === 'on-last';
      pass(stored);
      const flags = (final ? FLAG_FINAL : 0) | (isTorn ? FLAG_DISCONTINUITY : 0);
      isTorn = false;
      const bytes = flags === 0 ? stored : stored.slice();
      if (flags !== 0) bytes[1] = (bytes[1] ?? 0) | flags;
      return { bytes, final, frames: takenFrames };
    },
    rewind(nextFrame) {
      if (isReleased) {
        isEndTaken = false;
        return;
      }
      neededFrom = nextFrame;
      isEndTaken = false;
      const from = index.findLast((each) => each.sequence <= nextFrame) ?? index[0];
      cursor = Math.max(from?.at ?? 0, spool.firstAt);
      takenFrames = from?.sequence ?? 0;
    },
    acknowledge(nextFrame) {
      if (isReleased) return;
      const kept = index.findLastIndex((each) => each.sequence <= nextFrame && each.at <= cursor);
      if (kept < 1) return;
      index.splice(0, kept);
      spool.forget(index[0]?.at ?? 0);
    },
    release() {
      if (isReleased) return;
      isReleased = true;
      ending = 'empty';
      isEndTaken = true;
      cursor = spool.size;
      peeked = undefined;
      takenFrames = sequence;
      spool.discard();
    },
    discard: () => spool.discard(),
    stats: () => ({ waitingFrames: sequence - takenFrames, droppedFrames, memoryBytes: spool.memoryBytes }),
  };
}

/** The first frame after a packet. */
function endOf(packet: Uint8Array): number {
  return sequenceOf(packet) + frameCountOf(packet);
}
