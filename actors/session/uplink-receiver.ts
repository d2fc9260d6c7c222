/**
 * The utterance of one turn as it arrives at the gateway: accepts each frame once and in order, even if it is sent
 * again after a reconnect, and not more than the limits of a turn. Pure.
 */
import type { Limits } from '../../src/core/limits/limits.ts';
import { FRAME_MS, RECOMMENDED_FRAME_SIZE, SAMPLES_PER_MS } from '../../src/protocol/format.ts';
import type { AudioPacket } from '../../src/protocol/packet.ts';

/**
 * What a packet is. `new`: the next one; pass it on. `repeated`: received before. `ahead`: frames before it are missing
 * and it has no DISCONTINUITY. `too-long`, `too-large`: with it, the turn would exceed its limits. Only a new packet
 * changes the state.
 */
export type UplinkArrival = 'new' | 'repeated' | 'ahead' | 'too-long' | 'too-large';

export type UplinkLimits = Pick<Limits, 'turnMs' | 'turnBytes'>;

export interface UplinkReceiver {
  /** First frame that is missing. */
  readonly next: number;
  /** FINAL and all packets before it were received. */
  readonly complete: boolean;
  add(packet: AudioPacket, bytes: number): UplinkArrival;
}

export function createUplinkReceiver(limits: UplinkLimits): UplinkReceiver {
  return new OrderedUplink(limits);
}

class OrderedUplink implements UplinkReceiver {
  next = 0;
  complete = false;
  readonly #limits: UplinkLimits;
  #bytesInAll = 0;
  /** From the first sample of the turn to the last one received, including silence that was left out. */
  #samples = 0;
  #dueTimestamp: number | undefined;

  constructor(limits: UplinkLimits) {
    this.#limits = limits;
  }

  add(packet: AudioPacket, bytes: number): UplinkArrival {
    const { sequence, timestamp, frames, final } = packet;
    const what = this.#classify(packet);
    if (what !== 'new') return what;
    const end = sequence + frames.length;
    const gap = Math.max(0, (timestamp - (this.#dueTimestamp ?? timestamp)) | 0);
    const samplesAtEnd = this.#samples + gap + frames.length * RECOMMENDED_FRAME_SIZE;
    if (Math.max(end * FRAME_MS, samplesAtEnd / SAMPLES_PER_MS) > this.#limits.turnMs) return 'too-long';
    if (this.#bytesInAll + bytes > this.#limits.turnBytes) return 'too-large';
    this.#bytesInAll += bytes;
    this.#samples = samplesAtEnd;
    this.#dueTimestamp = timestamp + frames.length * RECOMMENDED_FRAME_SIZE;
    this.next = end;
    this.complete = final;
    return 'new';
  }

  #classify({ sequence, frames, discontinuity }: AudioPacket): 'new' | 'repeated' | 'ahead' {
    const end = sequence + frames.length;
    if (this.complete || (frames.length > 0 ? end <= this.next : sequence < this.next)) return 'repeated';
    return sequence > this.next && !discontinuity ? 'ahead' : 'new';
  }
}
