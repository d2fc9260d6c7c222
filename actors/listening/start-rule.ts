/** When speech begins: most of the last moment is voice. Pure; in the time of the samples. */
import { FRAME_MS } from '../../src/protocol/format.ts';
import { createVoiceWindow } from './voice-window.ts';

/**
 * 90 of 120 ms, five frames of six: one frame of noise begins nothing, and a stop consonant interrupts nothing. Shorter
 * ones begin at doors and keys, longer ones miss “yes” (measured with `npm run bench:listening`).
 */
const WINDOW_MS = 120;
const VOICE_MS = 90;
/** Speech that nobody reacted to is reported again when it begins again after this pause. */
const REARM_MS = 500;

export interface StartRule {
  /** Returns when the speech began, once for each speech. */
  add(isVoice: boolean, endsAtMs: number): number | undefined;
}

export function createStartRule(): StartRule {
  const window = createVoiceWindow(WINDOW_MS);
  let hasBegun = false;
  let silentMs = 0;
  return {
    add(isVoice, endsAtMs) {
      window.add(isVoice, endsAtMs);
      silentMs = isVoice ? 0 : silentMs + FRAME_MS;
      if (hasBegun) {
        hasBegun = silentMs < REARM_MS;
        return undefined;
      }
      if (window.voiceMs < VOICE_MS) return undefined;
      hasBegun = true;
      return window.voiceBeganAtMs;
    },
  };
}
