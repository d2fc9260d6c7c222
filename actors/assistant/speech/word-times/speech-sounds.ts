/**
 * Where in its envelope somebody speaks, and where the middles of syllables are: peaks of the low frequencies with a dip before and behind them (de Jong
 * and Wempe, Behavior Research Methods 41, 2009). Pure.
 */
import type { Envelope } from './envelope.ts';

export interface SpeechSounds {
  /** By frame: whether there is speech. */
  isSpeech: Uint8Array;
  /** By frame: 1 in the middle of a syllable. */
  syllables: Uint8Array;
  /** By frame: how much quieter it is than what is around it, in dB. */
  dip: Float32Array;
}

/** Below the loudest frame. */
const SPEECH_BELOW_DB = 38;
const SILENT_DB = -60;
/** A shorter silence is part of a consonant. In frames. */
const SHORTEST_PAUSE = 4;
const SYLLABLE_BELOW_DB = 25;
const SYLLABLE_DIP_DB = 2;
/** In frames: the sounds on both sides. */
const AROUND = 5;
const DEEPEST_DB = 20;

export function speechSounds({ all, low }: Envelope, frames: number): SpeechSounds {
  const smooth = Float32Array.from({ length: frames }, (_, at) => {
    const [before, here, after] = [Math.max(0, at - 1), at, Math.min(frames - 1, at + 1)].map((i) => low[i] as number);
    return ((before as number) + 2 * (here as number) + (after as number)) / 4;
  });
  return { isSpeech: speechOf(all, frames), syllables: syllablesOf(smooth), dip: dipsOf(smooth) };
}

function speechOf(all: readonly number[], frames: number): Uint8Array {
  const least = Math.max(SILENT_DB, largest(all.slice(0, frames)) - SPEECH_BELOW_DB);
  const isSpeech = Uint8Array.from({ length: frames }, (_, at) => ((all[at] as number) > least ? 1 : 0));
  for (let from = isSpeech.indexOf(1); from >= 0; ) {
    const pause = isSpeech.indexOf(0, from);
    const next = pause < 0 ? -1 : isSpeech.indexOf(1, pause);
    if (next >= 0 && next - pause < SHORTEST_PAUSE) isSpeech.fill(1, pause, next);
    from = next;
  }
  return isSpeech;
}

function syllablesOf(smooth: Float32Array): Uint8Array {
  const found = new Uint8Array(smooth.length);
  const least = largest(smooth) - SYLLABLE_BELOW_DB;
  let isRising = true;
  let peak = { at: 0, level: Number.NEGATIVE_INFINITY };
  let valley = Number.POSITIVE_INFINITY;
  for (const [at, level] of smooth.entries()) {
    if (isRising && level > peak.level) peak = { at, level };
    if (isRising && level < peak.level - SYLLABLE_DIP_DB) {
      if (peak.level > least) found[peak.at] = 1;
      isRising = false;
      valley = level;
    }
    valley = Math.min(valley, level);
    if (!isRising && level > valley + SYLLABLE_DIP_DB) {
      isRising = true;
      peak = { at, level };
    }
  }
  return found;
}

/** At the beginning of each frame. */
function dipsOf(smooth: Float32Array): Float32Array {
  return Float32Array.from({ length: smooth.length + 1 }, (_, at) => {
    if (at === 0 || at === smooth.length) return 0;
    const here = Math.min(smooth[at - 1] as number, smooth[at] as number);
    return Math.min(DEEPEST_DB, largest(smooth.subarray(Math.max(0, at - AROUND), at + AROUND)) - here);
  });
}

function largest(values: ArrayLike<number>): number {
  let most = Number.NEGATIVE_INFINITY;
  for (let at = 0; at < values.length; at++) most = Math.max(most, values[at] as number);
  return most;
}
