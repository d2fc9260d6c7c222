/**
 * Buffered frames by their position in media time. It handles the order of arrival: wrapped numbers, duplicates, late
 * packets, pauses of the sender, jumps.
 *
 * A position is the index of a frame of 20 ms, 0 for the first frame of the first packet. Numbers on the wire wrap at
 * 32 bits; differences of neighbours are signed, so the index continues.
 */
import { RECOMMENDED_FRAME_SIZE } from '../../src/protocol/format.ts';
import type { AudioPacket } from '../../src/protocol/packet.ts';

/** 20 s of frames; a power of two, so that the low bits of an index are its slot. */
const CAPACITY_FRAMES = 1_024;
/** 5 s. A larger jump is another stream, not a gap. */
const MAX_JUMP_FRAMES = 250;

/** Placeholder for a pause of the sender, which sent nothing because there was silence. */
export const PAUSE = new Uint8Array(0);
/** Placeholder for a lost frame whose successor has a copy. */
export const RECOVERABLE = new Uint8Array(0);
/** Placeholder for a frame that was taken, so that a second copy of it is detected as a duplicate. */
const TAKEN = new Uint8Array(0);

/** The frame or placeholder at each index, by the low bits of the index. */
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

/** Of the reply before: 17 KB that need not be allocated and collected for each reply. */
let spare: Slots | undefined;
const NO_SLOTS = new Slots(0);

export class PacketBuffer {
  /** The next frame to be taken, and the one after the newest that arrived. */
  next = 0;
  end = 0;
  /** Where playback begins: the earliest frame that arrived before the first was taken. */
  origin = 0;
  /** The index after the last frame, when FINAL has arrived. */
  finalEnd = Number.POSITIVE_INFINITY;
  hasStarted = false;
  lateFrames = 0;
  duplicateFrames = 0;
  reorderedPackets = 0;
  discardedFrames = 0;
  discontinuities = 0;
  /**
   * Of the packet that was accepted last: its position, whether it contained newer frames, whether it restarted the
   * buffer.
   */
  firstIndex = 0;
  isNewer = false;
  isReset = false;

  private slots = spare ?? new Slots(CAPACITY_FRAMES);
  private hasTaken = false;
  /** Numbers on the wire of the frame at `end`. */
  private endSequence = 0;
  private endTimestamp = 0;

  constructor() {
    spare = undefined;
  }

  /** No frame is added or taken any more. */
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

  /** Continues at once with another stream: the buffered frames of the old one are dropped. */
  private restart(sequence: number, timestamp: number): void {
    for (let index = this.next; index < this.end; index++) if (this.has(index)) this.discardedFrames += 1;
    this.slots.clear();
    this.end = this.next;
    this.isReset = true;
    this.discontinuities += 1;
    this.start(sequence, timestamp);
  }

  /**
   * Time without sequence numbers is a pause of the sender (DTX). The rest of the gap was lost. Across a discontinuity
   * nothing may be concealed, so there all of it is a pause.
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
    // The timestamp of the empty marker does not include pauses: its sequence number tells how much is missing.
    const missing = packet.frames.length > 0 ? 0 : (packet.sequence - this.endSequence) | 0;
    if (missing > 0 && missing <= MAX_JUMP_FRAMES) this.end += missing;
    this.finalEnd = this.end;
  }

  /** Whether the frame (or a pause) is present. */
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

  /** Takes the next frame and advances to the one after it; undefined when it is missing. */
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

  /** Drops what is before `index`. Returns how many frames were there. */
  skipTo(index: number): number {
    let skipped = 0;
    while (this.next < index) {
      const frame = this.take();
      if (frame && frame !== PAUSE) skipped += 1;
    }
    return skipped;
  }

  /** FINAL has arrived: nothing newer follows. */
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
