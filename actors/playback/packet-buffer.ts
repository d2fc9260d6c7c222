/**
 * Frames that wait, by their place in media time. The order that the network brought them in is settled here: wrapped
 * numbers, duplicates, latecomers, pauses of the sender, jumps.
 *
 * A place is a frame's index, 20 ms each, 0 for the first frame of the first packet. Numbers wrap on the wire at 32 bits;
 * differences of neighbours are taken signed, so the index goes on.
 */
import { RECOMMENDED_FRAME_SIZE } from '../../src/protocol/format.ts';
import type { AudioPacket } from '../../src/protocol/packet.ts';

/** 20 s of frames; a power of two, so that an index finds its slot by its low bits. */
const CAPACITY_FRAMES = 1_024;
/** 5 s. A larger jump is another stream, not a gap. */
const MAX_JUMP_FRAMES = 250;

/** Stands where the sender sent nothing because there was nothing to hear. */
export const PAUSE = new Uint8Array(0);
/** Stands where a frame was lost whose successor carries a copy. */
export const RECOVERABLE = new Uint8Array(0);
/** Stands where a frame was, so that a second copy of it is known as a duplicate. */
const TAKEN = new Uint8Array(0);

/** What is known of the frame at each index, by the index's low bits. */
class Slots {
  readonly frames: (Uint8Array | undefined)[];
  readonly indexAt: Float64Array;
  readonly pcmAt: Uint8Array;

  constructor(count: number) {
    this.frames = new Array(count).fill(undefined);
    this.indexAt = new Float64Array(count).fill(Number.NaN);
    this.pcmAt = new Uint8Array(count);
  }

  clear(): this {
    this.frames.fill(undefined);
    this.indexAt.fill(Number.NaN);
    return this;
  }
}

/** Of the reply before: 17 KB that need not be made, and collected, for each. */
let spare: Slots | undefined;
const NO_SLOTS = new Slots(0);

export class PacketBuffer {
  /** The frame that is to be taken next, and the one after the newest that came. */
  next = 0;
  end = 0;
  /** Where playing begins: the earliest frame that came before the first was taken. */
  origin = 0;
  /** The index after the last frame of all, once FINAL said so. */
  finalEnd = Number.POSITIVE_INFINITY;
  hasStarted = false;
  lateFrames = 0;
  duplicateFrames = 0;
  reorderedPackets = 0;
  discardedFrames = 0;
  discontinuities = 0;
  /** Of the packet that was accepted last: its place, whether it brought anything newer, whether it began anew. */
  firstIndex = 0;
  isNewer = false;
  isReset = false;

  private slots = spare ?? new Slots(CAPACITY_FRAMES);
  private hasTaken = false;
  /** Wire numbers of the frame at `end`. */
  private endSequence = 0;
  private endTimestamp = 0;

  constructor() {
    spare = undefined;
  }

  /** Nothing comes and nothing is taken any more. */
  release(): void {
    if (this.slots !== NO_SLOTS) spare = this.slots.clear();
    this.slots = NO_SLOTS;
  }

  accept(packet: AudioPacket): void {
    const { frames, sequence, timestamp } = packet;
    this.isReset = false;
    this.isNewer = false;
    if (frames.length > 0) this.place(packet, sequence, timestamp);
    if (packet.final) this.finish(packet);
  }

  private place(packet: AudioPacket, sequence: number, timestamp: number): void {
    const { frames } = packet;
    if (!this.hasStarted) this.start(sequence, timestamp);
    let first = this.indexOf(timestamp);
    if (Math.abs(first - this.end) > MAX_JUMP_FRAMES) {
      this.restart(sequence, timestamp);
      first = this.end;
    }
    if (!this.hasTaken && first < this.next) {
      this.next = first;
      this.origin = first;
    }
    this.firstIndex = first;
    if (first > this.end) this.bridgeGap(first, (sequence - this.endSequence) | 0, packet.discontinuity);
    else if (packet.discontinuity) this.discontinuities += 1;
    if (first < this.end && first >= this.next && !this.has(first)) this.reorderedPackets += 1;
    for (let i = 0; i < frames.length; i++) {
      const frame = frames[i];
      if (frame) this.keep(first + i, frame, packet.pcm);
    }
    const end = first + frames.length;
    if (end <= this.end) return;
    this.isNewer = true;
    this.end = end;
    this.endSequence = (sequence + frames.length) | 0;
    this.endTimestamp = (timestamp + frames.length * RECOMMENDED_FRAME_SIZE) | 0;
  }

  private start(sequence: number, timestamp: number): void {
    this.hasStarted = true;
    this.endSequence = sequence | 0;
    this.endTimestamp = timestamp | 0;
  }

  private indexOf(timestamp: number): number {
    return this.end + Math.round(((timestamp - this.endTimestamp) | 0) / RECOMMENDED_FRAME_SIZE);
  }

  /** Goes on at once with another stream: what waits of the old one is dropped. */
  private restart(sequence: number, timestamp: number): void {
    for (let index = this.next; index < this.end; index++) if (this.has(index)) this.discardedFrames += 1;
    this.slots.clear();
    this.end = this.next;
    this.isReset = true;
    this.discontinuities += 1;
    this.start(sequence, timestamp);
  }

  /**
   * Time that passed without sequence numbers is a pause: the sender was silent (DTX). What is left of the gap was lost.
   * Across a discontinuity nothing is to be made up, so there all of it is a pause.
   */
  private bridgeGap(first: number, missingFrames: number, discontinuity: boolean): void {
    const gap = first - this.end;
    const lost = discontinuity ? 0 : Math.min(gap, Math.max(0, missingFrames));
    if (discontinuity) this.discontinuities += 1;
    for (let index = this.end + lost; index < first; index++)
      if (index >= this.next && index - this.next < CAPACITY_FRAMES) this.set(index, PAUSE, false);
  }

  private keep(index: number, frame: Uint8Array, pcm: boolean): void {
    const present = this.lookUp(index);
    if (present !== undefined && present !== PAUSE) this.duplicateFrames += 1;
    else if (index < this.next) this.lateFrames += 1;
    else if (index - this.next >= CAPACITY_FRAMES) this.discardedFrames += 1;
    else this.set(index, frame, pcm);
  }

  private finish(packet: AudioPacket): void {
    if (!this.hasStarted) this.start(packet.sequence, packet.timestamp);
    // The empty marker's timestamp need not know of pauses: its sequence number says how much is missing.
    const missing = packet.frames.length > 0 ? 0 : (packet.sequence - this.endSequence) | 0;
    if (missing > 0 && missing <= MAX_JUMP_FRAMES) this.end += missing;
    this.finalEnd = this.end;
  }

  /** Whether the frame (or a pause) is there to be taken. */
  has(index: number): boolean {
    const frame = this.lookUp(index);
    return frame !== undefined && frame !== TAKEN;
  }

  peek(index: number): Uint8Array | undefined {
    const frame = this.lookUp(index);
    return frame === TAKEN ? undefined : frame;
  }

  isPcm(index: number): boolean {
    return this.slots.pcmAt[index & (CAPACITY_FRAMES - 1)] === 1;
  }

  /** Takes the next frame and goes on to the one after it; undefined where it did not come. */
  take(): Uint8Array | undefined {
    const frame = this.peek(this.next);
    if (frame) this.slots.frames[this.next & (CAPACITY_FRAMES - 1)] = TAKEN;
    this.hasTaken = true;
    this.next += 1;
    return frame;
  }

  markRecoverable(index: number): void {
    this.set(index, RECOVERABLE, false);
  }

  /** Leaves out what is before `index`. Returns how many frames were there. */
  skipTo(index: number): number {
    let skipped = 0;
    while (this.next < index) {
      const frame = this.take();
      if (frame && frame !== PAUSE) skipped += 1;
    }
    return skipped;
  }

  /** FINAL has come: nothing newer will. */
  get isComplete(): boolean {
    return this.end >= this.finalEnd;
  }

  get isFinished(): boolean {
    return this.next >= this.finalEnd;
  }

  private lookUp(index: number): Uint8Array | undefined {
    const { frames, indexAt } = this.slots;
    const slot = index & (CAPACITY_FRAMES - 1);
    return indexAt[slot] === index ? frames[slot] : undefined;
  }

  private set(index: number, frame: Uint8Array, pcm: boolean): void {
    const { frames, indexAt, pcmAt } = this.slots;
    const slot = index & (CAPACITY_FRAMES - 1);
    indexAt[slot] = index;
    frames[slot] = frame;
    pcmAt[slot] = pcm ? 1 : 0;
  }
}
