/** Whether a sound is one that was struck: loudest at its beginning, and softer from moment to moment, as a door or a key. Pure. */

/** Frames of 20 ms that are compared with those before them: shorter moments go up and down. */
const MOMENT_FRAMES = 2;
/** Softer sounds are soon lost in the background, and so are the pauses of soft speech. */
const LEAST_LOUD_DB = 25;
/** Within the first 100 ms: doors fall by 6 to 12 dB in simulated rooms. Speech that begins with a stop consonant may, too, but rises again. */
const LEAST_FALL_DB = 6;
/** Speech that has become softer rises by more; the echoes of a room by less. */
const LEAST_RISE_DB = 3;

/** @param levelsDb of each frame above the background, from the first one on */
export function isDecaying(levelsDb: readonly number[]): boolean {
  const loudest = Math.max(...levelsDb.slice(0, MOMENT_FRAMES));
  if (loudest < LEAST_LOUD_DB) return false;
  let [softest, last] = [loudest, loudest];
  for (let end = MOMENT_FRAMES + (levelsDb.length % MOMENT_FRAMES); end <= levelsDb.length; end += MOMENT_FRAMES) {
    last = mean(levelsDb.slice(end - MOMENT_FRAMES, end));
    if (last >= softest + LEAST_RISE_DB) return false;
    softest = Math.min(softest, last);
  }
  return loudest - last >= LEAST_FALL_DB;
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
