/**
 * The utterance of one turn as it arrives at the gateway: each frame once and in order, whatever is sent again after a
 * reconnect, and no more of it than a turn may have. Pure.
 */
import type { Limits } from '../../src/limits.ts';
import { FRAME_MS, RECOMMENDED_FRAME_SIZE, SAMPLES_PER_MS } from '../../src/protocol/format.ts';
import type { AudioPacket } from '../../src/protocol/packet.ts';

/**
 * What a packet is. `new`: it is the next; hand it on. `repeated`: it was here already. `ahead`: frames before it are missing
 * and its sender does not say that they were left out (DISCONTINUITY). `too-long`, `too-large`: with it, the turn would be more
 * than its limits allow. Nothing but a new packet is kept.
 */
export type Arrival = 'new' | 'repeated' | 'ahead' | 'too-long' | 'too-large';

export type UtteranceLimits = Pick<Limits, 'turnMs' | 'turnBytes'>;

export interface Utterance {
  /** First frame that is missing. */
  readonly next: number;
  /** FINAL is here, and everything before it. */
  readonly complete: boolean;
  add(packet: AudioPacket, bytes: number): Arrival;
}

export function createUtterance(limits: UtteranceLimits): Utterance {
  let next = 0;
  let complete = false;
  let bytesInAll = 0;
  /** From the turn's first sample to the last one that is here, silence that was left out included. */
  let samples = 0;
  let dueTimestamp: number | undefined;

  function classify({ sequence, frames, discontinuity }: AudioPacket): 'new' | 'repeated' | 'ahead' {
    const end = sequence + frames.length;
    if (complete || (frames.length > 0 ? end <= next : sequence < next)) return 'repeated';
    return sequence > next && !discontinuity ? 'ahead' : 'new';
  }

  return {
    get next() {
      return next;
    },
    get complete() {
      return complete;
    },
    add(packet, bytes) {
      const { sequence, timestamp, frames, final } = packet;
      const what = classify(packet);
      if (what !== 'new') return what;
      const end = sequence + frames.length;
      const gap = Math.max(0, (timestamp - (dueTimestamp ?? timestamp)) | 0);
      const samplesAtEnd = samples + gap + frames.length * RECOMMENDED_FRAME_SIZE;
      if (Math.max(end * FRAME_MS, samplesAtEnd / SAMPLES_PER_MS) > limits.turnMs) return 'too-long';
      if (bytesInAll + bytes > limits.turnBytes) return 'too-large';
      bytesInAll += bytes;
      samples = samplesAtEnd;
      dueTimestamp = timestamp + frames.length * RECOMMENDED_FRAME_SIZE;
      next = end;
      complete = final;
      return 'new';
    },
  };
}
