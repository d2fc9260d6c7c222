/** How much of the last time was voice, in frames of 20 ms. Pure. */
import { FRAME_MS } from '../../src/protocol/format.ts';

export interface VoiceWindow {
  add(isVoice: boolean, endsAtMs: number): void;
  readonly voiceMs: number;
  /** When the first voice in the window began; undefined when there is none. */
  readonly voiceBeganAtMs: number | undefined;
  clear(): void;
}

export function createVoiceWindow(windowMs: number): VoiceWindow {
  const frames = Math.round(windowMs / FRAME_MS);
  /** When the voice in it ended; undefined for a frame without voice. */
  let window: (number | undefined)[] = [];
  let voiced = 0;
  return {
    add(isVoice, endsAtMs) {
      window.push(isVoice ? endsAtMs : undefined);
      if (isVoice) voiced += 1;
      if (window.length > frames && window.shift() !== undefined) voiced -= 1;
    },
    get voiceMs() {
      return voiced * FRAME_MS;
    },
    get voiceBeganAtMs() {
      const first = window.find((endsAtMs) => endsAtMs !== undefined);
      return first === undefined ? undefined : first - FRAME_MS;
    },
    clear() {
      window = [];
      voiced = 0;
    },
  };
}
