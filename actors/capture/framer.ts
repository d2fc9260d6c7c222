/**
 * Cuts blocks of any length into exact frames. A sound card's 1,024 samples do not divide by a frame's 320.
 */
export interface Framer {
  /** Takes a block. `onFrame` gets each full frame (its own copy) and how many samples of the block came after it. */
  add(block: Int16Array, onFrame: (frame: Int16Array, samplesAfter: number) => void): void;
  /** What is left over, filled up with silence; undefined when nothing is. */
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
