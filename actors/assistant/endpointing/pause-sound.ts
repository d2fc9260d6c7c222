/**
 * Whether a window without voice is louder than the pause that it is in: the first sound of a word, before the voice detector is sure of it.
 * Pure.
 */
import { decibels } from '../../../src/core/signal/decibels.ts';
import { rootMeanSquare } from '../../../src/core/signal/root-mean-square.ts';

/** The level of the pause is the lowest one of so many windows, half a second. */
const WINDOWS = 16;
/** Noise that the codec has coded goes up and down by less. */
const ABOVE_DB = 10;
/** Of full scale: silence of the decoder, which may be digital. */
const LOWEST_DB = -65;

export class PauseSound {
  #levelsDb: number[] = [];

  /** @param samples of a window, from -1 to 1 @param isVoice ends the pause */
  isLouder(samples: Float32Array, isVoice: boolean): boolean {
    if (isVoice) {
      this.#levelsDb = [];
      return false;
    }
    const levelDb = Math.max(LOWEST_DB, decibels(rootMeanSquare(samples)));
    const isLouder = this.#levelsDb.length > 0 && levelDb > Math.min(...this.#levelsDb) + ABOVE_DB;
    this.#levelsDb.push(levelDb);
    if (this.#levelsDb.length > WINDOWS) this.#levelsDb.shift();
    return isLouder;
  }
}
