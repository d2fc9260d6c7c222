/**
 * Cuts blocks of any length into exact frames. A card's block of 1,024 samples is no multiple of a frame of 320.
 */
export interface Framer {
  /** Adds a block. `onFrame` gets a copy of each full frame, and the number of samples in the block after it. */
  add(block: Int16Array, onFrame: (frame: Int16Array, samplesAfter: number) => void): void;
  /** The remaining samples, padded with silence; undefined when there are none. */
  flush(): Int16Array | undefined;
}

export function createFramer(frameSamples: number): Framer {
  let frame = new Int16Array(frameSamples);
  let filled = 0;
  return {
    add(block, onFrame) {
      let taken = 0;
      while (taken < block.length) {
        const take = Math.min(frameSamples - filled, block.length - taken);
        frame.set(block.subarray(taken, taken + take), filled);
        filled += take;
        taken += take;
        if (filled < frameSamples) return;
        const full = frame;
        frame = new Int16Array(frameSamples);
        filled = 0;
        onFrame(full, block.length - taken);
      }
    },
    flush() {
      if (filled === 0) return undefined;
      const last = frame;
      frame = new Int16Array(frameSamples);
      filled = 0;
      return last;
    },
  };
}
