/**
 * When speech begins: most of the last moment is voice. A sound that only decays, as a door or a key does, is speech if it lasts, and so is any sound where short
 * ones are usual (music). Pure; in the time of the samples.
 */
import { FRAME_MS } from '../../src/protocol/format.ts';
import { createShortSounds, type ShortSounds } from './short-sounds.ts';
import { isDecaying } from './struck-sound.ts';
import { createVoiceWindow } from './voice-window.ts';

/**
 * 90 of 120 ms, five frames of six: one frame of noise begins nothing, and a stop consonant interrupts nothing. Shorter
 * ones begin at doors and keys, longer ones miss “yes” (measured with `npm run bench:listening`).
 */
const WINDOW_MS = 120;
const VOICE_MS = 90;
/**
 * A sound that lasts: of notes 20 dB below the speech, one in ten has so much voice, of sentences in the same music all but one in fifty
 * (`npm run bench:room -- --rows speech-starts`).
 */
const LASTING_WINDOW_MS = 400;
const LASTING_VOICE_MS = 260;
/** A door is heard for 400 ms in a quiet room. */
const LONGEST_DECAY_MS = 600;
/** Speech that nobody reacted to is reported again when it begins again after this pause. */
const REARM_MS = 500;

export interface StartRule {
  /**
   * Returns when the speech began, once for each speech.
   *
   * @param aboveDb how much louder the frame is than the background
   */
  add(isVoice: boolean, endsAtMs: number, aboveDb: number): number | undefined;
}

/** What may be speech, from its first voice on. */
interface Candidate {
  beganAtMs: number;
  voiceMs: number;
  lengthMs: number;
  levelsDb: number[];
}

/** @param shortSounds those of before, which the rule adds to */
export function createStartRule(shortSounds: ShortSounds = createShortSounds()): StartRule {
  const window = createVoiceWindow(WINDOW_MS);
  const lastLevelsDb: number[] = [];
  let candidate: Candidate | undefined;
  let hasBegun = false;
  let silentMs = 0;

  function find(endsAtMs: number): number | undefined {
    const beganAtMs = window.voiceBeganAtMs;
    if (window.voiceMs < VOICE_MS || beganAtMs === undefined) return undefined;
    const lengthMs = endsAtMs - beganAtMs;
    const levelsDb = lastLevelsDb.slice(-lengthMs / FRAME_MS);
    if (!shortSounds.areUsual(endsAtMs) && !isDecaying(levelsDb)) return begin(beganAtMs);
    candidate = { beganAtMs, voiceMs: window.voiceMs, lengthMs, levelsDb };
    return undefined;
  }

  function confirm(sound: Candidate, isVoice: boolean, endsAtMs: number, aboveDb: number): number | undefined {
    sound.lengthMs += FRAME_MS;
    sound.levelsDb.push(aboveDb);
    if (isVoice) sound.voiceMs += FRAME_MS;
    const decays = isDecaying(sound.levelsDb);
    if (isVoice && sound.voiceMs >= LASTING_VOICE_MS && !decays) return begin(sound.beganAtMs);
    if (sound.lengthMs < (decays ? LONGEST_DECAY_MS : LASTING_WINDOW_MS)) return undefined;
    if (decays && window.voiceMs >= VOICE_MS) return begin(sound.beganAtMs);
    shortSounds.note(endsAtMs);
    candidate = undefined;
    return undefined;
  }

  function begin(atMs: number): number {
    candidate = undefined;
    hasBegun = true;
    return atMs;
  }

  return {
    add(isVoice, endsAtMs, aboveDb) {
      window.add(isVoice, endsAtMs);
      lastLevelsDb.push(aboveDb);
      if (lastLevelsDb.length > WINDOW_MS / FRAME_MS) lastLevelsDb.shift();
      silentMs = isVoice ? 0 : silentMs + FRAME_MS;
      if (hasBegun) {
        hasBegun = silentMs < REARM_MS;
        return undefined;
      }
      return candidate ? confirm(candidate, isVoice, endsAtMs, aboveDb) : find(endsAtMs);
    },
  };
}
