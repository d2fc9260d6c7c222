/**
 * The frames of an utterance that a pause has ended. If the person goes on, the next turn is the rest of the sentence, and both are recognised as one:
 * a recogniser that hears a part alone often mishears it.
 */
import { FRAME_MS } from '../../../src/protocol/format.ts';
import type { UtteranceFrames } from './transcription.ts';

/** Longer ones are sentences of their own. */
const LONGEST_MS = 15_000;
/** About 80 KB each. A turn may be the rest of another for 1.6 s, so this is enough for some 30 turns that begin in a second. */
const MOST_KEPT = 50;

export class KeptUtterance {
  #parts: { frames: Uint8Array[]; gapSamples: number }[] | undefined = [];
  #frames = 0;

  /** Undefined: it was too long, or it is not kept any more. */
  get parts(): readonly UtteranceFrames[] | undefined {
    return this.#parts;
  }

  add({ frames, gapSamples }: UtteranceFrames): void {
    this.#frames += frames.length;
    if (this.#frames * FRAME_MS > LONGEST_MS) this.clear();
    const last = this.#parts?.at(-1);
    if (last && gapSamples === 0) last.frames.push(...frames);
    else this.#parts?.push({ frames: [...frames], gapSamples });
  }

  clear(): void {
    this.#parts = undefined;
  }
}

/** Of all devices, the newest. */
export class KeptUtterances {
  /** Oldest first. */
  readonly #kept = new Set<KeptUtterance>();

  keep(utterance: KeptUtterance): void {
    this.#kept.add(utterance);
    const [oldest] = this.#kept;
    if (oldest && this.#kept.size > MOST_KEPT) this.drop(oldest);
  }

  drop(utterance: KeptUtterance): void {
    utterance.clear();
    this.#kept.delete(utterance);
  }
}
