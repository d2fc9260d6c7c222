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
  packetBytes,
  readPacketHead,
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
  let takenFrames = 0;
  /** After going back: what ends before this frame is not sent again. */
  let neededFrom = 0;
  /** What was due next is lost: the disk failed. */
  let isTorn = false;
  let isReleased = false;

  function addPacket(frames: Uint8Array[]): void {
    const packet: AudioPacket = {
      ...{ final: false, discontinuity: false, pcm: false },
      ...{ turn: epoch, sequence, timestamp: timestamp >>> 0, frames },
    };
    const bytes = packetBytes(frames);
    lastAt = spool.size;
    const last = index.at(-1);
    if (!last || lastAt - last.at >= INDEX_BYTES) index.push({ at: lastAt, sequence });
    const record = spool.reserve(LENGTH_BYTES + bytes);
    record[0] = bytes >> 8;
    record[1] = bytes & 0xff;
    writePacket(record.subarray(LENGTH_BYTES), packet);
    sequence += frames.length;
    timestamp += frames.length * RECOMMENDED_FRAME_SIZE;
  }

  function fits(frames: Uint8Array[]): boolean {
    const endMs = Math.max(
      (sequence + frames.length) * FRAME_MS,
      timestamp / SAMPLES_PER_MS + frames.length * FRAME_MS,
    );
    return endMs <= limits.replyMs && spool.size + LENGTH_BYTES + packetBytes(frames) <= limits.replyBytes;
  }

  /** The packet at the cursor, as it is in the spool. */
  function peek(): Uint8Array | undefined {
    const view = spool.view(cursor);
    if (!view || view.length < LENGTH_BYTES) return undefined;
    const end = LENGTH_BYTES + (((view[0] ?? 0) << 8) | (view[1] ?? 0));
    return view.length < end ? undefined : view.subarray(LENGTH_BYTES, end);
  }

  const isLast = () => cursor === lastAt && spool.size > 0;

  /** Passes over what the device has already, but for the FINAL. */
  function skip(): Uint8Array | undefined {
    for (let bytes = peek(); bytes; bytes = peek()) {
      const head = readPacketHead(bytes);
      const end = head.sequence + head.frames;
      if (end > neededFrom || (isLast() && ending === 'on-last')) return bytes;
      cursor += LENGTH_BYTES + bytes.length;
      takenFrames = end;
    }
    return undefined;
  }

  function takeEnd(): OutgoingReplyPacket | undefined {
    if (ending !== 'empty' || isEndTaken || cursor < spool.size) return undefined;
    isEndTaken = true;
    const flags = { final: true, discontinuity: false, pcm: false };
    const packet: AudioPacket = { ...flags, turn: epoch, sequence, timestamp: timestamp >>> 0, frames: [] };
    const bytes = new Uint8Array(packetBytes([]));
    writePacket(bytes, packet);
    return { bytes, final: true, frames: sequence };
  }

  return {
    add({ frames, gapSamples, final }) {
      if (isReleased) return;
      timestamp += gapSamples;
      // Frames that do not fill a packet are not held back: speech is worth more than a few header bytes.
      for (let at = 0; at < frames.length; at += framesPerPacket) {
        const part = frames.slice(at, at + framesPerPacket);
        if (fits(part)) addPacket(part);
        else droppedFrames += part.length;
      }
      // A device that has the last packet already does not look at it again.
      if (final && ending === 'none') ending = cursor < spool.size && sequence > neededFrom ? 'on-last' : 'empty';
    },
    next() {
      const bytes = skip();
      if (bytes) return { atMs: readPacketHead(bytes).timestamp / SAMPLES_PER_MS };
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
      const stored = skip();
      if (!stored) return takeEnd();
      const final = isLast() && ending === 'on-last';
      const head = readPacketHead(stored);
      cursor += LENGTH_BYTES + stored.length;
      takenFrames = head.sequence + head.frames;
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
      takenFrames = sequence;
      spool.discard();
    },
    discard: () => spool.discard(),
    stats: () => ({ waitingFrames: sequence - takenFrames, droppedFrames, memoryBytes: spool.memoryBytes }),
  };
}
