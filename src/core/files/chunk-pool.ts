/**
 * Memory of spools in chunks of one length, to be reused: new memory for each would be garbage outside of V8's heap, which makes V8
 * collect its old space often.
 */
export const CHUNK_BYTES = 8 * 1_024;

export class ChunkPool {
  readonly #mostSpare: number;
  readonly #spare: Uint8Array<ArrayBuffer>[] = [];

  /** @param mostSpare unused chunks that are kept */
  constructor(mostSpare: number) {
    this.#mostSpare = mostSpare;
  }

  /** A chunk, with any content. */
  take(): Uint8Array<ArrayBuffer> {
    return this.#spare.pop() ?? new Uint8Array(CHUNK_BYTES);
  }

  /** Nobody reads or writes it any more. Memory of another length is left to V8. */
  give(chunk: Uint8Array<ArrayBuffer>): void {
    if (chunk.length === CHUNK_BYTES && this.#spare.length < this.#mostSpare) this.#spare.push(chunk);
  }
}
