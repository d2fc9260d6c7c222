/**
 * Finds where somebody speaks, by the energy of each 10 ms compared with that of the background, which is learned. It is used for
 * pauses only: all audio is recognised, also what this rule misses. Pure.
 */

const BLOCK_SAMPLES = 160;
/** Speech is so much louder than the background. */
const ABOVE_BACKGROUND_DB = 9;
/** And louder than this: codecs and microphones are never quite silent. */
const MIN_SPEECH_DB = -58;
/** No background is louder: somebody who speaks from the first sample on is heard. */
const MAX_BACKGROUND_DB = -32;
/** The pauses of a speaker are so far below the loudest words. */
const BELOW_LOUDEST_DB = 30;
/** How fast the estimate of the background goes up, for a noise that begins; it goes down at once. */
const BACKGROUND_RISE_DB_PER_BLOCK = 0.03;
/** How fast the loudest words are forgotten. */
const LOUDEST_FALL_DB_PER_BLOCK = 0.02;
/** From the background to the loudest words: white noise that is 36 and 28 dB below the mean of the speech. */
const [CLEAR_DB, NOISY_DB] = [40, 32];
/** A single block may be a click. */
const BLOCKS_OF_SPEECH = 3;

/** Behind the speech. `faint`: quiet beginnings of words are not found any more. `loud`: words are misheard. */
export type NoiseLevel = 'none' | 'faint' | 'loud';

export interface SpeechActivity {
  /** The next samples, any number, 16 kHz. */
  add(samples: Int16Array): void;
  /** Samples until the end of the last speech, from the beginning. 0: there was none. */
  speechEnd(): number;
  /** Samples before the first speech. Those of all, if there was none. */
  speechStart(): number;
  noise(): NoiseLevel;
  /** Nothing could be heard at all. */
  isSilent(): boolean;
  /** Samples since the end of the last speech. 0 while somebody speaks, and before anybody spoke. */
  silence(): number;
}

export function createSpeechActivity(): SpeechActivity {
  let total = 0;
  let energy = 0;
  let backgroundDb = MAX_BACKGROUND_DB;
  let loudestDb = MIN_SPEECH_DB;
  let loudBlocks = 0;
  let isSilent = true;
  let start: number | undefined;
  let end = 0;

  function endBlock(): void {
    const db = 10 * Math.log10(energy / BLOCK_SAMPLES / 32_768 ** 2 + 1e-10);
    energy = 0;
    if (db >= MIN_SPEECH_DB) isSilent = false;
    backgroundDb = Math.min(MAX_BACKGROUND_DB, db < backgroundDb ? db : backgroundDb + BACKGROUND_RISE_DB_PER_BLOCK);
    const threshold = Math.max(backgroundDb + ABOVE_BACKGROUND_DB, MIN_SPEECH_DB, loudestDb - BELOW_LOUDEST_DB);
    if (db < threshold) {
      loudBlocks = 0;
      loudestDb -= LOUDEST_FALL_DB_PER_BLOCK;
      return;
    }
    loudestDb = Math.max(db, loudestDb - LOUDEST_FALL_DB_PER_BLOCK);
    loudBlocks += 1;
    if (loudBlocks < BLOCKS_OF_SPEECH) return;
    start ??= total - loudBlocks * BLOCK_SAMPLES;
    end = total;
  }

  return {
    add(samples) {
      for (const sample of samples) {
        energy += sample * sample;
        total += 1;
        if (total % BLOCK_SAMPLES === 0) endBlock();
      }
    },
    speechEnd: () => end,
    speechStart: () => start ?? total,
    noise() {
      const contrastDb = loudestDb - backgroundDb;
      if (contrastDb >= CLEAR_DB) return 'none';
      return contrastDb >= NOISY_DB ? 'faint' : 'loud';
    },
    isSilent: () => isSilent,
    silence: () => (start === undefined ? 0 : total - end),
  };
}
