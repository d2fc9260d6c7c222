/**
 * What the speaker plays, with the time at which it is audible: the signal whose echo is removed from the microphone.
 *
 * A position is a time in samples: `ms × 16` on the monotonic clock, rounded. The samples of one stretch follow each
 * other without a gap, on the card's clock. A stretch begins when the speaker is opened, and after an underflow; its
 * first position is as exact as the speaker's times are.
 */
import { SAMPLES_PER_MS } from '../../src/protocol/format.ts';
import type { OpenSpeaker, Speaker } from '../sound/port.ts';

export interface Reference {
  /** Copies the samples from this position on; silence where nothing was played, or where it is too long ago. */
  read(position: number, out: Int16Array): void;
  /** The position after the last sample that can be heard; before the first one, minus infinity. */
  readonly audibleUntil: number;
  /** The number of stretches: with each one, the distance between positions and real time is another. */
  readonly stretches: number;
}

export interface ReferencedSpeaker {
  open: OpenSpeaker;
  reference: Reference;
}

/** The longest delay of an echo, the samples that are searched for it, and what a card is given ahead. */
const RING_SAMPLES = 4_000 * SAMPLES_PER_MS;
/** −70 dB of full scale. */
const AUDIBLE = 10;

/** @param isWanted whether anybody cancels echoes: otherwise nothing is kept */
export function referenceOf(openSpeaker: OpenSpeaker, isWanted: () => boolean): ReferencedSpeaker {
  const ring = new ReferenceRing();
  let stretches = 0;
  return {
    reference: {
      read: (position, out) => ring.read(position, out),
      get audibleUntil() {
        return ring.audibleUntil;
      },
      get stretches() {
        return stretches;
      },
    },
    async open(handlers, scope) {
      let speaker: Speaker | undefined;
      let position: number | undefined;

      function keep(samples: Int16Array, dueAtMs: number): void {
        if (position === undefined) {
          position = Math.round((dueAtMs + (speaker?.outputLatencyMs ?? 0)) * SAMPLES_PER_MS);
          stretches += 1;
        }
        ring.add(position, samples);
        position += samples.length;
      }

      speaker = await openSpeaker(
        {
          ...handlers,
          onDemand(block, dueAtMs) {
            const count = handlers.onDemand(block, dueAtMs);
            if (isWanted()) keep(block.subarray(0, count || block.length), dueAtMs);
            else position = undefined;
            return count;
          },
          onUnderflow() {
            position = undefined;
            handlers.onUnderflow();
          },
        },
        scope,
      );
      return speaker;
    },
  };
}

class ReferenceRing {
  audibleUntil = Number.NEGATIVE_INFINITY;
  #samples: Int16Array | undefined;
  /** The position after the last sample; the ring has those before it. */
  #end = 0;

  /** Adds to what is there: two speakers can be heard at the same time. */
  add(position: number, samples: Int16Array): void {
    this.#samples ??= new Int16Array(RING_SAMPLES);
    const ring = this.#samples;
    const end = position + samples.length;
    if (end <= this.#end - RING_SAMPLES) return;
    if (end > this.#end) this.#moveTo(ring, end);
    for (let i = 0; i < samples.length; i++) {
      const sample = samples[i] ?? 0;
      const at = (position + i) % RING_SAMPLES;
      ring[at] = Math.max(-32_768, Math.min(32_767, (ring[at] ?? 0) + sample));
      if (sample > AUDIBLE || sample < -AUDIBLE) this.audibleUntil = Math.max(this.audibleUntil, position + i + 1);
    }
  }

  read(position: number, out: Int16Array): void {
    const first = this.#end - RING_SAMPLES;
    for (let i = 0; i < out.length; i++) {
      const at = position + i;
      out[i] = at >= first && at < this.#end ? (this.#samples?.[at % RING_SAMPLES] ?? 0) : 0;
    }
  }

  /** What is new is silence. */
  #moveTo(ring: Int16Array, end: number): void {
    if (end - this.#end >= RING_SAMPLES) ring.fill(0);
    else for (let at = this.#end; at < end; at++) ring[at % RING_SAMPLES] = 0;
    this.#end = end;
  }
}
